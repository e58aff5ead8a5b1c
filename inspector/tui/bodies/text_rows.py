"""Text of any size as rows of a terminal, without holding it.

Rows are cut where the text has a line feed, and where the terminal ends. To find row n again, the offset of every
64th row is kept; they are found in one pass through the text, which may run in a thread while the first are shown.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from inspector.tui.bodies.source import Source
from inspector.tui.paint import Span
from inspector.tui.report import CUT
from inspector.view.render import safe

STEP = 64
"""Rows from one kept offset to the next."""

FIRST_SCAN = 64 * 1024
"""Bytes that are scanned before anything is shown."""

_SCAN = 1024 * 1024
_TAB = 8
_FEED = ord("\n")
_PLAIN = bytes(range(0x20, 0x7F))
_LONGEST = 4  # bytes of a character of UTF-8
_BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}  # as surrogateescape marks them


@dataclass(frozen=True, slots=True)
class Scanned:
    """The outcome of scanning a stretch: offsets of the rows that are kept, rows up to now, bytes up to now."""

    offsets: array[int]
    rows: int
    end: int


def next_row(data: bytes, start: int, width: int) -> tuple[int, str]:
    """Where the row after the one at `start` begins, and how this one is shown in `width` cells.

    Unless the text ends, `data` must reach `reach(width)` bytes beyond `start`. A character that needs more room than
    there is has a row of its own.
    """
    piece = data[start : start + width + 2]
    feed = piece.find(b"\n")
    line = piece[:width] if feed < 0 else piece[:feed].removesuffix(b"\r")
    if len(line) <= width and not line.translate(None, _PLAIN):
        return start + (len(line) if feed < 0 else feed + 1), line.decode("ascii")
    return _wide_row(data[start : start + reach(width)], start, width)


def reach(width: int) -> int:
    """How many bytes from its start on decide a row of so many cells; characters of no width are not taken for ever."""
    return (width + 1) * _LONGEST


def _wide_row(piece: bytes, start: int, width: int) -> tuple[int, str]:
    """A row with characters that are not plain ASCII: wide, combining, or to be escaped."""
    line, feed, _ = piece.partition(b"\n")
    end = start + len(line) + len(feed)
    if feed:
        line = line.removesuffix(b"\r")  # a line that ends as HTTP's and Windows's do
    text = line.decode("utf-8", "surrogateescape")
    if feed or len(piece) < reach(width):
        shown = escaped(text.expandtabs(_TAB))
        if cell_len(shown) <= width:
            return end, shown
    taken, shown = _fitting(text, width)
    return (start + taken, shown) if taken < len(line) else (end, shown)


def _fitting(text: str, width: int) -> tuple[int, str]:
    """How many bytes of the text fit, at least one character, and how they are shown."""
    shown: list[str] = []
    taken = room = 0
    for char in text:
        cell = " " * (_TAB - room % _TAB) if char == "\t" else escaped(char)
        room += cell_len(cell)
        if taken and (room > width or taken >= width * _LONGEST):
            break
        taken += len(char.encode("utf-8", "surrogateescape"))
        shown.append(cell)
    return taken, "".join(shown)


def escaped(text: str) -> str:
    """The text with what is no UTF-8, and what would move the cursor, as escapes."""
    if text.isprintable():
        return text
    return safe(text.translate(_BYTES))


def scan(source: Source, width: int, start: int = 0, rows: int = 0, first: int = _SCAN) -> Iterator[Scanned]:
    """Find the rows from `start` on, of which `rows` come before; the first stretch is of `first` bytes.

    The last stretch ends at the source's size.
    """
    stretch = first
    while start < source.size:
        data = source.read(start, stretch + reach(width))
        whole = start + len(data) >= source.size
        stop = len(data) if whole else stretch
        offsets, position = array("q"), 0
        while position < stop:
            if rows % STEP == 0:
                offsets.append(start + position)
            position, _ = next_row(data, position, width)
            rows += 1
        start, stretch = start + position, _SCAN
        yield Scanned(offsets, rows, start)
        if not data:
            return


class TextRows:
    """The rows of a text in a terminal of some width. Complete when all of the text is scanned."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._width = 0
        self._offsets = array("q")
        self.height = 0
        self.scanned = 0

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return self.source.size

    @property
    def complete(self) -> bool:
        """Whether all rows are known."""
        return self.source.complete and self.scanned >= self.source.size

    def resize(self, width: int) -> None:
        """Cut anew for another width; what comes first is known at once."""
        if width == self._width:
            return
        self._width, self._offsets, self.height, self.scanned = width, array("q"), 0, 0
        beginning = next(scan(self.source, width, first=FIRST_SCAN), None)
        if beginning is not None:
            self.extend(beginning)

    def rest(self, source: Source) -> Iterator[Scanned]:
        """The rows that are not known yet, found through a source of the caller's own."""
        return scan(source, self._width, self.scanned, self.height)

    def extend(self, more: Scanned) -> None:
        """Take in the next stretch."""
        self._offsets.extend(more.offsets)
        self.height, self.scanned = more.rows, more.end

    def row_of(self, offset: int) -> int:
        """The row in which this byte is shown, of those that are known."""
        place = max(0, bisect_right(self._offsets, offset) - 1)
        if not self._offsets:
            return 0
        start = self._offsets[place]
        data = self.source.read(start, offset - start + reach(self._width))
        row, position = place * STEP, 0
        while row < self.height - 1:
            position, _ = next_row(data, position, self._width)
            if start + position > offset:
                break
            row += 1
        return row

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on, of those that are known."""
        return [[CUT, Span("text", text)] if cut else [Span("text", text)] for cut, text in self._cut(first, count)]

    def texts(self, first: int, count: int) -> list[str]:
        """The same as plain text."""
        return [text for _, text in self._cut(first, count)]

    def _cut(self, first: int, count: int) -> list[tuple[bool, str]]:
        """The rows, each with whether it is the rest of a line that did not fit."""
        count = min(count, self.height - first)
        if count <= 0:
            return []
        skipped, start = first % STEP, self._offsets[first // STEP]
        position = min(start, 1)  # the byte before tells whether a line ends there
        data = self.source.read(start - position, position + (skipped + count) * reach(self._width))
        found: list[tuple[bool, str]] = []
        for _ in range(skipped + count):
            cut = position > 0 and data[position - 1] != _FEED
            position, text = next_row(data, position, self._width)
            found.append((cut, text))
        return found[skipped:]
