"""What speaks of a body's bytes, set right when they change: lengths, digests and checksums, framing.

A copy without secrets must still be one that a client accepts when it is played back to it: rclone compares an ETag,
botocore a checksum. Only what was right before is set right.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable

from inspector.s3.checksums import CHECKSUMS, checksum
from inspector.s3.chunked import is_aws_chunked
from inspector.wire.headers import Header, Headers

Changes = dict[bytes, bytes]
"""What was said of a body before, and what is to be said now."""

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})((?:;[^\r\n]*)?)\r\n")
_DESCRIBING = frozenset((b"etag", b"content-md5", b"x-amz-content-sha256", b"x-bz-content-sha1", *CHECKSUMS))
_LENGTHS = frozenset((b"content-length", b"x-amz-decoded-content-length"))


def changes(before: bytes, after: bytes) -> Changes:
    """Every digest that headers and XML carry, of the bytes before and of those after."""
    told: Changes = {}
    for make in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        old, new = (make(data, usedforsecurity=False) for data in (before, after))
        told[old.hexdigest().encode()] = new.hexdigest().encode()
        told[base64.b64encode(old.digest())] = base64.b64encode(new.digest())
    for name in CHECKSUMS:
        told[_checksum(name, before)] = _checksum(name, after)
    return told


def _checksum(name: bytes, data: bytes) -> bytes:
    value = checksum(name)
    assert value is not None
    value.update(data)
    return value.base64().encode()


def settled_headers(headers: Headers, known: Changes, lengths: Changes) -> Headers:
    """Header lines that say what is true of the new bytes. `lengths`: sizes before and after, in decimal."""
    return tuple(_settled(line, known, lengths) for line in headers)


def _settled(line: Header, known: Changes, lengths: Changes) -> Header:
    name, value = line[0].lower(), line[1].strip()
    if name in _LENGTHS:
        return line[0], line[1].replace(value, lengths.get(value, value)) if value else line[1]
    if name not in _DESCRIBING:
        return line
    plain = value.strip(b'"')
    return line[0], line[1].replace(plain, known[plain]) if plain in known else line[1]


def digest_pairs(known: Changes) -> Iterable[tuple[bytes, bytes]]:
    """Those that are long enough to be replaced wherever they stand: ETags in lists, checksums in XML."""
    return ((old, new) for old, new in known.items() if len(old) >= 24)


def reframed(body: bytes, headers: Headers, rewrite: Callable[[bytes], bytes]) -> bytes:
    """The body with the rewriting done: of an aws-chunked one in the data of each chunk, whose size is set right."""
    if not is_aws_chunked(headers):
        return rewrite(body)
    out: list[bytes] = []
    position = 0
    while (head := _CHUNK.match(body, position)) is not None:
        size = int(head[1], 16)
        end = head.end() + size
        if size == 0 or end > len(body):
            break
        data = rewrite(body[head.end() : end])
        out += (b"%x" % len(data) if data != body[head.end() : end] else head[1], head[2], b"\r\n", data)
        position = end
        if body[position : position + 2] == b"\r\n":
            out.append(b"\r\n")
            position += 2
    return rewrite(b"".join((*out, body[position:])))


def with_trailers(body: bytes, headers: Headers, known: Changes) -> bytes:
    """An aws-chunked body whose trailers say what is true of the new payload."""
    if not known or not is_aws_chunked(headers):
        return body
    start = body.rfind(b"\r\n0")
    head, tail = body[: max(start, 0)], body[max(start, 0) :]
    for name in CHECKSUMS:
        match = re.search(rb"(?im)^%b:\s*(\S+)" % re.escape(name), tail)
        if match and match[1] in known:
            tail = tail[: match.start(1)] + known[match[1]] + tail[match.end(1) :]
    return head + tail
