"""The payload of a call that is sent again in place of the recorded one, and what its headers say of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.s3.checksums import CHECKSUMS, Checksum, Digester
from inspector.s3.chunked import is_aws_chunked
from inspector.s3.framing import framed_size
from inspector.sigv4.authorization import EMPTY_SHA256
from inspector.sigv4.unsigned import with_line
from inspector.wire.exchange import Digests, Request
from inspector.wire.headers import Header, get

WINDOW = 1024 * 1024
Windows = Callable[[], Iterator[bytes]]
"""Gives the bytes from their beginning, as often as it is asked."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that take the place of a recorded payload: without framing, with what headers say of them.

    `checksums`: base64 by the lower-case name of S3's header.
    """

    windows: Windows
    digests: Digests
    checksums: dict[bytes, bytes]


def of_file(path: Path, request: Request) -> Payload:
    """A file's bytes; read once for what the headers of `request` have to say of them.

    Raises:
        OSError: it cannot be read.
    """

    def windows() -> Iterator[bytes]:
        with path.open("rb") as file:
            while window := file.read(WINDOW):
                yield window

    return _digested(windows, request)


def of_bytes(data: bytes, request: Request) -> Payload:
    """Bytes that are at hand."""
    return _digested(lambda: iter((data,) if data else ()), request)


def _digested(windows: Windows, request: Request) -> Payload:
    declared = (get(request.headers, b"x-amz-trailer") or b"").strip().lower()
    wanted: dict[bytes, Checksum] = {
        name: make() for name, make in CHECKSUMS.items() if name == declared or get(request.headers, name) is not None
    }
    digester = Digester()
    for window in windows():
        digester.update(window)
        for one in wanted.values():
            one.update(window)
    return Payload(windows, digester.digests(), {name: one.base64().encode() for name, one in wanted.items()})


def with_payload(request: Request, payload: Payload) -> Request:
    """The request whose headers speak of this payload: length, MD5, checksums; its hash is the signer's to write."""
    if is_aws_chunked(request.headers):
        request = with_line(request, b"X-Amz-Decoded-Content-Length", b"%d" % payload.digests.size)
        tail = [(name, len(value)) for name, value in trailers(request, payload)]
        size = framed_size(payload.digests.size, signed=is_signed(request), trailers=tail)
    else:
        size = payload.digests.size
    if get(request.headers, b"transfer-encoding") is None:
        request = with_line(request, b"Content-Length", b"%d" % size)
    if get(request.headers, b"content-md5") is not None:
        request = with_line(request, b"Content-MD5", base64.b64encode(bytes.fromhex(payload.digests.md5)))
    for name, value in payload.checksums.items():
        if get(request.headers, name) is not None:
            request = with_line(request, name, value)
    return request


def trailers(request: Request, payload: Payload) -> Sequence[Header]:
    """The trailer lines of the payload in aws-chunked framing, that of their signature with an empty value's room."""
    name = (get(request.headers, b"x-amz-trailer") or b"").strip()
    lines = [(name, payload.checksums[name.lower()])] if name.lower() in payload.checksums else []
    if is_signed(request) and word(request).endswith(b"-TRAILER"):
        lines.append((b"x-amz-trailer-signature", bytes(64)))
    return lines


def word(request: Request) -> bytes:
    """What x-amz-content-sha256 says; empty where there is none."""
    return get(request.headers, b"x-amz-content-sha256") or b""


def is_signed(request: Request) -> bool:
    """Whether the chunks of the body carry signatures."""
    return word(request).startswith(b"STREAMING-AWS4-")


def declared(request: Request, sha256: str) -> bytes:
    """What x-amz-content-sha256 has to say of another payload: its hash, where it said one; else what it said."""
    said = word(request)
    return said if said.startswith((b"UNSIGNED", b"STREAMING-")) else sha256.encode() or EMPTY_SHA256


def in_http_chunks(windows: Iterator[bytes]) -> Iterator[bytes]:
    """The body in chunks of HTTP (RFC 9112 §7.1), one a window."""
    for window in windows:
        if window:
            yield b"%x\r\n%b\r\n" % (len(window), window)
    yield b"0\r\n\r\n"
