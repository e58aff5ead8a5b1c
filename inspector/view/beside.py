"""Two calls beside each other, section by section: the texts of a comparison that a person turns over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from inspector.diff.exchanges import hunks
from inspector.diff.hunk import Hunk, Section
from inspector.diff.rows import WIDTH, ByteRow
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view import render
from inspector.view.comparison import TITLES, lines, side_of
from inspector.view.difference import difference_lines
from inspector.view.exchange import framing
from inspector.view.paint import Paint

MOST_ROWS = 2000
"""Rows of bytes that are shown of a body."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """The rows of two bodies that differ; `more`: there are others; sizes in bytes, as stored."""

    name: str
    rows: Sequence[ByteRow]
    more: bool
    sizes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two calls, compared. `canonical` is None where one of them cannot be computed."""

    a: Stored
    b: Stored
    hunks: Sequence[Hunk]
    canonical: tuple[bytes, bytes] | None
    chunks: tuple[Sequence[str], Sequence[str]]
    bodies: Sequence[Bytes] = ()

    @property
    def signature_failed(self) -> bool:
        """Whether one side was refused for its signature: then the canonical requests are what matters."""
        codes = {self.a.row.error_code, self.b.row.error_code}
        return self.canonical is not None and "SignatureDoesNotMatch" in codes


def beside(recording: Recording, a: Stored, b: Stored) -> Beside:
    """Compare two stored calls; their bodies' bytes are left out, for they may take long."""
    one, other = side_of(recording, a), side_of(recording, b)
    canonical = None
    if one.canonical_request is not None and other.canonical_request is not None:
        canonical = (one.canonical_request, other.canonical_request)
    chunks = tuple(list(framing(recording, call)) if call.request_info.chunk_count else [] for call in (a, b))
    return Beside(a, b, list(hunks(one, other)), canonical, (chunks[0], chunks[1]))


# The head


def headline(found: Beside) -> list[str]:
    """Both calls in a line each, and in a third what their difference comes to."""
    counts: dict[str, int] = {}
    for hunk in found.hunks:
        if not hunk.quiet:
            counts[TITLES[hunk.section]] = counts.get(TITLES[hunk.section], 0) + 1
    words = ", ".join(f"{name} {count}" if count > 1 else name for name, count in counts.items())
    bodies = "" if any(hunk.section in _BODIES for hunk in found.hunks) else "bodies alike"
    verdict = f"differs in: {words}" if words else "nothing that matters differs"
    told = "; ".join(filter(None, (verdict, bodies)))
    return [_call("-", found.a), _call("+", found.b), told]


def _call(sign: str, stored: Stored) -> str:
    row = stored.row
    code = f" {render.safe(row.error_code)}" if row.error_code else ""
    client = f"  {render.safe(row.client)}" if row.client else ""
    return f"{sign} #{row.id}  {render.operation(row)}  {render.status(row)}{code}  {render.subject(row)}{client}"


_BODIES = (Section.REQUEST_BODY, Section.RESPONSE_BODY)


# The sections


@dataclass(frozen=True, slots=True)
class Look:
    """How it is shown: `columns` of the terminal, `volatile`: what always differs, too; lines of `context`."""

    paint: Paint
    columns: int
    volatile: bool = False
    context: int = 3


Lines = Callable[[Beside, Look], Iterator[str]]


def _of(*sections: Section) -> Lines:
    def shown(found: Beside, look: Look) -> Iterator[str]:
        some = [hunk for hunk in found.hunks if not sections or hunk.section in sections]
        told = list(lines(some, look.paint, look.volatile))
        yield from told or [look.paint.faint("nothing differs here")]

    return shown


def _canonical(found: Beside, look: Look) -> Iterator[str]:
    if found.canonical is None:
        yield "the canonical request of one of them cannot be computed: it is not signed, or a signed value is redacted"
        return
    a, b = found.canonical
    if a == b:
        yield look.paint.faint("the canonical requests are the same, byte for byte")
        return
    yield from difference_lines(a, b, look.paint, look.columns, look.context)


def _target(found: Beside, look: Look) -> Iterator[str]:
    yield from _of(Section.REQUEST_LINE, Section.QUERY)(found, look)
    a, b = (call.exchange.request.target for call in (found.a, found.b))
    if a != b:
        yield ""
        yield look.paint.strong("targets, byte for byte")
        yield from difference_lines(a, b, look.paint, None)


def _chunks(found: Beside, look: Look) -> Iterator[str]:
    a, b = found.chunks
    if not a and not b:
        yield look.paint.faint("neither is aws-chunked")
        return
    for sign, some, style in (("-", a, look.paint.bad), ("+", b, look.paint.good)):
        for line in some or ["not aws-chunked"]:
            yield f"  {line}" if a == b else style(f"  {sign} {line}")


def _bytes(found: Beside, look: Look) -> Iterator[str]:
    for body in found.bodies:
        yield look.paint.strong(f"{body.name}: {body.sizes[0]:,} and {body.sizes[1]:,} bytes, as they are stored")
        if not body.rows:
            yield look.paint.faint("  byte for byte the same")
        for row in body.rows:
            yield from _byte_row(row, look.paint)
        if body.more:
            yield look.paint.faint(f"  only the first {len(body.rows):,} rows that differ are shown")
        yield ""


def _byte_row(row: ByteRow, paint: Paint) -> Iterator[str]:
    if row.alike:
        yield paint.faint(f"            … {row.alike:,} bytes alike")
    for sign, data, other, style in (("-", row.a, row.b, paint.bad), ("+", row.b, row.a, paint.good)):
        cells = (_byte(data, other, place, paint) for place in range(WIDTH))
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
        yield f"  {row.offset:08x}  {style(sign)} {' '.join(cells)}  {text}"


def _byte(data: bytes, other: bytes, place: int, paint: Paint) -> str:
    if place >= len(data):
        return "  "
    text = f"{data[place]:02x}"
    return text if data[place : place + 1] == other[place : place + 1] else paint.marked(text)


def _timing(found: Beside, look: Look) -> Iterator[str]:
    yield f"  {'':<12} {'-':>9} {'+':>9}"
    for name, a, b in _times(found.a, found.b):
        yield f"  {name:<12} {render.duration(a):>9} {render.duration(b):>9}{_ratio(a, b)}"


def _times(a: Stored, b: Stored) -> Iterable[tuple[str, float | None, float | None]]:
    for name, begin, end in (
        ("send", "request_start", "request_end"),
        ("wait", "request_end", "response_start"),
        ("receive", "response_start", "response_end"),
    ):
        sides = ((getattr(call.exchange.timing, begin), getattr(call.exchange.timing, end)) for call in (a, b))
        first, second = (None if None in side else (side[1] - side[0]) * 1000 for side in sides)
        yield name, first, second
    yield "first byte", a.row.ttfb_ms, b.row.ttfb_ms
    yield "all", a.row.duration_ms, b.row.duration_ms


def _ratio(a: float | None, b: float | None) -> str:
    return f"   x {b / a:.1f}" if a and b and not 0.8 < b / a < 1.25 else ""


SECTIONS: dict[str, Lines] = {
    "All": _of(),
    "Canonical": _canonical,
    "Headers": _of(Section.REQUEST_HEADER, Section.RESPONSE_HEADER),
    "Query": _target,
    "Bodies": _of(*_BODIES),
    "Bytes": _bytes,
    "Chunks": _chunks,
    "Timing": _timing,
}
"""The sections by name, in their order."""
