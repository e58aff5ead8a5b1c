"""mitmproxy's flow files, read by mitmproxy's own reader (which also brings old versions up to date).

Facts
-----
Header lines, target and `raw_content` are as they travelled; what mitmproxy alters on the way is listed in the
README. `content`, `text` and everything that decodes is never used: it raises or lies on aws-chunked bodies. A body
that was streamed past mitmproxy is not in the file (`raw_content` is None). A flow's id is a random UUID; ours, when
this project wrote the file, is of version 7 and stays the uid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from inspector.errors import FormatError
from inspector.formats.captured import BODY_MISSING, MESSAGES_LOST, OUR_UID, TRAILERS_LOST, Captured, Passed, Uids
from inspector.formats.failures import classify
from inspector.wire.exchange import Exchange, Failure, Request, Response, Timing
from inspector.wire.headers import get

if TYPE_CHECKING:
    from mitmproxy.connection import Server
    from mitmproxy.flow import Flow
    from mitmproxy.http import HTTPFlow, Message

_DAMAGE = (LookupError, AssertionError, AttributeError, ValueError, TypeError, MemoryError)
"""What mitmproxy's reader lets through when a damaged file is well-formed by chance."""


@dataclass(frozen=True, slots=True)
class _Body:
    data: bytes
    gap: int
    alterations: tuple[str, ...]


class _Connections:
    """Which server connections have been met: only the exchange that opened one says how long that took."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def opening(self, server: Server) -> tuple[float | None, float | None]:
        """Milliseconds for TCP and for TLS, on the first call for this connection."""
        if server.id in self._met:
            return None, None
        self._met.add(server.id)
        tcp = _milliseconds(server.timestamp_start, server.timestamp_tcp_setup)
        return tcp, _milliseconds(server.timestamp_tcp_setup, server.timestamp_tls_setup)


def read(stream: BinaryIO, when: float) -> Iterator[Captured | Passed]:
    """The exchanges of a flow file; `when` is not used: every flow bears its moments.

    Raises:
        FormatError: the file breaks off, or was written by a newer mitmproxy.
    """
    from mitmproxy.exceptions import FlowReadException
    from mitmproxy.io import FlowReader

    uids, connections = Uids("mitm"), _Connections()
    count = 0
    try:
        for flow in FlowReader(stream).stream():
            count += 1
            yield _item(flow, uids, connections)
    except (FlowReadException, *_DAMAGE) as error:
        raise _broken(count, str(error)) from None


def _broken(count: int, text: str) -> FormatError:
    if "flow format version" in text:
        return FormatError(text.rstrip("."), "Install a newer mitmproxy beside b2-inspector: pip install -U mitmproxy")
    return FormatError(
        f"the flow file breaks off after {count} flows",
        "Was mitmproxy still writing, or the disk full? What stands before the break is read.",
    )


def _item(flow: Flow, uids: Uids, connections: _Connections) -> Captured | Passed:
    from mitmproxy.http import HTTPFlow

    if not isinstance(flow, HTTPFlow):
        return Passed(f"{flow.type} flow")
    if flow.request.data.method == b"CONNECT":
        return Passed("CONNECT request")
    return _captured(flow, uids, connections)


def _captured(flow: HTTPFlow, uids: Uids, connections: _Connections) -> Captured:
    sent = _body("request", flow.request)
    got = _body("response", flow.response) if flow.response else _Body(b"", 0, ())
    messages = (MESSAGES_LOST,) if flow.websocket and flow.websocket.messages else ()
    exchange = Exchange(
        uid=_uid(flow, uids),
        request=_request(flow),
        response=_response(flow),
        timing=_timing(flow, connections),
        failure=_failure(flow),
        client_address=_address(flow.client_conn.peername),
        server_address=_address(flow.server_conn.peername),
        client_connection=flow.client_conn.id,
        server_connection=flow.server_conn.id if flow.server_conn.timestamp_start else "",
        alterations=(*sent.alterations, *got.alterations, *messages),
    )
    return Captured(exchange, sent.data, got.data, sent.gap, got.gap)


def _uid(flow: HTTPFlow, uids: Uids) -> str:
    if OUR_UID.fullmatch(flow.id):
        return flow.id
    return uids.make(flow.request.data.timestamp_start, flow.id.encode())


def _request(flow: HTTPFlow) -> Request:
    data = flow.request.data
    return Request(
        method=data.method,
        scheme=data.scheme.decode("latin-1"),
        host=data.host,
        port=data.port,
        target=data.path,
        headers=tuple(data.headers.fields),
        http_version=data.http_version.decode("latin-1"),
        authority=data.authority,
    )


def _response(flow: HTTPFlow) -> Response | None:
    if flow.response is None:
        return None
    data = flow.response.data
    headers = tuple(data.headers.fields)
    return Response(data.status_code, headers, data.reason, data.http_version.decode("latin-1"))


def _body(side: str, message: Message) -> _Body:
    """The body as it travelled. One that is not in the file is a gap, as long as its Content-Length says."""
    raw = message.raw_content
    lost = [TRAILERS_LOST.format(side=side)] if message.data.trailers else []
    if raw is not None:
        return _Body(raw, 0, tuple(lost))
    length = (get(message.data.headers.fields, b"content-length") or b"0").strip()
    gap = int(length) if length.isdigit() else 0
    return _Body(b"", gap, (BODY_MISSING.format(side=side), *lost))


def _failure(flow: HTTPFlow) -> Failure | None:
    if flow.error:
        failure = classify(flow.error.msg)
        return replace(failure, kind=_kind(flow)) if failure.kind == "unknown" else failure
    if flow.response is None:
        return Failure("recorder-stopped", "the capture ended before an answer came")
    return None


def _kind(flow: HTTPFlow) -> str:
    """What a failure without known words must have been, by how far the call had come."""
    if flow.server_conn.timestamp_tcp_setup is None:
        return "upstream-unreachable"
    return "truncated" if flow.response else "upstream-reset"


def _timing(flow: HTTPFlow, connections: _Connections) -> Timing:
    request = flow.request.data
    response = flow.response.data if flow.response else None
    tcp, tls = connections.opening(flow.server_conn)
    return Timing(
        request_start=request.timestamp_start,
        request_end=request.timestamp_end,
        response_start=response.timestamp_start if response else None,
        response_end=response.timestamp_end if response else None,
        tcp_ms=tcp,
        tls_ms=tls,
    )


def _milliseconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else (end - start) * 1000


def _address(address: tuple[str, int] | None) -> str:
    if not address:
        return ""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
