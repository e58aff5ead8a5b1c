"""Bytes that are read in windows: a body of a recording, or what was made of a small one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from inspector.store.bodies import WINDOW, StoredBody

_KEPT = 3


class Source(Protocol):
    """Bytes with random access."""

    size: int

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""
        ...


class WholeSource:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]


class BodySource:
    """A stored body. The windows that were read last are kept: each is a piece that had to be decompressed."""

    def __init__(self, body: StoredBody) -> None:
        self._body = body
        self._windows: OrderedDict[int, bytes] = OrderedDict()
        self.size = body.size

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
