"""Finding in what a tab shows: in its heads as they are drawn, in its bodies in the bytes, seen or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from inspector.tui.bodies.source import Source
from inspector.tui.paint import Span
from inspector.tui.report import goes_on
from inspector.tui.writing.line import Line

_WINDOW = 1024 * 1024
_HEX = re.compile(r"[0-9a-f]{8}  ")
_PAIRS = 48
"""The offset before a row of a body in hex, and the cells of its pairs of digits."""
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})|\\\\")

Progress = Callable[[int, int], object]
"""Called with bytes gone through, and bytes in all; may raise to end the search."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What is looked for. Text in lower case alone is found in either case; `\\xNN` is a byte."""

    text: str

    @property
    def fold(self) -> bool:
        """Whether the case of ASCII letters does not matter."""
        return self.text == self.text.lower()

    @property
    def data(self) -> bytes:
        """The bytes."""
        return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"\\", self.text.encode())

    def folded(self, data: bytes) -> bytes:
        """Bytes as they are compared."""
        return data.lower() if self.fold else data

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a line that is drawn."""
        flags = re.IGNORECASE if self.fold else 0
        return (match.span() for match in re.finditer(re.escape(self.text), text, flags) if match[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: in the heads (part 0) a row, in the body `part` an offset. Places are in order."""

    part: int
    offset: int


def search(
    needle: Needle, heads: Sequence[tuple[int, str]], bodies: Sequence[Source], after: Place, step: int, told: Progress
) -> Place | None:
    """The next place behind `after` (`step` 1), or before it (-1); goes round at the end. None: it is nowhere."""
    order = [0, *range(1, len(bodies) + 1)]
    turn = order[after.part :] + order[: after.part + 1]
    if step < 0:
        turn = [order[(after.part - number) % len(order)] for number in range(len(order) + 1)]
    for number, part in enumerate(turn):
        low, high = _stretch(after, part, step, first=number == 0, last=number == len(turn) - 1)
        if part == 0:
            found = _in_heads(needle, heads, low, high, step)
        else:
            found = _in_source(needle, bodies[part - 1], low, high, step, told)
        if found is not None:
            return Place(part, found)
    return None


_END = 2**62


def _stretch(after: Place, part: int, step: int, *, first: bool, last: bool) -> tuple[int, int]:
    """From where to where a part is searched: the one that one is in first beyond the place, at last before it."""
    if part != after.part or not (first or last):
        return 0, _END
    if first:
        return (after.offset + 1, _END) if step > 0 else (0, after.offset)
    return (0, after.offset + 1) if step > 0 else (after.offset, _END)


def _in_heads(needle: Needle, heads: Sequence[tuple[int, str]], low: int, high: int, step: int) -> int | None:
    rows = (row for row, text in heads[::step] if low <= row < high and any(needle.places(text)))
    return next(rows, None)


def _in_source(needle: Needle, source: Source, low: int, high: int, step: int, told: Progress) -> int | None:
    """The first, or last, offset from `low` on and below `high` at which it begins."""
    wanted = needle.folded(needle.data)
    size, high = source.size, min(high, source.size)
    starts = range(low, high, _WINDOW)
    for count, start in enumerate(starts if step > 0 else reversed(starts)):
        told(count * _WINDOW, size)
        stop = min(start + _WINDOW, high) - start
        data = needle.folded(source.read(start, stop + len(wanted) - 1))
        found = data.find(wanted) if step > 0 else data.rfind(wanted, 0, stop + len(wanted) - 1)
        if 0 <= found < stop:
            return start + found
    return None


Row = Callable[[int], list[Span]]
"""From its number to a row; an empty one where there is none."""


def marked_row(row: Row, number: int, needle: Needle) -> list[Span]:
    """A row with what was looked for in a style of its own, where it stands across the edge of the row too."""
    spans = row(number)
    if hex_bytes(spans):
        around = [hex_bytes(row(other)) if other >= 0 else b"" for other in (number - 1, number, number + 1)]
        return _marked_hex(spans, needle, *around)
    lead = spans[:1] if goes_on(spans) else []
    before = _joined(row, number, -1, len(needle.text) - 1)
    after = _joined(row, number, 1, len(needle.text) - 1)
    return [*lead, *marked(spans[len(lead) :], needle, before, after)]


def _joined(row: Row, number: int, step: int, letters: int) -> str:
    """So many letters of the line beyond this end of a row."""
    text = ""
    while len(text) < letters and number + step >= 0 and goes_on(row(number if step < 0 else number + 1)):
        number += step
        spans = row(number)
        piece = "".join(span.text for span in (spans[1:] if goes_on(spans) else spans))
        text = piece + text if step < 0 else text + piece
    return text[max(0, len(text) - letters) :] if step < 0 else text[:letters]


def head_texts(rows: Sequence[tuple[int, list[Span]]], needle: Needle) -> list[tuple[int, str]]:
    """What is looked through for a needle that begins in one of these rows: the row, and what of it the next has."""
    spans = dict(rows)

    def row(number: int) -> list[Span]:
        return spans.get(number, [])

    def text(number: int) -> str:
        own = row(number)[1:] if goes_on(row(number)) else row(number)
        return "".join(span.text for span in own) + _joined(row, number, 1, len(needle.text) - 1)

    return [(number, text(number)) for number, _ in rows]


def hex_bytes(spans: Sequence[Span]) -> bytes:
    """The bytes that a row of a body in hex shows; none of another row."""
    if len(spans) != 2 or not _HEX.fullmatch(spans[0].text):
        return b""
    return bytes.fromhex(spans[1].text[:_PAIRS])


def _marked_hex(spans: list[Span], needle: Needle, before: bytes, own: bytes, after: bytes) -> list[Span]:
    """Both of its columns: the pairs of digits, and the letters behind them."""
    wanted, whole = needle.folded(needle.data), needle.folded(before + own + after)
    hit: set[int] = set()
    at = whole.find(wanted) if wanted else -1
    while at >= 0:
        hit.update(range(at - len(before), at - len(before) + len(wanted)))
        at = whole.find(wanted, at + 1)
    text = spans[1].text
    cells = {cell for byte in hit if 0 <= byte < len(own) for cell in _cells(byte)}
    return [spans[0], *_painted(text, cells)]


def _painted(text: str, cells: set[int]) -> Iterator[Span]:
    for found, run in groupby(range(len(text)), cells.__contains__):
        yield Span("found" if found else "text", "".join(text[cell] for cell in run))


def _cells(byte: int) -> tuple[int, ...]:
    """Where a byte of a row stands in its text, as `view.pretty.hex_lines` writes it."""
    pair = byte * 3 + (byte > 7)
    return pair, pair + 1, _PAIRS + 2 + byte


def marked(spans: Sequence[Span], needle: Needle, before: str = "", after: str = "") -> list[Span]:
    """The pieces of a row with what was looked for set apart; `before` and `after` stand beyond its edges."""
    text = "".join(span.text for span in spans)
    shift = len(before)
    places = [(low - shift, high - shift) for low, high in needle.places(before + text + after)]
    if not places:
        return list(spans)
    found: list[Span] = []
    start = 0
    for kind, piece in spans:
        cuts = sorted({0, len(piece), *(min(max(at - start, 0), len(piece)) for place in places for at in place)})
        for begin, end in pairwise(cuts):
            within = any(low <= start + begin < high for low, high in places)
            found.append(Span("found" if within else kind, piece[begin:end]))
        start += len(piece)
    return found


class FindBar(Horizontal):
    """The line in which one writes what to find."""

    class Asked(Message):
        """Find this."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The user is done with the line."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "back")]

    def compose(self) -> ComposeResult:
        yield Static("find ", markup=False)
        yield Line(placeholder="text, or bytes as \\x00; in lower case it is found in either case", compact=True)

    def open(self, text: str) -> None:
        """Write on at what was looked for."""
        self.display = True
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)
        self.screen.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()
        self.post_message(self.Asked(event.value))

    def action_leave(self) -> None:
        self.display = False
        self.post_message(self.Left())
