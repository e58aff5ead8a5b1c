"""A call that goes live: its bytes as they came, to the server that it names; the answer as it comes, and kept.

The client signed for the real host, and nothing that it signed is changed: what is left away are the lines that were
meant for the proxy. Bodies are held whole, as a recording holds them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from inspector.formats.fixture.model import Call
from inspector.pytest_plugin.carried import kept, unframed
from inspector.replay.network import Network
from inspector.sending.address import SendError
from inspector.sending.line import Listener, head_of
from inspector.sending.lines import Body as Sent
from inspector.sending.lines import Lines
from inspector.serving.app import Send
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.headers import Headers, get

PIECE = 64 * 1024
_FOR_THE_PROXY = (b"proxy-authorization", b"proxy-connection")
_BODILESS = (204, 304)


class Origin:
    """The servers that calls are meant for. `environ`: the user's own, where proxy and trust are named.

    For one event loop.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._network = Network(upstream_ca=_trusted(environ), environ=environ)
        self._idle: list[Lines] = []

    async def answer(self, request: Request, body: bytes, send: Send) -> tuple[Call, bool]:
        """Send a request on, and hand its answer back as it comes; the call as it is kept, and whether that was all of
        an answer. Where none came the client is told why.
        """
        start = time.time()
        news: asyncio.Queue[_News] = asyncio.Queue()
        asking = asyncio.create_task(self._ask(request, body, news))
        try:
            response, data, failure = await _handed_on(news, send)
        finally:
            asking.cancel()
        whole = failure is None or response is None
        if failure is not None and response is None:
            await _apologize(failure, send)
        sent, answer = kept(unframed(request.headers, body)), kept(b"" if failure else data)
        live = None if failure else response
        return Call(request, live, sent, answer, failure=failure, start=start, end=time.time()), whole

    async def _ask(self, request: Request, body: bytes, news: asyncio.Queue[_News]) -> None:
        """Ask the server; what comes goes into `news`, at last None or a failure."""
        lines = self._idle.pop() if self._idle else Lines()
        head = head_of(replace(request, headers=_without_the_proxys(request.headers)))
        end: Failure | None = None
        try:
            address = self._network.address(request)
            await lines.send(address, head, _framed(request.headers, body), lambda _: _Ear(news))
        except SendError as error:
            end = error.failure
        except Exception as error:  # there is no way: a proxy that cannot be taken, a file of certificates that is none
            end = Failure("upstream-unreachable", str(error))
        self._idle.append(lines)
        news.put_nowait(end)

    async def close(self) -> None:
        """Close every connection."""
        while self._idle:
            async with self._idle.pop():
                pass


_News = Response | bytes | Failure | None


async def _handed_on(news: asyncio.Queue[_News], send: Send) -> tuple[Response | None, bytes, Failure | None]:
    """Hand on what comes, until its end."""
    response: Response | None = None
    data = bytearray()
    while (what := await news.get()) is not None:
        if isinstance(what, Failure):
            return response, bytes(data), what
        if isinstance(what, Response):
            response = what
            await send(_head(what))
        else:
            data += what
            await send({"type": "http.response.body", "body": what, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return response, bytes(data), None


async def _apologize(failure: Failure, send: Send) -> None:
    """As the recorder's proxy does it: 502, and why."""
    body = f"b2-inspector: {failure.text}\n".encode()
    lines = ((b"Content-Type", b"text/plain"), (b"Content-Length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 502, "headers": lines})
    await send({"type": "http.response.body", "body": body})


class _Ear(Listener):
    """Hands on what is heard."""

    def __init__(self, news: asyncio.Queue[_News]) -> None:
        self._news = news

    def response_head(self, at: float, response: Response) -> None:
        self._news.put_nowait(response)

    def response_data(self, data: bytes) -> None:
        self._news.put_nowait(data)


def _trusted(environ: Mapping[str, str]) -> Path | None:
    """What the user's own clients trust besides the public roots: a local server's authority."""
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        path = Path(environ.get(name) or "-")
        if path.is_file():
            return path
    return None


def _without_the_proxys(headers: Headers) -> Headers:
    return tuple(line for line in headers if line[0].lower() not in _FOR_THE_PROXY)


def _framed(headers: Headers, body: bytes) -> Sent | None:
    """The body as the head says that it comes: in chunks, by its length, or none."""
    if get(headers, b"transfer-encoding") is not None:
        return lambda: _chunks(body)
    return (lambda: _pieces(body)) if body else None


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[at : at + PIECE] for at in range(0, len(body), PIECE))


def _chunks(body: bytes) -> Iterator[bytes]:
    for piece in _pieces(body):
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _head(response: Response) -> dict[str, object]:
    lines = response.headers
    if response.status in _BODILESS:  # a length that says what a body would have, which the server holds us to
        lines = tuple(line for line in lines if line[0].lower() != b"content-length")
    return {"type": "http.response.start", "status": response.status, "headers": lines}
