"""boto3 without sockets: botocore's HTTP layer is asked last of all, and here the recording answers in its place.

What botocore signs is what it hands to this layer, so that every client is met, whenever and by whomever it was made;
an event handler would have to be registered with each. Retries, parsing, checksums and streaming are botocore's own,
as with a server. aiobotocore has such a layer of its own (`aiobotocore_door`).

Recording here needs no proxy, no authority and no mitmproxy: heads are those that botocore gives to urllib3, which adds
`Host` and `Accept-Encoding` and takes nothing away; payloads and answers are exact. That is all that a fixture keeps:
framing, connections and times on the wire are not in it.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass_environment  # type: ignore[attr-defined]

from inspector.formats.fixture.bodies import Inline
from inspector.formats.fixture.model import Call
from inspector.pytest_plugin.carried import payload_of, unframed
from inspector.pytest_plugin.cassette import Cassette
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.miss_answer import miss_answer
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.headers import Header, Headers, get

WINDOW = 1024 * 1024
AT_ONCE = 8 * 1024 * 1024
"""Bytes of an answer that are handed over as they are; a longer one is read in windows."""

_current: Cassette | None = None
_original: Callable[[Any, Any], Any] | None = None
_original_proxy: Callable[[Any, str], str | None] | None = None
_outside: dict[str, str] = {}
"""The user's own proxies, by scheme, from before the plugin set its own."""
_past: ContextVar[bool] = ContextVar("b2_inspector_past", default=False)
"""Whether a call that is under way goes past the server that other clients come through."""


def play(cassette: Cassette | None) -> None:
    """From now on this recording answers botocore, in every thread; None: botocore is as it was.

    Raises:
        ImportError: there is no botocore.
    """
    global _current, _original, _original_proxy, _outside
    from botocore.httpsession import ProxyConfiguration, URLLib3Session

    if cassette is not None and _original is None:
        _original, _original_proxy = URLLib3Session.send, ProxyConfiguration.proxy_url_for
        _outside = getproxies()
        URLLib3Session.send, ProxyConfiguration.proxy_url_for = _send, _proxy_for
    elif cassette is None and _original is not None:
        URLLib3Session.send, ProxyConfiguration.proxy_url_for = _original, _original_proxy
        _original = _original_proxy = None
    _current = cassette


def _send(session: Any, prepared: Any) -> Any:
    """In place of `URLLib3Session.send`: from an AWSPreparedRequest to an AWSResponse."""
    cassette = _current
    if cassette is None:  # the test ended while another thread went on
        return session.send(prepared)
    request = request_of(prepared)
    if cassette.ignores(request.host):
        return _sent_live(session, prepared)
    body = _taken(prepared)
    found = answered(cassette, request, body)
    return _live(session, prepared, request, body, cassette) if found is None else _response(prepared, found)


def answered(cassette: Cassette, request: Request, body: bytes) -> Answer | None:
    """What is recorded, or that nothing is; None: the call is to go live."""
    if cassette.player is None:
        return None
    found = cassette.ask(request, payload_of(request, body))
    return miss_answer(found, request, time.time()) if isinstance(found, Miss) else found


def _sent_live(session: Any, prepared: Any) -> Any:
    original = _original
    if original is None:
        return session.send(prepared)
    with past():
        return original(session, prepared)


@contextmanager
def past() -> Iterator[None]:
    """While this is open, calls of this thread or task go past the server that other clients come through: they are
    recorded here already.
    """
    token = _past.set(True)
    try:
        yield
    finally:
        _past.reset(token)


def _proxy_for(configured: Any, url: str) -> str | None:
    proxy = None if _original_proxy is None else _original_proxy(configured, url)
    cassette = _current
    if proxy is None or not _past.get() or cassette is None or cassette.proxies is None:
        return proxy
    if proxy.rstrip("/") not in {one.rstrip("/") for one in cassette.proxies.values()}:
        return proxy
    parts = urlsplit(url)
    return None if proxy_bypass_environment(parts.netloc, _outside) else _outside.get(parts.scheme)


# What botocore sends


def request_of(prepared: Any) -> Request:
    """The head of an AWSPreparedRequest, with the Host line that urllib3 adds."""
    parts = urlsplit(prepared.url)
    target = parts.path or "/"
    if parts.query:
        target = f"{target}?{parts.query}"
    lines = tuple((_bytes(name), _bytes(value)) for name, value in prepared.headers.items())
    if get(lines, b"host") is None:
        lines = ((b"Host", parts.netloc.rpartition("@")[2].encode("latin-1")), *lines)
    return Request(
        method=_bytes(prepared.method),
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        target=target.encode("utf-8"),
        headers=lines,
    )


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def _taken(prepared: Any) -> bytes:
    """The body, whole. Who reads a stream puts it back: it may have to be sent, and be sent again."""
    body = prepared.body
    if not hasattr(body, "read") and not hasattr(body, "__next__"):
        return plain_bytes(body)
    start = position_of(body)
    data = plain_bytes(body.read() if hasattr(body, "read") else b"".join(body))
    if not put_back(body, start):
        prepared.body = io.BytesIO(data)
    return data


def plain_bytes(body: Any) -> bytes:
    """The bytes of a body that is at hand."""
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body)


def position_of(body: Any) -> int:
    """Where a stream stands."""
    try:
        return int(body.tell())
    except (AttributeError, OSError, ValueError):
        return 0


def put_back(body: Any, start: int) -> bool:
    """Set a stream back to where it stood, as botocore does before it tries again; whether that could be done."""
    try:
        body.seek(start)
    except (AttributeError, OSError, ValueError):
        return False
    return True


# What botocore gets


class _Raw(io.BytesIO):
    """What botocore reads of urllib3's response, over bytes that are at hand."""

    def stream(self, amt: int = WINDOW, decode_content: bool | None = None) -> Iterator[bytes]:
        """The rest, in pieces."""
        while piece := self.read(amt):
            yield piece

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """At most `amt` bytes."""
        return super().read(amt)

    def release_conn(self) -> None:
        """There is no connection."""


class _Windows(io.RawIOBase):
    """A long body, window by window."""

    def __init__(self, windows: Iterator[bytes]) -> None:
        self._windows = windows
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._windows, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _LongRaw(io.BufferedReader):
    """The same as `_Raw` for a body that is not held whole."""

    def __init__(self, windows: Iterator[bytes]) -> None:
        super().__init__(_Windows(windows), WINDOW)

    def stream(self, amt: int = WINDOW, decode_content: bool | None = None) -> Iterator[bytes]:
        """The rest, in pieces."""
        while piece := self.read(amt):
            yield piece

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """At most `amt` bytes."""
        return super().read(-1 if amt is None else amt)

    def release_conn(self) -> None:
        """There is no connection."""


def _response(prepared: Any, answer: Answer) -> Any:
    """An AWSResponse.

    Raises:
        botocore.exceptions.ConnectionClosedError: none came when it was recorded.
    """
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import ConnectionClosedError

    if answer.delay:
        time.sleep(answer.delay)
    if answer.response is None:
        raise ConnectionClosedError(endpoint_url=prepared.url, request=prepared, error="as it was recorded")
    raw: Any = _Raw(b"".join(answer.windows())) if answer.size <= AT_ONCE else _LongRaw(answer.windows())
    response = AWSResponse(prepared.url, answer.response.status, joined(answer.headers(time.time())), raw)
    if not prepared.stream_output:
        _ = response.content
    return response


def joined(headers: Headers) -> dict[str, str]:
    """Lines of one name are one value, as urllib3 gives them."""
    found: dict[str, str] = {}
    for name, value in headers:
        text = name.decode("latin-1")
        said = value.decode("latin-1")
        found[text] = f"{found[text]}, {said}" if text in found else said
    return found


# Live


def _live(session: Any, prepared: Any, request: Request, body: bytes, cassette: Cassette) -> Any:
    from botocore.awsrequest import AWSResponse

    start = time.time()
    sent = Inline(unframed(request.headers, body))
    lane = str(threading.get_ident())
    cassette.claim(request)
    try:
        response = _sent_live(session, prepared)
        data = response.content
    except Exception as error:
        failure = Failure("upstream-reset", type(error).__name__)
        cassette.take(Call(request, None, sent, failure=failure, start=start, end=time.time(), lane=lane))
        raise
    cassette.take(Call(request, _head(response), sent, Inline(data), start=start, end=time.time(), lane=lane))
    if not prepared.stream_output:
        return response
    return AWSResponse(response.url, response.status_code, response.headers, _Raw(data))


def _head(response: Any) -> Response:
    raw = response.raw
    lines: list[Header] = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in getattr(raw, "headers", response.headers).items()
    ]
    version = "HTTP/1.0" if getattr(raw, "version", 11) == 10 else "HTTP/1.1"
    return Response(response.status_code, tuple(lines), (getattr(raw, "reason", "") or "").encode("latin-1"), version)
