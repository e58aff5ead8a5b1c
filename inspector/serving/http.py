"""HTTP/1.1 as uvicorn speaks it, with what ASGI has no word for: the target as it was sent, and broken connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from inspector.replay.play.answer import Answer
from inspector.wire.headers import Header, Headers

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

EXTENSION = "b2-inspector"
"""The entry of `scope["extensions"]` that holds a `Line`."""

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER, zero seconds: a close sends RST (Linux, macOS; Windows has two shorts)
_RESET_WINDOWS = struct.pack("hh", 1, 0)


_UPGRADE = re.compile(rb"(?i)(?<=\r\n)upgrade(?=:)")
_HIDDEN = b"b2-inspector-upgrade"

_SILENT = logging.getLogger("inspector.serving")
"""What uvicorn has to say of clients that offer an upgrade or break off is no news here."""
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Line:
    """The connection of a call. `tunnel` is the host and port of the CONNECT that it came through, `session` the one
    that the connection belongs to ("" for none).
    """

    __slots__ = ("_transport", "answer", "lines", "session", "target", "tunnel")

    def __init__(self, transport: asyncio.Transport, tunnel: tuple[str, int] | None, session: str) -> None:
        self._transport = transport
        self.target = b""
        self.lines: Headers = ()
        """A request's header lines as they were sent, where `Verbatim` speaks."""
        self.answer: Answer | None = None
        """What is answered, where that was found already."""
        self.tunnel = tunnel
        self.session = session

    def reset(self) -> None:
        """Break the connection at once, as a network does: the client sees a reset."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            for linger in (_RESET, _RESET_WINDOWS):
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    break
        self._transport.abort()

    def close(self) -> None:
        """Send what was written, then end: the client sees an answer that breaks off."""
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """One connection. uvicorn would cut the target into path and query, and refuse some that S3 clients send."""

    def __init__(
        self,
        config: Config,
        state: ServerState,
        tunnel: tuple[str, int] | None,
        session: str,
        distrusted: Callable[[str], None],
    ) -> None:
        super().__init__(config, state, {})
        self.url: bytes = b""
        self._line: Line
        self._in_body = self._renamed = self._spoken = False
        self._under_way: deque[Any] = deque()  # the cycles of calls, in order
        self.logger, self.access_log = _SILENT, False
        self._tunnel, self._session = tunnel, session
        self._distrusted = distrusted

    def data_received(self, data: bytes) -> None:
        if not self._in_body and (b"pgrade:" in data or b"PGRADE:" in data):
            data = self._without_upgrade(data)
        super().data_received(data)

    def _without_upgrade(self, data: bytes) -> bytes:
        """Hide the offer of another protocol from httptools, which would leave the body of such a request unread.

        curl --http2 and Java's HttpClient make the offer on plain http; an offer may be passed over (RFC 9110 §7.8).
        """
        head, end, rest = data.partition(b"\r\n\r\n")
        hidden = _UPGRADE.sub(_HIDDEN, head)
        self._renamed = hidden != head
        return hidden + end + rest

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._line = Line(self.transport, self._tunnel, self._session)
        scope: Any = self.scope
        scope["extensions"] = {EXTENSION: self._line}

    def on_headers_complete(self) -> None:
        self._line.target, self.url = self.url, b"/"
        self._unhide()
        self._in_body = self._spoken = True
        super().on_headers_complete()
        while self._under_way and self._under_way[0].response_complete:
            self._under_way.popleft()
        self._under_way.append(self.cycle)

    def _unhide(self) -> None:
        if self._renamed:
            self.headers[:] = [(b"upgrade" if name == _HIDDEN else name, value) for name, value in self.headers]

    def on_message_complete(self) -> None:
        self._in_body = self._renamed = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        # In TLS 1.3 a client that does not trust us says so after the server's side of the handshake is over.
        if isinstance(exc, ssl.SSLError) and "ALERT" in (exc.reason or "") and not self._spoken:
            self._distrusted(self._tunnel[0] if self._tunnel else "localhost")
        super().connection_lost(exc)
        for cycle in self._under_way:  # uvicorn tells the last one; those that it waits for would wait for ever
            cycle.disconnected = not cycle.response_complete
            cycle.message_event.set()


class Verbatim(Protocol):
    """The same for who sends a request on: ASGI has names of header lines in lower case only."""

    def on_message_begin(self) -> None:
        self._sent: list[Header] = []
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name != _HIDDEN:
            self._sent.append((name, value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._line.lines = tuple(self._sent)
        super().on_headers_complete()
