"""Bytes of any size in hex."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.tui.bodies.source import Source
from inspector.tui.paint import Span
from inspector.view.pretty import hex_lines

_BYTES = 16
"""As many a line as `hex_lines` writes."""


class HexRows:
    """Sixteen bytes a row, whatever the width; as many as are known."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def size(self) -> int:
        """Bytes there are."""
        return self.source.size

    @property
    def scanned(self) -> int:
        """Bytes that are known."""
        return self.source.size

    @property
    def height(self) -> int:
        """Rows that are known."""
        return -(-self.source.size // _BYTES)

    @property
    def complete(self) -> bool:
        """Whether that is all."""
        return self.source.complete

    def resize(self, width: int) -> None:
        """Nothing changes."""

    def rest(self, source: Source) -> Iterator[None]:
        """Nothing else is to be found out."""
        return iter(())

    def extend(self, found: None) -> None:
        """Nothing else is found."""

    def row_of(self, offset: int) -> int:
        """The row in which this byte is shown."""
        return offset // _BYTES

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on."""
        return [[Span("quiet", text[:10]), Span("text", text[10:])] for text in self.texts(first, count)]

    def texts(self, first: int, count: int) -> list[str]:
        """The same as plain text."""
        offset = first * _BYTES
        return list(hex_lines(self.source.read(offset, count * _BYTES), offset))
