"""A server that does what its script says, byte by byte: for days on which servers behave badly.

    with ScriptedServer(truncated(100, 10)) as server:
        http.client.HTTPConnection("127.0.0.1", server.port)...

A script is called once for each connection with a `Peer`; it reads and writes as it likes. When it returns, the
connection is closed; `Peer.reset` closes it with a TCP reset.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from inspector.demo.certificates import Certificates

_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:[ \t]*chunked")


@dataclass(slots=True)
class Seen:
    """A request as its bytes came: the head with its empty line, the body with its chunks undone."""

    head: bytes
    body: bytes = b""


@dataclass(slots=True)
class Peer:
    """One connection."""

    socket: socket.socket
    server: ScriptedServer
    number: int
    _waiting: bytearray = field(default_factory=bytearray)

    def head(self) -> Seen | None:
        """The next request's head; None when the client has closed. It is counted by the server."""
        while b"\r\n\r\n" not in self._waiting:
            if not self._fill():
                return None
        end = self._waiting.index(b"\r\n\r\n") + 4
        seen = Seen(bytes(self._waiting[:end]))
        del self._waiting[:end]
        self.server.seen.append(seen)
        return seen

    def request(self) -> Seen | None:
        """The next request with its body; None when the client has closed."""
        seen = self.head()
        return None if seen is None else self.rest(seen)

    def rest(self, seen: Seen) -> Seen:
        """A request whose head was read, with its body."""
        if _CHUNKED.search(seen.head):
            seen.body = self._chunks()
        elif length := _LENGTH.search(seen.head):
            seen.body = self.take(int(length[1]))
        return seen

    def take(self, size: int) -> bytes:
        """The next so many bytes, or fewer when the client closes."""
        while len(self._waiting) < size and self._fill():
            pass
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data

    def send(self, *parts: bytes, pause: float = 0.0) -> None:
        """Send the parts, with a pause (seconds) after each."""
        for part in parts:
            self.socket.sendall(part)
            if pause:
                time.sleep(pause)

    def answer(self, body: bytes = b"", status: bytes = b"200 OK", *lines: bytes) -> None:
        """A whole answer with its length."""
        head = b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *lines])
        self.send(head + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A TLS socket would say goodbye first: close the file descriptor under it.
        socket.close(self.socket.detach())

    def _fill(self) -> bool:
        data = self.socket.recv(65536)
        self._waiting += data
        return bool(data)

    def _line(self) -> bytes:
        while b"\r\n" not in self._waiting:
            if not self._fill():
                return b""
        line, _, rest = bytes(self._waiting).partition(b"\r\n")
        self._waiting[:] = rest
        return line

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._line().partition(b";")[0] or b"0", 16):
            body += self.take(size)
            self.take(2)
        while self._line():
            pass
        return body


Script = Callable[[Peer], None]


class ScriptedServer:
    """A context manager: a server on a free port of 127.0.0.1, with TLS where certificates are given."""

    def __init__(self, script: Script, certificates: Certificates | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._script = script
        self._context: ssl.SSLContext | None = None
        if certificates:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificates.certificate, certificates.key)
            self._context.set_alpn_protocols(["http/1.1"])
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()

    def __enter__(self) -> ScriptedServer:
        threading.Thread(target=self._accept, name="scripted", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # `close` alone leaves a thread in `accept` on Linux.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def offer(self, *protocols: str) -> None:
        """Offer these by ALPN, for connections that come from now on (`http/1.1` until then)."""
        assert self._context is not None
        self._context.set_alpn_protocols(list(protocols))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        self._open.add(connection)
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._script(Peer(connection, self, number))
        except OSError:
            pass  # The client has gone: on such days that is part of the play.
        finally:
            self._open.discard(connection)
            with contextlib.suppress(OSError):
                connection.close()


# Scripts


def keep_alive(body: bytes = b"ok", *lines: bytes) -> Script:
    """Answers every request of a connection; `server.connections` counts how well clients reuse theirs."""

    def script(peer: Peer) -> None:
        while peer.request() is not None:
            peer.answer(body, b"200 OK", *lines)

    return script


def reset_after_request(peer: Peer) -> None:
    """Reads a request whole, then resets."""
    peer.request()
    peer.reset()


def reset_after_head(peer: Peer) -> None:
    """Reads a request's head, then resets, whatever of the body is still to come."""
    peer.head()
    peer.reset()


def close_without_answer(peer: Peer) -> None:
    """Reads a request, then closes as if nothing were owed."""
    peer.request()


def truncated(promised: int, sent: int) -> Script:
    """Promises so many bytes and closes after fewer."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % promised, b"x" * sent)

    return script


def truncated_chunks(peer: Peer) -> None:
    """A chunked answer without its last chunk."""
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n")


def garbage(peer: Peer) -> None:
    """Answers in no protocol at all."""
    peer.request()
    peer.send(b"\x00\x01 this is not HTTP \xff\r\n\r\n")


def slow(pause: float, pieces: int = 5) -> Script:
    """An answer that comes in pieces, with a pause (seconds) after each."""

    def script(peer: Peer) -> None:
        while peer.request() is not None:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % pieces
            peer.send(head, *[b"x"] * pieces, pause=pause)

    return script


def continue_100(peer: Peer) -> None:
    """Sends `100 Continue` after the head where the client expects it, then takes the body and answers."""
    while (seen := peer.head()) is not None:
        if b"100-continue" in seen.head.lower():
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = _LENGTH.search(seen.head)
        seen.body = peer.take(int(length[1])) if length else b""
        peer.answer(b"ok")


def early_hints(peer: Peer) -> None:
    """An unsolicited 103 before each answer."""
    while peer.request() is not None:
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
        peer.answer(b"ok")


def refuse_early(peer: Peer) -> None:
    """Answers 403 after the head and closes, without reading the body."""
    if peer.head() is not None:
        peer.answer(b"<Error><Code>AccessDenied</Code></Error>", b"403 Forbidden", b"Connection: close")
