"""A listener that takes whole requests, keeps nothing of them, and gives the answers that were laid down for them."""

from __future__ import annotations

import asyncio
import contextlib

TICKET = b"x-b2-inspector-refusal"
LONGEST_HEAD = 1 << 20
PIECE = 1 << 16


class Sink:
    """An HTTP/1.1 server on a free port of loopback. Each request names its answer in `x-b2-inspector-refusal`."""

    def __init__(self) -> None:
        self._answers: dict[bytes, bytes | None] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST_HEAD)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def expect(self, ticket: str, answer: bytes | None) -> None:
        """Lay down an answer, byte for byte; None: the connection breaks instead."""
        self._answers[ticket.encode()] = answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection goes on."""
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[1:]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        answer = self._answers.pop(headers.get(TICKET, b""), None)
        if answer is None:
            writer.transport.abort()
            return False
        await _swallow(reader, headers)
        writer.write(answer)
        await writer.drain()
        return True


async def _swallow(reader: asyncio.StreamReader, headers: dict[bytes, bytes]) -> None:
    """Read a request's body to its end."""
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            await _skip(reader, size + 2)
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
    else:
        await _skip(reader, int(headers.get(b"content-length", b"0")))


async def _skip(reader: asyncio.StreamReader, size: int) -> None:
    while size:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(piece)
