"""A replay server over a few calls, and raw connections to it."""

from __future__ import annotations

import atexit
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inspector.capture.authority import Authority, ensure_authority
from inspector.facts import facts_of
from inspector.replay.play.faults import read_fault
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.replay.recorded import RecordedCassette
from inspector.serving.server import ReplayServer
from inspector.wire.exchange import Request, Response, Timing
from inspector.wire.headers import Headers
from support.calls import HOST, NOON, Call, record

ETAG = (b"ETag", b'"d41d8cd98f00b204e9800998ecf8427e"')


def said(
    method: bytes,
    target: bytes,
    body: bytes = b"",
    *,
    sent: bytes = b"",
    status: int = 200,
    answer: Headers = (ETAG,),
    at: float = 0.0,
    host: str = HOST,
) -> Call:
    """A recorded call, its length in its heads."""
    length = ((b"Content-Length", b"%d" % len(sent)),) if sent else ()
    request = Request(method, "https", host, 443, target, ((b"Host", host.encode()), *length))
    response = Response(status, ((b"Date", b"Sun, 22 Nov 2026 12:00:00 GMT"), *answer), b"OK")
    moment = NOON + at
    timing = Timing(moment, moment + 0.001, moment + 0.004, moment + 0.005)
    facts = facts_of(request, response, sent, body)
    return Call(request, response, facts, timing, request_body=sent, response_body=body)


@contextmanager
def playing(
    directory: Path, calls: Iterable[Call], told: list[str] | None = None, faults: Sequence[str] = (), **options: Any
) -> Iterator[ReplayServer]:
    """A server that answers from these calls; what it says goes to `told`."""
    path = record(directory / "calls.db", calls)
    cassette = RecordedCassette(path)
    player = Player(cassette, Options(faults=tuple(map(read_fault, faults)), **options))
    said_here: list[str] = [] if told is None else told
    with ReplayServer(player, authority(), said_here.append) as server:
        yield server
    cassette.close()


@cache
def authority() -> Authority:
    """The authority of all servers of this process: one takes a second to make."""
    directory = TemporaryDirectory(prefix="b2-inspector-tests-")
    atexit.register(directory.cleanup)
    return ensure_authority(Path(directory.name))


def connect(server: ReplayServer, tunnel: str | None = None, *, tls: str | None = None) -> socket.socket:
    """A connection, through a tunnel and with TLS to a name where these are given."""
    connection = socket.create_connection((server.host, server.port), timeout=20)
    if tunnel is not None:
        connection.sendall(f"CONNECT {tunnel} HTTP/1.1\r\nHost: {tunnel}\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        assert head.startswith(b"HTTP/1.1 200"), head
    if tls is None:
        return connection
    context = ssl.create_default_context(cafile=str(server.authority.certificate))
    return context.wrap_socket(connection, server_hostname=tls)


def everything(connection: socket.socket) -> bytes:
    """All bytes until the connection ends; ConnectionResetError where it is reset."""
    data = b""
    with connection:
        while piece := connection.recv(65536):
            data += piece
    return data


def ask(connection: socket.socket, head: bytes, body: bytes = b"") -> bytes:
    """Send a request that closes its connection, and give the whole answer."""
    connection.sendall(head.rstrip(b"\r\n") + b"\r\nConnection: close\r\n\r\n" + body)
    return everything(connection)
