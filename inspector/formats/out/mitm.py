"""Calls as mitmproxy's flow file, which mitmproxy, mitmweb and mitmdump open, and this project reads again.

It holds all that a call here has, but for interim answers, alterations, facts, and the names of failures: those are
the words of `flow.error`. A flow's id is the call's uid, so that it is known again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from inspector.formats.out.shown import Shown
from inspector.wire.exchange import Exchange

if TYPE_CHECKING:
    from mitmproxy.connection import Client, Server
    from mitmproxy.http import HTTPFlow, Request, Response


def flow_file(calls: Iterable[Shown]) -> Iterator[bytes]:
    """A flow file in pieces, a flow at a time."""
    from mitmproxy.io import FlowWriter

    met: dict[str, Server] = {}
    for call in calls:
        buffer = io.BytesIO()
        FlowWriter(buffer).add(flow(call, met))  # type: ignore[no-untyped-call]
        yield buffer.getvalue()


def flow(call: Shown, met: dict[str, Server]) -> HTTPFlow:
    """One call. `met`: the connections to servers by name, for calls that share one."""
    from mitmproxy.flow import Error
    from mitmproxy.http import HTTPFlow

    exchange = call.exchange
    made = HTTPFlow(_client(exchange), _server(exchange, met))
    made.id = exchange.uid
    made.request = _request(call)
    made.response = _response(call)
    made.timestamp_created = exchange.timing.request_start
    if exchange.failure is not None:
        at = exchange.timing.response_end or exchange.timing.request_end or exchange.timing.request_start
        made.error = Error(f"{exchange.failure.kind}: {exchange.failure.text}", at)
    return made


def _request(call: Shown) -> Request:
    from mitmproxy.http import Headers, Request

    request, timing = call.request, call.exchange.timing
    return Request(
        host=request.host,
        port=request.port,
        method=request.method,
        scheme=request.scheme.encode(),
        authority=request.authority,
        path=request.target,
        http_version=request.http_version.encode(),
        headers=Headers(request.headers),
        content=call.request_body,
        trailers=None,
        timestamp_start=timing.request_start,
        timestamp_end=timing.request_end,
    )


def _response(call: Shown) -> Response | None:
    from mitmproxy.http import Headers, Response

    response, timing = call.exchange.response, call.exchange.timing
    if response is None:
        return None
    return Response(
        http_version=response.http_version.encode() or b"HTTP/1.1",
        status_code=response.status,
        reason=response.reason,
        headers=Headers(response.headers),
        content=call.response_body,
        trailers=None,
        timestamp_start=timing.response_start or timing.request_start,
        timestamp_end=timing.response_end,
    )


def _client(exchange: Exchange) -> Client:
    from mitmproxy.connection import Client

    made = Client(
        peername=_address(exchange.client_address) or ("127.0.0.1", 0),
        sockname=("127.0.0.1", 0),
        timestamp_start=exchange.timing.request_start,
    )
    made.id = exchange.client_connection or made.id
    return made


def _server(exchange: Exchange, met: dict[str, Server]) -> Server:
    """The connection, with the moments in which it was opened, as far as this call opened it."""
    from mitmproxy.connection import Server

    name, timing = exchange.server_connection, exchange.timing
    if name in met:
        return met[name]
    made = Server(address=(exchange.request.host, exchange.request.port))
    made.peername = _address(exchange.server_address)
    if name:
        made.id = name
        met[name] = made
        made.timestamp_start = timing.request_start - ((timing.tcp_ms or 0) + (timing.tls_ms or 0)) / 1000
        if timing.tcp_ms is not None:
            made.timestamp_tcp_setup = made.timestamp_start + timing.tcp_ms / 1000
        if timing.tls_ms is not None and timing.tcp_ms is not None:
            made.timestamp_tls_setup = made.timestamp_start + (timing.tcp_ms + timing.tls_ms) / 1000
    return made


def _address(text: str) -> tuple[str, int] | None:
    host, _, port = text.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdecimal() else None
