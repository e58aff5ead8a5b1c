"""The ASGI application: it takes requests that must wait for their turn, and writes answers window by window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from inspector.replay.match.payload import NOTHING, Payload
from inspector.replay.play.answer import AT_ONCE, Answer
from inspector.serving.answers import Answers
from inspector.serving.http import EXTENSION, Line
from inspector.serving.request import has_body, is_direct, read_head
from inspector.wire.exchange import Request, Response

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """Writes what `answers` gives, where the protocol does not do so itself."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line: Line = scope["extensions"][EXTENSION]
        request, answer = request_of(scope, line), line.answer
        if answer is None:
            payload = await self._taken(request, receive)
            if payload is None:
                return
            answer = self.answers.to(request, payload, direct=is_direct(line.target, line.tunnel))
        try:
            whole = await _in_time(answer, line, send)
        except Exception as error:  # the recording is damaged, or went away
            self.answers.failed(error, request)
            line.reset()
            whole = False
        if not whole:
            await gone(receive)

    async def _taken(self, request: Request, receive: Receive) -> Payload | None:
        """The payload of a request, hashed as it comes; None where the client went away."""
        if not has_body(request.headers):
            return NOTHING
        intake = self.answers.intake(request)
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            intake.feed(message["body"])
            more = message["more_body"]
        return intake.finish()


def request_of(scope: Scope, line: Line) -> Request:
    """The head of a request, its target as sent. Header names are in lower case, as ASGI has them."""
    method, version = scope["method"].encode("ascii"), scope["http_version"]
    return read_head(method, line.target, version, tuple(scope["headers"]), scope["scheme"], line.tunnel)


async def _in_time(answer: Answer, line: Line, send: Send) -> bool:
    """Write an answer when it is time; whether it was a whole one."""
    if answer.delay:
        await asyncio.sleep(answer.delay)
    if answer.response is None:
        line.reset()
        return False
    whole = await write(answer, answer.response, send)
    if not whole:
        line.close()
    return whole


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
