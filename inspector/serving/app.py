"""The ASGI application: each request is asked of a player, and its answer is written window by window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Protocol

from inspector.replay.match.payload import NOTHING, Intake, Payload
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.miss_answer import miss_answer
from inspector.serving.http import EXTENSION, Line
from inspector.serving.reach import within_reach
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Headers

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

AT_ONCE = 64 * 1024
"""Bytes of an answer's body that are written in one piece."""

_BODIES = (b"content-length", b"transfer-encoding")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Asker(Protocol):
    """Who knows the answers: a player, or what records beside one."""

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The answer to a request, or why there is none. `now` in Unix seconds. Never raises, never waits for long."""


class Listener(Protocol):
    """Who is told what becomes of calls. It is called in the server's thread."""

    def answered(self, answer: Answer, request: Request) -> None:
        """A call was answered, or spoiled as a fault wants it."""

    def missed(self, miss: Miss, request: Request) -> None:
        """The recording has no answer."""

    def failed(self, error: Exception, request: Request) -> None:
        """The answer is there and could not be read; the connection was broken instead."""


class App:
    """Answers what an asker knows. `verify`: learn of bodies what a verifier of signatures needs."""

    def __init__(self, asker: Asker, listener: Listener, *, verify: bool = False) -> None:
        self._asker = asker
        self._listener = listener
        self._verify = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line: Line = scope["extensions"][EXTENSION]
        request = request_of(scope, line)
        payload: Payload | None = NOTHING
        if any(name in _BODIES for name, _ in request.headers):
            payload = await self._taken(request, receive)
        if payload is None:
            return
        try:
            whole = await self._answer(request, payload, line, send)
        except Exception as error:  # a recording that is damaged, or went away: say so, and go on with the others
            self._listener.failed(error, request)
            line.reset()
            whole = False
        if not whole:
            await gone(receive)

    async def _taken(self, request: Request, receive: Receive) -> Payload | None:
        """The payload of a request, hashed as it comes; None where the client went away."""
        intake = Intake(request, verify=self._verify)
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            intake.feed(message["body"])
            more = message["more_body"]
        return intake.finish()

    async def _answer(self, request: Request, payload: Payload, line: Line, send: Send) -> bool:
        """Ask, and write what is said; whether that was a whole answer."""
        found = self._asked(request, payload)
        if line.tunnel is None and line.target[:1] == b"/":  # no proxy's: it was told of this address
            found = within_reach(found, request)
        if found.delay:
            await asyncio.sleep(found.delay)
        if found.response is None:
            line.reset()
            return False
        whole = await write(found, found.response, send)
        if not whole:
            line.close()
        return whole

    def _asked(self, request: Request, payload: Payload) -> Answer:
        now = time.time()
        found = self._asker.ask(request, payload, now)
        if isinstance(found, Miss):
            self._listener.missed(found, request)
            return miss_answer(found, request, now)
        self._listener.answered(found, request)
        return found


def request_of(scope: Scope, line: Line) -> Request:
    """The head of a request, its target as sent. Header names are in lower case, as ASGI has them."""
    headers: Headers = tuple(scope["headers"])
    scheme = scope["scheme"]
    target, authority = line.target, b""
    if target[:1] != b"/" and b"://" in target[:8]:
        written, authority, target = _absolute(target)
        scheme = written
    host, port = line.tunnel or _place(authority or _host_line(headers), scheme)
    return Request(
        scope["method"].encode("ascii"), scheme, host, port, target, headers, f"HTTP/{scope['http_version']}", authority
    )


def _absolute(target: bytes) -> tuple[str, bytes, bytes]:
    """Scheme, authority and origin-form of an absolute-form target (RFC 9112 §3.2.2)."""
    scheme, _, rest = target.partition(b"://")
    authority, slash, path = rest.partition(b"/")
    if not slash and b"?" in authority:
        authority, _, query = authority.partition(b"?")
        return scheme.decode("latin-1").lower(), authority, b"/?" + query
    return scheme.decode("latin-1").lower(), authority, b"/" + path


def _host_line(headers: Headers) -> bytes:
    for name, value in headers:
        if name == b"host":
            return value
    return b""


@lru_cache(maxsize=256)
def _place(written: bytes, scheme: str) -> tuple[str, int]:
    """Host and port that a request without a tunnel was meant for."""
    host, colon, port = written.decode("latin-1").rpartition(":")
    if colon and port.isdigit() and len(port) <= 5 and not host.endswith(":"):
        return host.strip("[]").lower(), int(port)
    return written.decode("latin-1").strip("[]").lower(), _DEFAULT_PORTS.get(scheme, 80)


async def write(answer: Answer, response: Response, send: Send) -> bool:
    """Write an answer; whether it was written whole."""
    await send({"type": "http.response.start", "status": response.status, "headers": answer.headers(time.time())})
    left = answer.break_after
    windows = answer.windows()
    if left is None and answer.size <= AT_ONCE:
        await send({"type": "http.response.body", "body": b"".join(windows)})
        return True
    for window in windows:
        piece = window if left is None else window[:left]
        if piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if left is not None:
            left -= len(piece)
            if left <= 0:
                break
    if left is not None:
        return False
    await send({"type": "http.response.body", "body": b""})
    return True


async def gone(receive: Receive) -> None:
    """Wait until the connection is closed: a server would complain of a call that has no end."""
    while (await receive())["type"] != "http.disconnect":
        pass
