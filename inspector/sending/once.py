"""One request, one answer, over a connection of its own: for who asks a server a question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.sending.address import Address, SendError
from inspector.sending.line import Line, Listener
from inspector.wire.exchange import Response

LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timings:
    """Moments in Unix seconds: the request's first byte, its answer's first byte, its last."""

    sent: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` without transfer coding; `truncated`: there was more than `LARGEST_BODY`.

    `interim` are the statuses of 1xx answers before it.
    """

    response: Response
    body: bytes
    timings: Timings
    interim: tuple[int, ...] = ()
    truncated: bool = False


async def send(address: Address, head: bytes, body: bytes = b"", *, timeout: float = 30.0) -> Answer:
    """Send one request over a connection of its own. `head`: its bytes, the empty line included (`line.head_of`);
    `timeout` in seconds, for all of it.

    Raises:
        SendError: no connection, no TLS, no answer in time, or none that is HTTP.
    """
    listener = _Collector()
    try:
        async with asyncio.timeout(timeout):
            line = await Line.open(address)
            try:
                await line.send(head, (body,) if body else None, listener)
            finally:
                await line.close()
    except TimeoutError:
        raise SendError("upstream-unreachable", f"no answer within {timeout:g} s") from None
    return listener.answer()


async def offered_protocol(address: Address, protocols: Sequence[str], *, timeout: float = 30.0) -> str | None:
    """The protocol that the server takes of those offered by ALPN; None where it takes none.

    Raises:
        SendError: no connection, or no TLS.
    """
    if address.tls is not None:
        address.tls.set_alpn_protocols(list(protocols))
    try:
        async with asyncio.timeout(timeout):
            line = await Line.open(address)
    except TimeoutError:
        raise SendError("upstream-unreachable", f"no connection within {timeout:g} s") from None
    protocol = line.protocol
    await line.close()
    return protocol


class _Collector(Listener):
    """Keeps an answer in memory, as far as `LARGEST_BODY`."""

    def __init__(self) -> None:
        self._sent = self._first = self._last = 0.0
        self._response: Response | None = None
        self._interim: list[int] = []
        self._body = bytearray()

    def begins(self, at: float) -> None:
        self._sent = at

    def interim(self, status: int) -> None:
        self._interim.append(status)

    def response_head(self, at: float, response: Response) -> None:
        self._first, self._response = at, response

    def response_data(self, data: bytes) -> None:
        self._body += data[: LARGEST_BODY + 1 - len(self._body)]

    def response_end(self, at: float) -> None:
        self._last = at

    def answer(self) -> Answer:
        """What came."""
        assert self._response is not None
        body, timings = bytes(self._body[:LARGEST_BODY]), Timings(self._sent, self._first, self._last)
        return Answer(self._response, body, timings, tuple(self._interim), len(self._body) > LARGEST_BODY)
