"""A request's head as a text that a person can change, and back. Lines end with a line feed; no other byte differs."""

from __future__ import annotations

from dataclasses import replace

from inspector.errors import UsageError
from inspector.wire.exchange import Request
from inspector.wire.headers import Header


def head_text(request: Request) -> bytes:
    """`METHOD TARGET`, then a header a line."""
    lines = [b"%b %b" % (request.method, request.target), *(b"%b: %b" % line for line in request.headers)]
    return b"\n".join(lines) + b"\n"


def parsed(request: Request, text: bytes) -> Request:
    """A request with the head that stands in `text`: `METHOD TARGET`, then a header a line.

    Raises:
        UsageError: it is none.
    """
    lines = text.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    method, space, target = lines[0].partition(b" ")
    if not method or not space or not target:
        raise UsageError("the first line is not METHOD TARGET", "as in: GET /bucket/key?versionId=4_z")
    return replace(request, method=method, target=target, headers=tuple(map(_header, lines[1:])))


def _header(line: bytes) -> Header:
    name, colon, value = line.partition(b":")
    if not colon or not name.strip():
        raise UsageError(f"{line[:80].decode('utf-8', 'replace')!r} is no header line", "NAME: VALUE")
    return name, value.removeprefix(b" ")
