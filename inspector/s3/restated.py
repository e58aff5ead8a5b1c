"""What digests and checksums say of bytes, said of other bytes that take their place.

Whoever changes a payload in a recording has to change what speaks of it, or clients refuse it: rclone compares an ETag,
botocore a checksum. Only what was right before is set right.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from inspector.s3.checksums import CHECKSUMS, checksum
from inspector.wire.headers import Header, Headers

Changes = dict[bytes, bytes]
"""What was said of a body before, and what is to be said now."""

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


def digest_pairs(known: Changes) -> Iterable[tuple[bytes, bytes]]:
    """Those that are long enough to be replaced wherever they stand: ETags in lists, checksums in XML."""
    return ((old, new) for old, new in known.items() if len(old) >= 24)


def restated(headers: Headers, known: Changes, lengths: Changes) -> Headers:
    """Header lines that say what is true of the new bytes. `lengths`: sizes before and after, in decimal."""
    return tuple(_restated(line, known, lengths) for line in headers)


def _restated(line: Header, known: Changes, lengths: Changes) -> Header:
    name, value = line[0].lower(), line[1].strip()
    if name in _LENGTHS:
        return line[0], line[1].replace(value, lengths.get(value, value)) if value else line[1]
    if name not in _DESCRIBING:
        return line
    plain = value.strip(b'"')
    return line[0], line[1].replace(plain, known[plain]) if plain in known else line[1]
