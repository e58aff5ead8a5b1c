"""A small HTTP/1.1 client that sends what it is given, byte for byte, and says what came back and when.

A request's head goes out as it stands: h11 writes Host first and refuses targets that are no URLs, and just those are
what is asked about here. h11 reads the answers.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import h11

from inspector.wire.exchange import Failure, Request, Response

LARGEST_HEAD = 256 * 1024
LARGEST_BODY = 4 * 1024 * 1024
_WINDOW = 64 * 1024


class SendError(Exception):
    """No whole answer came; `failure` says why, in the kinds of `wire.exchange.Failure`."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.failure = Failure(kind, text)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy on the way. `auth`: `user:password`."""

    host: str
    port: int
    auth: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect: `host`:`port` by TLS with `host` as its name, or in the clear where `tls` is None.

    `to` leads elsewhere, with the name as it was (curl's --connect-to); then no proxy is taken.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    to: tuple[str, int] | None = None
    proxy: Proxy | None = None


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


def head_of(request: Request) -> bytes:
    """The bytes of a request's head, its empty line included."""
    lines = b"".join(b"%b: %b\r\n" % header for header in request.headers)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method, request.target, lines)


async def send(address: Address, head: bytes, body: bytes = b"", *, timeout: float = 30.0) -> Answer:
    """Send one request over a connection of its own. `timeout` in seconds, for all of it.

    Raises:
        SendError: no connection, no TLS, no answer in time, or none that is HTTP.
    """
    try:
        async with asyncio.timeout(timeout), connected(address) as line:
            return await line.send(head, body)
    except TimeoutError:
        raise SendError("upstream-unreachable", f"no answer within {timeout:g} s") from None


async def offered_protocol(address: Address, protocols: Sequence[str], *, timeout: float = 30.0) -> str | None:
    """The protocol that the server takes of those offered by ALPN; None where it takes none.

    Raises:
        SendError: no connection, or no TLS.
    """
    if address.tls is not None:
        address.tls.set_alpn_protocols(list(protocols))
    try:
        async with asyncio.timeout(timeout), connected(address) as line:
            return line.protocol
    except TimeoutError:
        raise SendError("upstream-unreachable", f"no connection within {timeout:g} s") from None


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Line]:
    """A connection, open for the block.

    Raises:
        SendError: it cannot be opened, or TLS fails.
    """
    reader, writer = await _open(address)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError, asyncio.CancelledError):
            await asyncio.wait_for(writer.wait_closed(), 1.0)


async def _open(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        if address.proxy is not None and address.to is None:
            return await _through(address.proxy, address)
        host, port = address.to or (address.host, address.port)
        name = address.host if address.tls else None
        return await asyncio.open_connection(host, port, ssl=address.tls, server_hostname=name)
    except ssl.SSLError as error:
        raise SendError("upstream-tls", getattr(error, "verify_message", "") or str(error)) from error
    except OSError as error:
        raise SendError("upstream-unreachable", error.strerror or str(error)) from error


async def _through(proxy: Proxy, address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    try:
        target = f"{address.host}:{address.port}"
        credentials = base64.b64encode((proxy.auth or "").encode()).decode()
        authorization = f"Proxy-Authorization: Basic {credentials}\r\n" if proxy.auth else ""
        writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            said = b" ".join(status).decode("ascii", "replace")
            raise SendError("upstream-unreachable", f"the proxy {proxy.host}:{proxy.port} says {said} to CONNECT")
        if address.tls is not None:
            await writer.start_tls(address.tls, server_hostname=address.host)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        writer.close()
        raise SendError("upstream-unreachable", f"{proxy.host}:{proxy.port} does not answer as a proxy") from None
    except BaseException:
        writer.close()
        raise
    return reader, writer


class Line:
    """An open connection: requests one after the other, as long as the server keeps it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def protocol(self) -> str | None:
        """What ALPN chose; None where it chose nothing."""
        tls = self._writer.get_extra_info("ssl_object")
        return tls.selected_alpn_protocol() if tls else None

    async def send(self, head: bytes, body: bytes = b"") -> Answer:
        """Send a request, its head with the empty line, and read the answer.

        A server may refuse before it has all of a body: so both go on at once.

        Raises:
            SendError: the connection broke, or what came is no HTTP/1.
        """
        start = time.time()
        writing = asyncio.create_task(self._write(head, body))
        try:
            return await self._read(head.partition(b" ")[0], start)
        except h11.RemoteProtocolError as error:
            raise SendError("bad-response", str(error)) from error
        except (OSError, ssl.SSLError) as error:
            raise SendError("upstream-reset", getattr(error, "strerror", None) or str(error)) from error
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing

    async def _write(self, head: bytes, body: bytes) -> None:
        with suppress(OSError, ssl.SSLError):  # whoever reads the answer sees that it broke
            self._writer.write(head + body)
            await self._writer.drain()

    async def _read(self, method: bytes, start: float) -> Answer:
        parser = _parser(method)
        response: Response | None = None
        interim: list[int] = []
        pieces: list[bytes] = []
        first, size = 0.0, 0
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await self._reader.read(_WINDOW))
                first = first or time.time()
            elif isinstance(event, h11.InformationalResponse):
                interim.append(event.status_code)
            elif isinstance(event, h11.Response):
                response = _response(event)
            elif isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
                size += len(event.data)
            if response is not None and (isinstance(event, h11.EndOfMessage) or size > LARGEST_BODY):
                timings = Timings(start, first, time.time())
                body = b"".join(pieces)[:LARGEST_BODY]
                return Answer(response, body, timings, tuple(interim), size > LARGEST_BODY)
            if isinstance(event, h11.ConnectionClosed):
                raise SendError("upstream-reset", "the connection was closed without an answer")


def _parser(method: bytes) -> h11.Connection:
    """A parser of the answer to a request with this method; h11 believes that it was sent."""
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
    parser.send(h11.Request(method=method, target=b"/", headers=[(b"Host", b"-")]))
    parser.send(h11.EndOfMessage())
    return parser


def _response(event: h11.Response) -> Response:
    headers = tuple(event.headers.raw_items())
    return Response(event.status_code, headers, bytes(event.reason), f"HTTP/{event.http_version.decode()}")
