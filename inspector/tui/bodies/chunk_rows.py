"""The chunks of an aws-chunked body as a table, and the trailers behind them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from inspector.s3.chunked import LINE_LIMIT
from inspector.tui.bodies.payload_source import PayloadSource
from inspector.tui.bodies.source import Source
from inspector.tui.paint import Span
from inspector.view.render import safe_bytes

_SIGNATURE = re.compile(rb"chunk-signature=([^;\r\n]*)")
_TRAILERS = 16 * 1024
"""Bytes of trailers that are shown; real ones have some hundred."""


class ChunkRows:
    """A row a chunk: its number, its payload's offset and size, its signature."""

    def __init__(self, framed: Source, payload: PayloadSource) -> None:
        self.source: Source = payload
        self._framed = framed
        self._places = payload.places

    @property
    def size(self) -> int:
        """Bytes of the payload that are known."""
        return self._places.end

    @property
    def scanned(self) -> int:
        """The same."""
        return self._places.end

    @property
    def complete(self) -> bool:
        """Whether all chunks are known."""
        return self._places.complete

    @property
    def height(self) -> int:
        """Rows that are known."""
        return len(self._places.payload) + 1 + len(self._trailers())

    def resize(self, width: int) -> None:
        """Nothing changes."""

    def rest(self, source: Source) -> Iterator[None]:
        """Nothing else is to be found out."""
        return iter(())

    def extend(self, found: None) -> None:
        """Nothing else is found."""

    def row_of(self, offset: int) -> int:
        """The row of the chunk that has this byte of the payload."""
        return bisect_right(self._places.payload, offset)

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on."""
        heading = [Span("heading", f"{'chunk':>7}  {'offset':>14}  {'bytes':>10}  signature")]
        chunks = len(self._places.payload)
        found = [heading] if first == 0 else []
        found += [self._chunk(number) for number in range(max(0, first - 1), min(chunks, first - 1 + count))]
        found += self._trailers()[max(0, first - 1 - chunks) :]
        return found[:count]

    def _chunk(self, number: int) -> list[Span]:
        places = self._places
        last = number + 1 == len(places.payload)
        size = (places.end if last else places.payload[number + 1]) - places.payload[number]
        start = 0 if number == 0 else places.wire[number - 1] + places.payload[number] - places.payload[number - 1] + 2
        signature = _SIGNATURE.search(self._framed.read(start, places.wire[number] - start))
        text = f"{number + 1:>7}  {places.payload[number]:>14,}  {size:>10,}  "
        return [Span("text", text), Span("quiet", safe_bytes(signature[1]) if signature else "unsigned")]

    def _trailers(self) -> list[list[Span]]:
        """What follows the last chunk: trailers, or what could not be read."""
        if not self._places.complete:
            return []
        tail = self._framed.read(self._places.tail, min(_TRAILERS, 4 * LINE_LIMIT))
        lines = [line for line in tail.replace(b"\r\n", b"\n").split(b"\n") if line]
        return [[Span("note", "trailer  "), Span("text", safe_bytes(line))] for line in lines]
