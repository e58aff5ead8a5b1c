"""The end of a connection that nobody uses: one timer for a connection, not one for each call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Idle:
    """Calls `close` when a connection has been idle for so many seconds."""

    __slots__ = ("_close", "_loop", "_seconds", "_since", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, close: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._close = close
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """An answer was written."""
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)

    def over(self) -> None:
        """Something came."""
        self._since = None

    def end(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return
        left = self._since + self._seconds - self._loop.time()
        if left <= 0:
            self._close()
        else:
            self._timer = self._loop.call_later(left, self._look)
