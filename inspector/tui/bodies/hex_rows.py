"""Bytes of any size in hex."""

from __future__ import annotations

from inspector.tui.bodies.source import Source
from inspector.view.pretty import hex_lines

_BYTES = 16
"""As many a line as `hex_lines` writes."""


class HexRows:
    """Sixteen bytes a row, whatever the width."""

    complete = True

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = self.scanned = source.size
        self.height = -(-source.size // _BYTES)

    def resize(self, width: int) -> None:
        """Nothing changes."""

    def rows(self, first: int, count: int) -> list[str]:
        """At most `count` rows from `first` on."""
        offset = first * _BYTES
        return list(hex_lines(self._source.read(offset, count * _BYTES), offset))
