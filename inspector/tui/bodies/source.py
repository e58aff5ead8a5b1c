"""Bytes that are read in windows: a body of a recording, what was made of a small one, several behind each other."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from inspector.store.bodies import WINDOW
from inspector.store.reader import Recording

_KEPT = 3


class Source(Protocol):
    """Bytes with random access."""

    @property
    def size(self) -> int:
        """Bytes there are."""
        ...

    @property
    def complete(self) -> bool:
        """Whether that is all, and not only what is known of it."""
        ...

    def find(self, count: int) -> bool:
        """Find out more, in so many steps at most; whether there may be still more."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""
        ...

    def own(self, recording: Recording) -> Source:
        """The same bytes for another thread, through its connection."""
        ...


class Known:
    """All bytes are known from the beginning."""

    complete = True

    def find(self, count: int) -> bool:
        """Nothing is to be found out."""
        return False


class WholeSource(Known):
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    def own(self, recording: Recording) -> Source:
        return self


class BodySource(Known):
    """A stored body. The windows that were read last are kept: each is a piece that had to be decompressed."""

    def __init__(self, recording: Recording, number: int) -> None:
        self._number = number
        self._body = recording.body(number)
        self._windows: OrderedDict[int, bytes] = OrderedDict()
        self.size = self._body.size

    def own(self, recording: Recording) -> Source:
        return BodySource(recording, self._number)

    def read(self, offset: int, size: int) -> bytes:
        end = min(offset + size, self.size)
        numbers = range(offset // WINDOW, -(-end // WINDOW))
        data = b"".join(map(self._window, numbers))
        start = numbers.start * WINDOW
        return data[offset - start : end - start] if end > offset else b""

    def _window(self, number: int) -> bytes:
        window = self._windows.pop(number, None)
        if window is None:
            window = self._body.read(number * WINDOW, WINDOW)
        self._windows[number] = window
        if len(self._windows) > _KEPT:
            self._windows.popitem(last=False)
        return window


class JoinedSource(Known):
    """Sources behind each other."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._ends = list(accumulate(source.size for source in sources))
        self.size = self._ends[-1] if self._ends else 0

    def own(self, recording: Recording) -> Source:
        return JoinedSource([source.own(recording) for source in self._sources])

    def read(self, offset: int, size: int) -> bytes:
        found: list[bytes] = []
        for source, end in zip(self._sources, self._ends, strict=True):
            if size > 0 and offset < end:
                piece = source.read(offset - (end - source.size), min(size, end - offset))
                found.append(piece)
                offset, size = offset + len(piece), size - len(piece)
        return b"".join(found)
