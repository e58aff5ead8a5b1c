"""A connection on which requests are sent, their bytes as given, and answers read while a body is still on its way."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Generator, Iterable

import h11

from inspector.sending.address import Address, Link, SendError
from inspector.sending.connect import close, connect
from inspector.wire.exchange import Request, Response

LARGEST_HEAD = 256 * 1024
"""Bytes that the head of an answer may have."""

IDLE_SECONDS = 60.0
"""How long nothing may move in either direction; botocore's read timeout."""

CONTINUE_SECONDS = 1.0
"""How long a body waits for `100 Continue` (RFC 9110 §10.1.1: not for ever); curl's time and botocore's."""

_WINDOW = 64 * 1024
_EXPECTS = re.compile(rb"(?i)\r\nexpect:[ \t]*100-continue[ \t]*\r\n")
_CLOSES = re.compile(rb"(?i)\r\nconnection:[^\r\n]*\bclose\b| HTTP/1\.0\r\n")


class Listener:
    """Hears how a call goes; moments in Unix seconds. What is of no interest is left as it is."""

    def begins(self, at: float) -> None:
        """The first byte of the request goes out."""

    def request_data(self, data: bytes) -> None:
        """Bytes of the body were handed to the connection."""

    def request_end(self, at: float) -> None:
        """The whole request is out."""

    def interim(self, status: int) -> None:
        """A 1xx came."""

    def response_head(self, at: float, response: Response) -> None:
        """The head of the answer is there; `at` is the moment of its first byte."""

    def response_data(self, data: bytes) -> None:
        """Bytes of the answer's body, without transfer coding."""

    def response_end(self, at: float) -> None:
        """The answer is complete."""


def head_of(request: Request) -> bytes:
    """The bytes of a request's head, its empty line included; of one of HTTP/2 as HTTP/1.1."""
    version = b"HTTP/1.0" if request.http_version == "HTTP/1.0" else b"HTTP/1.1"
    lines = b"".join(b"%b: %b\r\n" % header for header in request.headers)
    return b"%b %b %b\r\n%b\r\n" % (request.method, request.target, version, lines)


class Line:
    """An open connection: one request after the other, as long as `usable`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        self.link = link
        self.calls = 0
        self._reader = reader
        self._writer = writer
        self._kept = True

    @classmethod
    async def open(cls, address: Address) -> Line:
        """A line to `address`. Raises SendError where it cannot be opened."""
        return cls(*await connect(address))

    @property
    def usable(self) -> bool:
        """Whether another request may be sent on it."""
        return self._kept and not self._reader.at_eof() and not self._writer.is_closing()

    @property
    def protocol(self) -> str | None:
        """What ALPN chose; None where it chose nothing."""
        tls = self._writer.get_extra_info("ssl_object")
        return tls.selected_alpn_protocol() if tls else None

    async def close(self) -> None:
        """Close the connection."""
        self._kept = False
        await close(self._writer)

    async def send(
        self, head: bytes, body: Iterable[bytes] | None, listener: Listener, idle: float = IDLE_SECONDS
    ) -> None:
        """Send a request and read its answer. `head`: its bytes, the empty line included; `body`: what follows, in
        windows, framed as the head says; None for none.

        A server may answer before it has all of a body, and often means an error by it: then the rest is not sent.

        Raises:
            SendError: the connection broke, nothing moved for `idle` seconds, or what came is no HTTP/1.
        """
        call = _Call(self._reader, self._writer, listener, head, idle, first=self.calls == 0)
        self.calls += 1
        self._kept = False
        await call.run(body)
        self._kept = call.keeps_alive()


class _Call:
    """One request on a line."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        listener: Listener,
        head: bytes,
        idle: float,
        *,
        first: bool,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._listener = listener
        self._head = head
        self._idle = idle
        self._first = first
        self._parser = _parser(head.partition(b" ")[0])
        self._first_byte_at = 0.0
        self._answered = False
        self._heard = 0
        self._sent = 0
        self._moved = 0.0
        self._all_sent = False
        self._out_at = 0.0
        self._fault: Exception | None = None
        self._may_go = asyncio.Event()

    async def run(self, body: Iterable[bytes] | None) -> None:
        self._listener.begins(time.time())
        if body is None:
            await self._write(())
            await self._read(None)
            return
        windows = iter(body)
        writing = asyncio.create_task(self._write(windows))
        try:
            await self._read(writing)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            if isinstance(windows, Generator):  # one that stops half way may hold a file, or a database's snapshot
                windows.close()

    def keeps_alive(self) -> bool:
        """Whether both sides are done, and neither wants the connection closed."""
        idle = self._parser.their_state is h11.DONE and not self._parser.trailing_data[0]
        return idle and self._all_sent and not _CLOSES.search(self._head)

    # The way out

    async def _write(self, body: Iterable[bytes]) -> None:
        waiting = self._head  # goes out with the first window of the body: one packet for a small call
        try:
            if body and _EXPECTS.search(self._head):
                self._put(waiting)
                waiting = b""
                await self._permission()
            for window in body:
                self._put(waiting, window)
                waiting = b""
                await self._writer.drain()
                self._sent += len(window)
                self._moved = time.monotonic()
                self._listener.request_data(window)
            self._put(waiting)
            self._all_sent = True
            self._listener.request_end(self._out_at or time.time())
        except (OSError, ssl.SSLError):
            pass  # whoever reads the answer sees that it broke
        except Exception as error:  # the body could not be read: nobody will answer half of one
            self._fault = error
            self._writer.transport.abort()

    def _put(self, *pieces: bytes) -> None:
        """Write, and note the moment where all of it went out at once: the task may be resumed much later."""
        pieces = tuple(filter(None, pieces))
        if not pieces:
            return
        self._writer.writelines(pieces)
        self._out_at = 0.0 if self._writer.transport.get_write_buffer_size() else time.time()

    async def _permission(self) -> None:
        try:
            async with asyncio.timeout(CONTINUE_SECONDS):
                await self._may_go.wait()
        except TimeoutError:
            return

    # The way back

    async def _read(self, writing: asyncio.Task[None] | None) -> None:
        try:
            while not self._take_events(writing):
                data = await self._next()
                if not data and not self._answered:
                    raise self._unanswered("the connection was closed")
                self._parser.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise self._unreadable(error) from error
        except (OSError, ssl.SSLError) as error:
            raise self._unanswered(getattr(error, "strerror", None) or "the connection broke") from error

    async def _next(self) -> bytes:
        """The next bytes, however long they take while the body still moves."""
        while True:
            try:
                async with asyncio.timeout(self._idle):
                    data = await self._reader.read(_WINDOW)
            except TimeoutError:
                if time.monotonic() - self._moved < self._idle:
                    continue
                raise SendError("upstream-reset", f"nothing moved for {self._idle:g} s") from None
            if data and not self._heard:
                self._first_byte_at = time.time()
            self._heard += len(data)
            return data

    def _take_events(self, writing: asyncio.Task[None] | None) -> bool:
        """Take what has come; whether the answer is complete."""
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                return False
            if isinstance(event, h11.InformationalResponse):
                self._listener.interim(event.status_code)
                self._may_go.set()
            elif isinstance(event, h11.Response):
                self._take_head(event, writing)
            elif isinstance(event, h11.Data):
                self._listener.response_data(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._listener.response_end(time.time())
                return True
            else:  # ConnectionClosed, or PAUSED where the parser waits for another request
                raise self._unanswered("the connection was closed")

    def _take_head(self, event: h11.Response, writing: asyncio.Task[None] | None) -> None:
        self._answered = True
        self._listener.response_head(self._first_byte_at, _response(event))
        if writing is not None and event.status_code >= 300:
            writing.cancel()
        self._may_go.set()

    # What went wrong

    def _unanswered(self, what: str) -> Exception:
        if self._fault is not None:
            return self._fault
        if self._answered:
            return SendError("truncated", f"{what} in the middle of the answer")
        when = "without an answer" if self._all_sent else f"after {self._sent} bytes of the body were sent"
        return SendError("upstream-reset", f"{what} {when}", unheard=not (self._heard or self._first))

    def _unreadable(self, error: h11.RemoteProtocolError) -> Exception:
        if self._answered and "without sending complete message body" in str(error):
            return SendError("truncated", f"the answer breaks off: {error}")
        if "too long" in str(error):
            return SendError("bad-response", f"the head of the answer is longer than {LARGEST_HEAD} bytes")
        return SendError("bad-response", f"what came is no HTTP/1 answer: {error}")


def _parser(method: bytes) -> h11.Connection:
    """A parser of the answer to a request with this method; h11 believes that it was sent.

    Of methods it need only know the two whose answers have no body.
    """
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
    told = b"HEAD" if method == b"HEAD" else b"GET"
    parser.send(h11.Request(method=told, target=b"/", headers=[(b"Host", b"-")]))
    parser.send(h11.EndOfMessage())
    return parser


def _response(event: h11.Response) -> Response:
    headers = tuple((bytes(name), bytes(value)) for name, value in event.headers.raw_items())
    return Response(event.status_code, headers, bytes(event.reason), f"HTTP/{event.http_version.decode()}")
