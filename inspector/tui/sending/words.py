"""The sheet's text: where to, what it costs, what is to be known of it, and the head byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sending.line import head_of
from inspector.store.cost import class_of
from inspector.tui.paint import Span
from inspector.tui.sending.plan import Plan, Preview
from inspector.view import render

_CLASSES = {"A": "class A, free", "B": "class B, reading objects", "C": "class C, lists, buckets and copies"}


def sheet_lines(plan: Plan, preview: Preview) -> Iterator[list[Span]]:
    """Everything that is known of what would be sent."""
    yield from _to(preview)
    yield from _how(plan, preview)
    yield _labelled("costs", _cost(preview))
    if preview.writes:
        yield [Span("error", " writes   it may change or delete what is stored; it is sent only after you write: yes")]
    yield []
    message, hint = preview.refused
    if message:
        yield [Span("error", f" it cannot be sent: {render.safe(message)}")]
        yield [Span("text", f" {render.safe(hint)}")]
        return
    yield from _head(preview)


def title(preview: Preview) -> str:
    """Which call it is."""
    row = preview.stored.row
    return f" send again  #{row.id}  {render.operation(row)}  {render.status(row)}  {render.subject(row)}"


def _labelled(label: str, text: str, kind: str = "text") -> list[Span]:
    return [Span("name", f" {label:<9}"), Span(kind, text)]


def _to(preview: Preview) -> Iterator[list[Span]]:
    request = preview.shown or preview.head or preview.stored.exchange.request
    host = f"[{request.host}]" if ":" in request.host else request.host
    yield _labelled("to", f"{request.scheme}://{render.safe(host)}:{request.port}")


def _how(plan: Plan, preview: Preview) -> Iterator[list[Span]]:
    outgoing = preview.outgoing
    if plan.as_is:
        yield _labelled("signed", "as it was")
    elif outgoing is not None:
        key_id = outgoing.key_id
        words = "not at all, as it was recorded" if key_id is None else f"anew, with the key {render.safe(key_id)}"
        yield _labelled("signed", words)
    if plan.edited is not None:
        yield _labelled("changed", "its head was edited", "note")
    for note in outgoing.notes if outgoing is not None else ():
        yield _labelled("note", render.safe(note), "note")
    if preview.hidden:
        yield _labelled("hidden", f"sent as it is, not shown: {', '.join(map(render.safe, preview.hidden))}", "note")


def _cost(preview: Preview) -> str:
    letter = class_of(preview.stored.facts.operation)
    what = _CLASSES.get(letter or "", "a class that B2 does not publish")
    size = preview.outgoing.size if preview.outgoing is not None else preview.stored.row.request_size
    return f"one transaction of {what} (at B2); a body of {size:,} bytes goes out"


def _head(preview: Preview) -> Iterator[list[Span]]:
    """The bytes of the head, a line each."""
    if preview.shown is None or preview.outgoing is None:
        return
    first, *lines = head_of(preview.shown).removesuffix(b"\r\n\r\n").split(b"\r\n")
    yield [Span("heading", f" {render.safe_bytes(first)}")]
    for line in lines:
        name, colon, value = line.partition(b":")
        yield [Span("name", f" {render.safe_bytes(name + colon)}"), Span("text", render.safe_bytes(value))]
    yield []
    if preview.outgoing.size:
        yield [Span("quiet", f" (and a body of {preview.outgoing.size:,} bytes)")]
