"""The payload of an aws-chunked body of any size, read in windows: where each chunk stands is found as one goes on.

The places are shared by every thread that reads the same body: one finds them, the others look.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right

from inspector.s3.chunked import LINE_LIMIT
from inspector.store.reader import Recording
from inspector.tui.bodies.source import Source

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Places:
    """Where chunks stand: payload offset and wire offset of the data of each, and how far that is known.

    `end` is the payload's offset up to which it is known; `complete` when the final chunk, or broken framing, was met;
    `tail` is then the wire offset of what follows: trailers, or what could not be read as a chunk.
    """

    def __init__(self) -> None:
        self.payload = array("q")
        self.wire = array("q")
        self.end = 0
        self.tail = 0
        self.complete = False


class PayloadSource:
    """The payload as far as its chunks are known; `find` looks further."""

    def __init__(self, framed: Source, places: Places | None = None) -> None:
        self._framed = framed
        self.places = places or Places()

    @property
    def size(self) -> int:
        """Bytes of the payload that are known."""
        return self.places.end

    @property
    def complete(self) -> bool:
        """Whether that is all."""
        return self.places.complete

    def own(self, recording: Recording) -> Source:
        return PayloadSource(self._framed.own(recording), self.places)

    def find(self, count: int) -> bool:
        """Find the next chunks, at most so many; whether there may be more."""
        places = self.places
        for _ in range(count):
            if places.complete:
                return False
            line = self._framed.read(places.tail, LINE_LIMIT)
            match = _SIZE_LINE.match(line)
            size = int(match[1], 16) if match else 0
            if match is None or size == 0:
                places.tail += match.end() if match else 0
                places.complete = True
                return False
            self._add(places.tail + match.end(), size)
        return True

    def _add(self, start: int, size: int) -> None:
        """A chunk; one that is cut off ends the payload."""
        places = self.places
        there = max(0, min(size, self._framed.size - start))
        places.payload.append(places.end)
        places.wire.append(start)
        places.tail = start + size + 2
        places.complete = there < size
        places.end += there

    def read(self, offset: int, size: int) -> bytes:
        places = self.places
        end = min(offset + size, places.end)
        found: list[bytes] = []
        number = bisect_right(places.payload, offset) - 1
        while offset < end:
            skipped = offset - places.payload[number]
            stop = places.payload[number + 1] if number + 1 < len(places.payload) else places.end
            piece = self._framed.read(places.wire[number] + skipped, min(stop, end) - offset)
            found.append(piece)
            offset, number = min(stop, end), number + 1
        return b"".join(found)
