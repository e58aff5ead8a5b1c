"""What a query asks: decoded, sorted, without signatures and without defaults written out.

A presigned URL carries the signature and, moved from the headers, `x-amz-*` lines; those mean what the lines mean.
`+` is a space, as `%20` is: Rust's object_store writes the one, botocore the other, and servers take both.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.wire.headers import Header
from inspector.wire.query import pairs

_SIGNING = frozenset(
    b"x-amz-algorithm x-amz-content-sha256 x-amz-credential x-amz-date x-amz-expires x-amz-security-token "
    b"x-amz-signature x-amz-signedheaders x-amz-region-set".split()
)
_SIGV2 = frozenset((b"AWSAccessKeyId", b"Signature", b"Expires"))
_NOTHING = frozenset((b"x-id",))
"""Written by JS v3: the operation's name, which the rest says already."""

HANDED_OUT = frozenset((b"uploadId", b"upload-id-marker"))
"""Names of what a server drew: which of them it is depends on who came first, and is no part of the question."""

_DEFAULTS: dict[bytes, tuple[bytes, ...]] = {
    b"continuation-token": (b"",),
    b"delimiter": (b"",),
    b"encoding-type": (b"",),
    b"fetch-owner": (b"", b"false"),
    b"key-marker": (b"",),
    b"marker": (b"",),
    b"max-keys": (b"", b"1000"),
    b"max-parts": (b"", b"1000"),
    b"max-uploads": (b"", b"1000"),
    b"part-number-marker": (b"", b"0"),
    b"prefix": (b"",),
    b"start-after": (b"",),
    b"version-id-marker": (b"",),
}
"""Parameters, and the values that mean what leaving them out does (minio-go writes empty ones)."""


class Queried(NamedTuple):
    """A query, read. `lines` are headers that a presigner moved into it; `handed` is what a server handed out."""

    pairs: tuple[Header, ...]
    lines: tuple[Header, ...] = ()
    handed: tuple[Header, ...] = ()
    signed: bool = False


EMPTY = Queried(())


def read_query(query: bytes) -> Queried:
    """What a raw query asks."""
    if not query:
        return EMPTY
    asked: list[Header] = []
    lines: list[Header] = []
    handed: list[Header] = []
    signed = False
    for pair in pairs(query):
        name, value = _decoded(pair.name), _decoded(pair.value or b"")
        lower = name.lower()
        if lower in _SIGNING or name in _SIGV2:
            signed = True
        elif lower[:6] == b"x-amz-":
            lines.append((lower, value))
        elif name in HANDED_OUT:
            handed.append((name, value))
        elif name not in _NOTHING and value not in _DEFAULTS.get(name, ()) and not _is_buster(name, value):
            asked.append((name, value))
    asked.sort()
    return Queried(tuple(asked), tuple(lines), tuple(handed), signed)


def _decoded(text: bytes) -> bytes:
    if b"+" in text:
        text = text.replace(b"+", b" ")
    return unquote_to_bytes(text) if b"%" in text else text


def _is_buster(name: bytes, value: bytes) -> bool:
    """Whether it is there to get past a cache: `?1700000000`."""
    return not value and name.isdigit()
