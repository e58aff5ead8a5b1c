"""What the doctor needs of the network: where to connect, by which way, trusting whom."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from inspector.capture.chain import UpstreamProxy, goes_direct
from inspector.capture.presence import left_over
from inspector.capture.roots import distinct, pem, public_roots, user_roots
from inspector.capture.routes import parse_route
from inspector.cli.doctor_look import endpoint_address
from inspector.doctor.setup import ClockState
from inspector.errors import UsageError
from inspector.paths import data_place
from inspector.sending.address import Address, Proxy, SendError
from inspector.sending.once import Answer, send
from inspector.wire.headers import get

CLOCK_SECONDS = 5.0


def address_of(
    endpoint: str,
    environ: Mapping[str, str] = os.environ,
    connect_to: Iterable[str] = (),
    authority: Path | None = None,
) -> Address:
    """Where an endpoint's URL leads: through the user's proxy, or where `connect_to` says; public roots, the user's
    and `authority` (PEM) are trusted.

    Raises:
        UsageError: it is no URL, or a `connect_to` cannot be read.
        CaptureError: the proxy is none that can be taken.
    """
    parts = endpoint_address(endpoint)
    if parts is None:
        raise UsageError(f"{endpoint!r} is no URL of an endpoint", "write https://s3.us-west-004.backblazeb2.com")
    scheme, host, port = parts
    routes = [parse_route(spec) for spec in connect_to]
    to = next((route.target for route in routes if route.takes(host, port)), None)
    tls = _trusting(environ, authority) if scheme == "https" else None
    return Address(host, port, tls, to, _proxy(environ, host, port) if scheme == "https" else None)


def _trusting(environ: Mapping[str, str], authority: Path | None) -> ssl.SSLContext:
    ders = distinct([*public_roots(), *user_roots(environ)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem(ders).decode("ascii"))
    if authority is not None:
        context.load_verify_locations(authority)
    return context


def _proxy(environ: Mapping[str, str], host: str, port: int) -> Proxy | None:
    upstream = None if left_over(data_place(environ), environ) else UpstreamProxy.of(environ)
    if upstream is None or goes_direct(upstream.no_proxy, host, port):
        return None
    parts = urlsplit(upstream.url)
    if parts.scheme != "http":
        raise UsageError(f"the way to the proxy {upstream.url} is https, which the doctor cannot take", "use --offline")
    return Proxy(parts.hostname or "", parts.port or 80, upstream.auth)


def ask_clock(endpoint: str, environ: Mapping[str, str] = os.environ) -> ClockState:
    """Compare this machine's clock with that of the endpoint's server, by an unsigned HEAD."""
    host = urlsplit(endpoint).hostname or ""
    try:
        address = address_of(endpoint, environ)
        head = f"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: b2-inspector\r\nConnection: close\r\n\r\n"
        answer = asyncio.run(send(address, head.encode("idna"), timeout=CLOCK_SECONDS))
    except SendError as error:
        return ClockState(host, problem=f"cannot be asked: {error.failure.text}")
    except (ValueError, OSError) as error:
        return ClockState(host, problem=f"cannot be asked: {error}")
    return _compared(host, answer)


def _compared(host: str, answer: Answer) -> ClockState:
    try:
        date = parsedate_to_datetime((get(answer.response.headers, b"date") or b"").decode("ascii", "replace"))
    except ValueError:
        return ClockState(host, problem="says no Date")
    timings = answer.timings
    # The Date was written between the two moments, and stands for the whole second that it names.
    middle = (timings.sent + timings.first) / 2
    return ClockState(host, middle - (date.timestamp() + 0.5), timings.first - timings.sent)
