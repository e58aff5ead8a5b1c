"""The door: one port that speaks HTTP and TLS, as an endpoint and as a proxy.

A connection is looked at before a byte of it is read (MSG_PEEK). What begins with a TLS handshake gets TLS, what begins
with CONNECT gets its tunnel, which leads back to this door; everything else is HTTP. Each is then handed over whole, so
that nothing is relayed. No connection to anywhere is ever made: a CONNECT to a host that the recording does not hold is
refused. By the port that it comes to, or by a proxy's credentials, a connection may name a session.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from inspector.serving.certificates import LOOPBACK, Minter
from inspector.serving.naming import proxy_session

LONGEST_HEAD = 16 * 1024
"""Bytes of a CONNECT."""

PATIENCE = 60.0
"""Seconds that a client has for its first bytes, and for a TLS handshake."""

_HANDSHAKE = 0x16  # the first byte of a TLS record that holds a handshake (RFC 8446 §5.1)
_CONNECT = re.compile(rb"CONNECT (?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5}) HTTP/1\.[01]")
_CREDENTIALS = re.compile(rb"(?i)\r\nproxy-authorization:[ \t]*([^\r\n]+)")
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

Factory = Callable[[tuple[str, int] | None, str], asyncio.Protocol]
"""Makes what speaks HTTP; it is told the host and port of the tunnel that the connection came through, and the session
that it named ("" for none)."""


class Guard(Protocol):
    """Who knows whom to let in."""

    def holds(self, host: str, session: str) -> bool:
        """Whether calls to a host are answered here."""

    def refused(self, host: str, port: int, session: str) -> str:
        """A connection was wanted to a host that is not answered for; gives the words for the client."""

    def distrusted(self, host: str) -> None:
        """A client ended its handshake because of the server's certificate."""


class Refused(Exception):
    """The door stays shut; `answer` is what the client is told."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer


class Door:
    """Lets connections in."""

    def __init__(self, factory: Factory, minter: Minter, guard: Guard) -> None:
        self._factory = factory
        self._minter = minter
        self._guard = guard
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, listener: socket.socket, session: str = "") -> None:
        """Take connections until cancelled; those to this `listener` belong to a session."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError:  # the client went away before, or there are too many open files
                await asyncio.sleep(0.01)
                continue
            task = loop.create_task(self._enter(connection, session))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let nobody in who is not in yet."""
        for task in self._tasks:
            task.cancel()

    async def _enter(self, connection: socket.socket, session: str) -> None:
        handed = False
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(PATIENCE):
                tunnel, session = await self._tunnel(connection, session)
                secure = (await _peek(connection, 1))[0] == _HANDSHAKE
            handed = True
            await self._hand_over(connection, tunnel, session, secure)
        except Refused as refused:
            connection.send(refused.answer)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            if not handed:
                connection.close()

    async def _tunnel(self, connection: socket.socket, session: str) -> tuple[tuple[str, int] | None, str]:
        """Read a CONNECT, where there is one, and answer it; it may name a session."""
        if (await _peek(connection, 1))[0] != ord("C") or not (await _peek(connection, 8)).startswith(b"CONNECT "):
            return None, session
        head = await _head(connection)
        match = _CONNECT.match(head)
        if match is None or int(match["port"]) > 65535:
            raise Refused(_answer("400 Bad Request", "CONNECT names no HOST:PORT"))
        host, port = (match["host"] or match["six"]).decode("latin-1").lower(), int(match["port"])
        credentials = _CREDENTIALS.search(head)
        session = (proxy_session(credentials[1]) if credentials else "") or session
        if not self._guard.holds(host, session):
            raise Refused(_answer("403 Forbidden", self._guard.refused(host, port, session)))
        connection.send(_ESTABLISHED)
        return (host, port), session

    async def _hand_over(
        self, connection: socket.socket, tunnel: tuple[str, int] | None, session: str, secure: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        if not secure:
            await loop.connect_accepted_socket(lambda: self._factory(tunnel, session), connection)
            return
        name = tunnel[0] if tunnel else LOOPBACK[0]
        context = self._minter.context(LOOPBACK[0] if name in LOOPBACK else name)
        try:
            await loop.connect_accepted_socket(
                lambda: self._factory(tunnel, session), connection, ssl=context, ssl_handshake_timeout=PATIENCE
            )
        except ssl.SSLError as error:
            if "ALERT" in (error.reason or ""):  # the client says what it does not like: the certificate, nearly always
                self._guard.distrusted(name)
        except (ConnectionError, TimeoutError):
            pass


async def _head(connection: socket.socket) -> bytes:
    """A CONNECT up to its empty line, taken off the socket."""
    size = 0
    while size < LONGEST_HEAD:
        seen = await _peek(connection, size + 1)
        end = seen.find(b"\r\n\r\n")
        if end >= 0:
            return connection.recv(end + 4)
        size = len(seen)
    raise Refused(_answer("431 Request Header Fields Too Large", "this CONNECT does not end"))


async def _peek(connection: socket.socket, least: int) -> bytes:
    """What has come, at least so many bytes, left where they are.

    Raises EOFError where the client ends before anything came.
    """
    while True:
        try:
            seen = connection.recv(LONGEST_HEAD, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            await _readable(connection)
            continue
        if len(seen) >= least:
            return seen
        if not seen:
            raise EOFError
        await asyncio.sleep(0.005)  # what is there stays readable, so that readiness says nothing of what is to come


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)


def _answer(status: str, text: str) -> bytes:
    body = f"{text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
