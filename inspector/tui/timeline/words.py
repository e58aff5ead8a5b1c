"""What is drawn for a call on a line of time, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.store.timed import TimedCall
from inspector.tui.paint import Span
from inspector.view import render
from inspector.view.timeline import Attempt, Cell, Phase, lasted, phases

_SIGNS = {Phase.CONNECT: "·", Phase.TLS: ":", Phase.SEND: "▸", Phase.WAIT: "─", Phase.RECEIVE: "█"}
_PLAIN_SIGNS = {Phase.CONNECT: ".", Phase.TLS: ":", Phase.SEND: ">", Phase.WAIT: "-", Phase.RECEIVE: "#"}


def signs(ascii_only: bool) -> dict[Phase, str]:
    """The sign of each phase."""
    return _PLAIN_SIGNS if ascii_only else _SIGNS


def sign(cell: Cell, attempt: Attempt | None, ascii_only: bool) -> str:
    """What stands in a cell: `!` or the number of the attempt where such a call begins, else its phase."""
    if cell.begins and attempt is not None and attempt.number > 1:
        return str(min(attempt.number, 9))
    if cell.begins and cell.call.failed:
        return "!"
    return signs(ascii_only)[cell.phase]


def legend(ascii_only: bool) -> str:
    """What the signs mean."""
    named = "  ".join(f"{sign} {phase.value}" for phase, sign in signs(ascii_only).items())
    return f"{named}  ! failed  2 second attempt"


def call_words(call: TimedCall, attempt: Attempt | None, now: float) -> Iterator[list[Span]]:
    """The call under the cursor, in three lines."""
    name = call.operation or call.method
    ended = str(call.status or call.failure or "no answer yet")
    code = f" {render.safe(call.error_code)}" if call.error_code else ""
    subject = "/".join(render.safe(word) for word in (call.bucket, call.key) if word)
    part = f"  part {call.part_number}" if call.part_number is not None else ""
    begin, end = lasted(call, now)
    times = "  ".join(f"{one.phase.value} {render.duration((one.end - one.begin) * 1000)}" for one in phases(call, now))
    first = [
        Span("name", f"#{call.id} {render.safe(name)}"),
        Span("error" if call.failed else "good", f"  {ended}{code}"),
        Span("text", f"  {subject}{part}"),
    ]
    yield first
    yield [Span("text", f"{render.duration((end - begin) * 1000)} in all: {times}")]
    if attempt is not None:
        how = "told by likeness: same client, method and URL" if attempt.inferred else "the same invocation id"
        ids = " ".join(f"#{number}" for number in attempt.ids)
        yield [Span("note", f"attempt {attempt.number} of {len(attempt.ids)}: {ids} ({how})")]
