"""The tabs of the selected call: a name, and from a stored call and a way of looking at it to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inspector.s3.header_meanings import meaning_of
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.tui.bodies.hex_rows import HexRows
from inspector.tui.bodies.source import BodySource, JoinedSource, Source, WholeSource
from inspector.tui.bodies.text_rows import TextRows
from inspector.tui.detail.body_rows import body_rows
from inspector.tui.detail.look import Look, Way
from inspector.tui.detail.page import Line, Page, Pages
from inspector.tui.detail.phases import phase_lines
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import Rows
from inspector.view import exchange as exchange_view
from inspector.view import render
from inspector.wire.exchange import BodyInfo
from inspector.wire.headers import Headers

_LABEL = 12
"""The cells of a label in the summary."""


def summary_page(opened: Recording, stored: Stored, look: Look) -> Rows:
    """What there is to know besides the bytes."""
    title, *facts = exchange_view.summary(stored)
    lines = [[Span("error" if stored.row.failed else "heading", title)], [Span("text", "")]]
    lines += [[Span("name", line[:_LABEL]), Span("text", line[_LABEL:])] for line in facts]
    return Report(lambda _: lines)


def request_page(opened: Recording, stored: Stored, look: Look) -> Page:
    """The request, byte for byte."""
    notes = [Line("note", f"[altered by the proxy: {render.safe(what)}]") for what in stored.exchange.alterations]
    head = _head(exchange_view.request_head(stored.exchange), stored.exchange.request.headers, True, look)
    return _with_body(opened, stored, [*head, *notes], True, look)


def response_page(opened: Recording, stored: Stored, look: Look) -> Page:
    """The answer, byte for byte; or why there is none."""
    exchange = stored.exchange
    head: list[Line] = []
    if exchange.interim:
        head.append(Line("note", f"[before it: {' '.join(map(str, exchange.interim))}]"))
    if exchange.response is not None:
        head += _head(exchange_view.response_head(exchange), exchange.response.headers, False, look)
    elif stored.row.state == "open":
        head.append(Line("open", "(no answer yet: the call is under way)"))
    else:
        head.append(Line("error", "(no answer)"))
    if exchange.failure:
        head.append(Line("error", f"[{exchange.failure.kind}: {render.safe(exchange.failure.text)}]"))
    return _with_body(opened, stored, head, False, look)


def signature_page(opened: Recording, stored: Stored, look: Look) -> Rows:
    """What was signed beside what arrived."""
    if look.diagnosis is None:
        return said("looking...")
    from inspector.tui.signature.lines import is_difference, signature_lines

    diagnosis = look.diagnosis
    return Report(lambda width: map(look.hidden, signature_lines(diagnosis, width)), is_difference)


def body_page(opened: Recording, stored: Stored, look: Look) -> Page:
    """The body of one side alone: of the answer, or of the request where that has the larger one."""
    request = look.request_body
    if request is None:
        request = stored.request_info.stored_size > stored.response_info.stored_size
    side = "request" if request else "response"
    there = stored.request_body if request else stored.response_body
    title = f"the {side}'s body" if there is not None else f"the {side} has no body"
    return _with_body(opened, stored, [Line("heading", title)], request, look)


def timing_page(opened: Recording, stored: Stored, look: Look) -> Rows:
    """Where the time went."""
    return Report(lambda width: phase_lines(stored, width))


def raw_page(opened: Recording, stored: Stored, look: Look) -> Rows:
    """Both sides as they travelled, head and body in one: as text, or in hex."""
    exchange = stored.exchange
    sides = (
        ("request", exchange_view.request_head(exchange), stored.request_body),
        ("response", exchange_view.response_head(exchange), stored.response_body),
    )
    return Pages(*(_raw_side(opened, name, head, body, look) for name, head, body in sides))


def _raw_side(opened: Recording, name: str, head: bytes, body: int | None, look: Look) -> Page:
    sources: list[Source] = [WholeSource(head)]
    if body is not None:
        sources.append(BodySource(opened, body))
    source = JoinedSource(sources)
    rows = HexRows(source) if look.way is Way.HEX else TextRows(source)
    return Page([Line("heading", f"--- {name}, {source.size} bytes ---")], rows if source.size else None)


PAGES: tuple[Callable[[Recording, Stored, Look], Rows], ...] = (
    summary_page,
    request_page,
    response_page,
    signature_page,
    body_page,
    timing_page,
    raw_page,
)
"""In the order of `TABS`."""


def _head(head: bytes, headers: Headers, request: bool, look: Look) -> list[Line]:
    """The start line and the header lines, as they stood; below each, if wanted, what B2 does with it."""
    start, *lines = exchange_view.head_lines(head.removesuffix(b"\r\n"))
    written = [Line("heading", start)]
    names = [b""] * (len(lines) - len(headers)) + [name for name, _ in headers]
    for line, name in zip(lines, names, strict=True):
        written.append(Line("text", line, name=line.find(":", 1) + 1))
        meaning = meaning_of(name, request) if look.meanings else None
        if meaning is not None:
            written.append(Line("note", f"    {meaning.words}  ({meaning.source})"))
    return written


def _with_body(opened: Recording, stored: Stored, head: list[Line], request: bool, look: Look) -> Page:
    info = stored.request_info if request else stored.response_info
    number = stored.request_body if request else stored.response_body
    if number is None:
        return Page([*head, *_missing(info, 0)])
    rows, how = body_rows(opened, stored, request, look.way)
    notes = [Line("note", f"[body: {how}]"), *_missing(info, info.stored_size)]
    if request and info.chunk_count:
        notes += [Line("note", line) for line in exchange_view.framing(opened, stored)]
    return Page([*head, Line("text", ""), *notes, Line("text", "")], rows)


def _missing(info: BodyInfo, stored: int) -> Iterator[Line]:
    """What is not there of a body, and why."""
    if info.truncated:
        yield Line("error", f"[only {stored} of {info.sent.size} bytes were kept: {info.truncated}]")
    if info.redacted:
        yield Line("note", "[secrets in it were replaced before it was stored]")
    if info.framing_error:
        yield Line("error", f"[aws-chunked framing broke: {render.safe(info.framing_error)}]")
