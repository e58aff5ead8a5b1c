"""Calls for fixtures, by a few words."""

from __future__ import annotations

from typing import Any

from inspector.formats.fixture.bodies import EMPTY, Body, Inline
from inspector.formats.fixture.model import Call
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Headers

HOST = "s3.us-west-004.backblazeb2.com"
NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""

SIGNED = (
    b"AWS4-HMAC-SHA256 Credential=0041234567890ab0000000001/20261122/us-west-004/s3/aws4_request, "
    b"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + b"0123456789abcdef" * 4
)


def called(
    method: bytes = b"GET",
    target: bytes = b"/photos/a.jpg",
    *,
    sent: bytes | Body = b"",
    received: bytes | Body = b"",
    status: int = 200,
    headers: Headers = (),
    answer: Headers = (),
    at: float = NOON,
    took: float = 0.01,
    host: str = HOST,
    port: int = 443,
    scheme: str = "https",
    **rest: Any,
) -> Call:
    """A signed call with usual values, but for those that are given; `at` and `took` in seconds."""
    line = host if port in (80, 443) else f"{host}:{port}"
    lines = (
        (b"Host", line.encode()),
        (b"X-Amz-Date", b"20261122T120000Z"),
        (b"Authorization", SIGNED),
        *headers,
    )
    return Call(
        Request(method, scheme, host, port, target, lines),
        Response(status, ((b"Date", b"Sun, 22 Nov 2026 12:00:00 GMT"), *answer), b"OK"),
        _body(sent),
        _body(received),
        start=at,
        end=at + took,
        **rest,
    )


def _body(data: bytes | Body) -> Body:
    if isinstance(data, bytes):
        return Inline(data) if data else EMPTY
    return data
