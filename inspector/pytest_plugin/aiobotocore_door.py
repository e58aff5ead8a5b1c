"""aiobotocore, and s3fs over it, without sockets: `botocore_door` at the layer of aiohttp's and httpx's sessions."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from inspector.formats.fixture.bodies import Inline
from inspector.formats.fixture.model import Call
from inspector.pytest_plugin.botocore_door import (
    answered,
    joined,
    past,
    plain_bytes,
    position_of,
    put_back,
    request_of,
)
from inspector.pytest_plugin.carried import unframed
from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.imported import when_imported
from inspector.replay.play.answer import Answer
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.headers import Headers

LAYERS = {"aiobotocore.httpsession": "AIOHTTPSession", "aiobotocore.httpxsession": "HttpxSession"}
"""Modules, and in each the class whose `send` opens sockets; the second came with aiobotocore 2.20."""

_Send = Callable[[Any, Any], Any]


@contextmanager
def playing(cassette: Cassette) -> Iterator[None]:
    """While this is open a recording answers aiobotocore, in every event loop; whenever it is imported."""
    with ExitStack() as stack:
        patches = {name: _patch(cassette, layer, stack) for name, layer in LAYERS.items()}
        stack.enter_context(when_imported(patches))
        yield


def _patch(cassette: Cassette, layer: str, stack: ExitStack) -> Callable[[Any], None]:
    def patch(module: Any) -> None:
        session = getattr(module, layer, None)
        if session is None:
            return
        original: _Send = session.send

        async def send(self: Any, request: Any) -> Any:
            return await _sent(cassette, original, self, request)

        session.send = send
        stack.callback(setattr, session, "send", original)

    return patch


async def _sent(cassette: Cassette, original: _Send, session: Any, prepared: Any) -> Any:
    """In place of `send`: from an AWSPreparedRequest to an AioAWSResponse."""
    request = request_of(prepared)
    if cassette.ignores(request.host):
        return await original(session, prepared)
    body = await _taken(prepared)
    found = answered(cassette, request, body)
    if found is not None:
        return await _response(prepared, found)
    return await _live(cassette, original, session, prepared, request, body)


async def _taken(prepared: Any) -> bytes:
    """The body, whole. Who reads a stream puts it back: it may have to be sent, and be sent again."""
    body = prepared.body
    if not any(hasattr(body, name) for name in ("read", "__next__", "__anext__")):
        return plain_bytes(body)
    start = position_of(body)
    data = await _read(body)
    if not put_back(body, start):
        prepared.body = data
    return data


async def _read(body: Any) -> bytes:
    if hasattr(body, "read"):
        data = body.read()
        return plain_bytes(await data if inspect.isawaitable(data) else data)
    if hasattr(body, "__anext__"):
        return b"".join([bytes(piece) async for piece in body])
    return b"".join(body)


# What aiobotocore gets


class _Content:
    """aiohttp's StreamReader, as far as aiobotocore and s3fs read it."""

    def __init__(self, windows: Iterator[bytes]) -> None:
        self._windows = windows
        self._rest = b""
        self._ended = False

    async def read(self, amt: int = -1) -> bytes:
        """At most `amt` bytes; all that are left where it is negative."""
        if amt is None or amt < 0:
            data, self._rest, self._ended = self._rest + b"".join(self._windows), b"", True
            return data
        while not self._rest and amt and not self._ended:
            window = next(self._windows, None)
            self._ended = window is None
            self._rest = window or b""
        data, self._rest = self._rest[:amt], self._rest[amt:]
        return data

    def at_eof(self) -> bool:
        """Whether there is no more."""
        return self._ended and not self._rest

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """The rest, in pieces."""
        while piece := await self.read(size):
            yield piece


class _Raw:
    """What aiobotocore reads of aiohttp's response, over bytes that are at hand."""

    def __init__(self, url: str, headers: dict[str, str], windows: Iterator[bytes]) -> None:
        self.url = url
        self.raw_headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
        self.content = _Content(windows)

    async def read(self) -> bytes:
        """All of it."""
        return await self.content.read()

    def close(self) -> None:
        """There is no connection."""

    async def __aenter__(self) -> _Raw:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def _response(prepared: Any, answer: Answer) -> Any:
    """An AioAWSResponse.

    Raises:
        botocore.exceptions.ConnectionClosedError: none came when it was recorded.
    """
    from botocore.exceptions import ConnectionClosedError

    await asyncio.sleep(answer.delay)  # others have their turn, as with a server
    if answer.response is None:
        raise ConnectionClosedError(endpoint_url=prepared.url, request=prepared, error="as it was recorded")
    return await _made(prepared, answer.response.status, joined(answer.headers(time.time())), answer.windows())


async def _made(prepared: Any, status: int, headers: dict[str, str], windows: Iterator[bytes]) -> Any:
    from aiobotocore.awsrequest import AioAWSResponse

    low = {name.lower(): value for name, value in headers.items()}  # as aiobotocore itself has them
    response = AioAWSResponse(prepared.url, status, low, _Raw(prepared.url, low, windows))
    if not prepared.stream_output:
        await response.content
    return response


# Live


async def _live(cassette: Cassette, original: _Send, session: Any, prepared: Any, request: Request, body: bytes) -> Any:
    start, lane = time.time(), str(threading.get_ident())
    sent = Inline(unframed(request.headers, body))
    cassette.claim(request)
    try:
        with past():
            response = await original(session, prepared)
        data = await response.content
    except Exception as error:
        failure = Failure("upstream-reset", type(error).__name__)
        cassette.take(Call(request, None, sent, failure=failure, start=start, end=time.time(), lane=lane))
        raise
    head = Response(response.status_code, _lines(response), _reason(response))
    cassette.take(Call(request, head, sent, Inline(data), start=start, end=time.time(), lane=lane))
    return await _made(prepared, response.status_code, dict(response.headers), iter((data,)))


def _lines(response: Any) -> Headers:
    """The lines as they came: aiohttp and httpx both keep them."""
    raw = response.raw
    lines = getattr(raw, "raw_headers", None) or getattr(getattr(raw, "headers", None), "raw", None)
    if lines is None:
        return tuple((name.encode(), value.encode()) for name, value in response.headers.items())
    return tuple((bytes(name), bytes(value)) for name, value in lines)


def _reason(response: Any) -> bytes:
    raw = response.raw
    return str(getattr(raw, "reason", None) or getattr(raw, "reason_phrase", None) or "").encode("latin-1")
