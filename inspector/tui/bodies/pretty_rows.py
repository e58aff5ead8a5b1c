"""XML and JSON of any size, indented, as rows of a terminal; only what is seen is made, and coloured.

A grammar takes one line at a time off the bytes, knowing nothing but how deep it is. To find row n again, the place of
about every 64th row is kept; the places are found in one pass, which may run in a thread while the first are shown.
Only white space moves. What is broken, or cut short, is shown as far as it goes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.tui.bodies.grammars import LONGEST, Grammar
from inspector.tui.bodies.source import Source
from inspector.tui.bodies.text_rows import FIRST_SCAN, escaped
from inspector.tui.paint import Span
from inspector.tui.report import GOES_ON, cut

STEP = 64
_SCAN = 1024 * 1024
_FIRST = 8 * 1024
"""Bytes that are gone through before anything is shown: some hundred lines, in a few milliseconds."""
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a stretch: for about each 64th row its number, offset, depth and whether it is within a token."""

    rows: array[int]
    offsets: array[int]
    states: array[int]
    height: int
    end: int
    state: int


def find(
    source: Source, grammar: Grammar, width: int, start: int, state: int, height: int, first: int = _SCAN
) -> Iterator[Found]:
    """Find the rows from `start` on, of which `height` come before; the last stretch ends at the source's size."""
    stretch = first
    while start < source.size:
        data = source.read(start, stretch + LONGEST)
        whole = start + len(data) >= source.size
        rows, offsets, states = array("q"), array("q"), array("l")
        position, marked = 0, -STEP
        while position < (len(data) if whole else stretch):
            if height - marked >= STEP:
                rows.append(height)
                offsets.append(start + position)
                states.append(state)
                marked = height
            line = grammar(data, position, state, whole)
            height += _rows_of(line.pieces, line.depth, width)
            position, state = line.end, line.state
        start, stretch = start + position, _SCAN
        yield Found(rows, offsets, states, height, start, state)
        if not data:
            return


def _rows_of(pieces: list[tuple[str, bytes]], depth: int, width: int) -> int:
    """How many rows a line takes."""
    if not pieces:
        return 0
    data = b"".join([data for _, data in pieces])
    if data.isascii() and data.decode().isprintable():  # as `cut` does it, without doing it
        over = _indent(depth, width) + len(data) - width
        return 1 if over <= 0 else 1 + -(-over // max(1, width - len(GOES_ON)))
    return sum(1 for _ in cut(_spans(pieces, depth, width), width))


def _indent(depth: int, width: int) -> int:
    return min(depth * _INDENT, width // 2)


def _spans(pieces: list[tuple[str, bytes]], depth: int, width: int) -> list[Span]:
    spans = [Span(kind, _text(data)) for kind, data in pieces]
    return [Span("text", " " * _indent(depth, width)), *spans]


def _text(data: bytes) -> str:
    """The text of a piece; a line feed within a tag is white space."""
    return escaped(data.decode("utf-8", "surrogateescape").expandtabs(1).replace("\r\n", " ").replace("\n", " "))


class PrettyRows:
    """The rows of an indented text. Complete when all of it was gone through."""

    def __init__(self, source: Source, grammar: Grammar) -> None:
        self.source = source
        self.grammar = grammar
        self._width = 0
        self._clear()

    def _clear(self) -> None:
        self._rows, self._offsets, self._states = array("q"), array("q"), array("l")
        self.height = self.scanned = self._state = 0

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return self.source.size

    @property
    def complete(self) -> bool:
        """Whether all rows are known."""
        return self.source.complete and self.scanned >= self.source.size

    def resize(self, width: int) -> None:
        """Make them for another width; what comes first is known at once."""
        if width != self._width:
            self._width = width
            self._clear()
            for found in find(self.source, self.grammar, width, 0, 0, 0, _FIRST):
                self.extend(found)
                break

    def rest(self, source: Source) -> Iterator[Found]:
        """The rows that are not known yet, found through a source of the caller's own."""
        return find(source, self.grammar, self._width, self.scanned, self._state, self.height)

    def extend(self, found: Found) -> None:
        """Take in the next stretch."""
        self._rows.extend(found.rows)
        self._offsets.extend(found.offsets)
        self._states.extend(found.states)
        self.height, self.scanned, self._state = found.height, found.end, found.state

    def row_of(self, offset: int) -> int:
        """The row in which this byte is shown, of those that are known."""
        place = max(0, bisect_right(self._offsets, offset) - 1)
        row = self._rows[place] if self._rows else 0
        for start, end, rows in self._lines(place):
            if end > offset or not rows:
                return row + self._row_within(start, end, offset, len(rows))
            row += len(rows)
        return max(0, self.height - 1)

    @staticmethod
    def _row_within(start: int, end: int, offset: int, rows: int) -> int:
        return min(rows - 1, (offset - start) * rows // max(1, end - start)) if rows else 0

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on, of those that are known."""
        count = min(count, self.height - first)
        if count <= 0:
            return []
        place = bisect_right(self._rows, first) - 1
        skipped = first - self._rows[place]
        found: list[list[Span]] = []
        for _, _, rows in self._lines(place):
            found += rows
            if len(found) >= skipped + count:
                break
        return found[skipped : skipped + count]

    def _lines(self, place: int) -> Iterator[tuple[int, int, list[list[Span]]]]:
        """The lines from a kept place on: where each begins and ends, and its rows."""
        if place >= len(self._offsets):
            return
        start, state = self._offsets[place], self._states[place]
        data, base = b"", start
        while start < self.scanned:
            if start - base + LONGEST > len(data):
                data, base = self.source.read(start, FIRST_SCAN + LONGEST), start
            whole = base + len(data) >= self.source.size
            line = self.grammar(data, start - base, state, whole)
            rows = list(cut(_spans(line.pieces, line.depth, self._width), self._width)) if line.pieces else []
            yield start, base + line.end, rows
            start, state = base + line.end, line.state
