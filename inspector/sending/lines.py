"""Connections that are kept from one call to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from inspector.sending.address import Address, SendError
from inspector.sending.line import IDLE_SECONDS, Line, Listener

Body = Callable[[], Iterable[bytes]]
"""Gives the bytes of a body from its beginning, as often as it is asked."""

SENT_ONCE = (b"POST", b"PATCH")
"""Methods that are not sent a second time where the first may have arrived (RFC 9110 §9.2.2)."""


class Lines:
    """One open line for each address; calls go one after the other. An async context manager."""

    def __init__(self) -> None:
        self._open: dict[Address, Line] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._open.values():
            await line.close()

    async def line(self, address: Address) -> Line:
        """A line that may be used. Raises SendError where none can be opened."""
        line = self._open.get(address)
        if line is None or not line.usable:
            await self.drop(address)
            line = self._open[address] = await Line.open(address)
        return line

    async def drop(self, address: Address) -> None:
        """Let go of the line to an address."""
        line = self._open.pop(address, None)
        if line is not None:
            await line.close()

    async def send(
        self,
        address: Address,
        head: bytes,
        body: Body | None,
        listener: Callable[[Line], Listener],
        idle: float = IDLE_SECONDS,
    ) -> None:
        """Send a request and read the answer; `listener` makes a fresh one for the line that is taken.

        A server closes idle connections, and the news may cross the request: where not a byte came back on a line
        that had been used before, the request is sent once more, on a new one.

        Raises:
            SendError: no whole answer came.
        """
        line = await self.line(address)
        try:
            await line.send(head, body() if body else None, listener(line), idle)
        except SendError as error:
            await self.drop(address)
            if not error.unheard or head.partition(b" ")[0] in SENT_ONCE:
                raise
            line = await self.line(address)
            await line.send(head, body() if body else None, listener(line), idle)
