"""The usual request, the short way: a signature in the header as every SDK writes it, verified and made in one pass.

An endpoint verifies and signs each call while its client waits, and reading every part of an authorization with all
that may be odd about it takes longer than the rest together. What is odd in any way takes the long way (`sigv4`),
and so does whatever does not verify: here nothing is refused.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from inspector.sigv4 import steps
from inspector.sigv4.canonical import canonical_query, canonical_uri
from inspector.sigv4.key import Key
from inspector.sigv4.query_auth import query_fields
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, Headers

_AUTHORIZATION = re.compile(
    rb"AWS4-HMAC-SHA256 Credential=(?P<id>[^\s,=/]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/s3/aws4_request"
    rb", ?SignedHeaders=(?P<names>[a-z0-9_.;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE, _HASH = b"x-amz-date", b"x-amz-content-sha256"
_OLD = frozenset((b"authorization", _DATE, _HASH, b"x-amz-security-token", b"x-amz-region-set"))
_SIGNED = frozenset((b"host", b"content-type", b"content-md5"))


def verified(request: Request, keys: Mapping[str, Key], now: float, skew: float) -> tuple[Key, bytes, bytes] | None:
    """The key that this usual request is signed with, its region and what it says of its payload; None: look closer.

    `now` in Unix seconds, `skew` is how many its moment may be away from that.
    """
    lines = {name.lower(): value for name, value in request.headers}
    match = _AUTHORIZATION.fullmatch(lines.get(b"authorization", b""))
    if match is None or len(lines) != len(request.headers) or query_fields(request.query):
        return None
    key = keys.get(match["id"].decode())
    timestamp, payload, names = lines.get(_DATE, b""), lines.get(_HASH, b""), match["names"].split(b";")
    if key is None or not timestamp.startswith(match["date"]) or names != _sorted(match["names"]):
        return None
    moment = _moment(timestamp)
    if moment is None or abs(now - moment) > skew or payload != payload.strip():
        return None
    if b"host" not in names or _HASH not in names or not lines.keys() >= set(names):
        return None
    signed = [(name, b" ".join(lines[name].split())) for name in names]
    expected = _signature(request, signed, payload, key, timestamp, match["region"])
    return (key, match["region"], payload) if hmac.compare_digest(expected, match["signature"]) else None


def signed(request: Request, key: Key, timestamp: bytes, region: bytes, payload: bytes) -> Headers:
    """The request's lines with an Authorization in place of the old one; host, x-amz-* and what the body is are signed.

    What `sigv4.sign.sign_header` gives, but for the order of its own three lines, which come last.
    """
    kept = [line for line in request.headers if line[0].lower() not in _OLD]
    lines = [*kept, (b"X-Amz-Date", timestamp), (b"X-Amz-Content-Sha256", payload)]
    values: dict[bytes, bytes] = {}
    for written, value in lines:
        name = written.lower()
        if name in _SIGNED or name.startswith(b"x-amz-"):
            value = b" ".join(value.split())
            values[name] = value if name not in values else values[name] + b"," + value
    values.setdefault(b"host", request.authority)
    pairs = sorted(values.items())
    signature = _signature(request, pairs, payload, key, timestamp, region)
    names = b";".join([name for name, _ in pairs])
    scope = steps.scope(timestamp[:8], region, b"s3")
    authorization = b"%b Credential=%b/%b, SignedHeaders=%b, Signature=%b"
    filled = authorization % (steps.ALGORITHM, key.key_id.encode(), scope, names, signature)
    return (*lines, (b"Authorization", filled))


def _signature(
    request: Request, headers: Iterable[Header], payload: bytes, key: Key, timestamp: bytes, region: bytes
) -> bytes:
    pairs = list(headers)
    canonical = b"\n".join(
        (
            request.method,
            canonical_uri(request.path),
            canonical_query(request.query),
            b"".join([b"%b:%b\n" % pair for pair in pairs]),
            b";".join([name for name, _ in pairs]),
            payload,
        )
    )
    scope = steps.scope(timestamp[:8], region, b"s3")
    to_sign = steps.string_to_sign(steps.sha256_hex(canonical), timestamp, scope)
    return steps.signature(_signing_key(key.secret, timestamp[:8], region), to_sign)


@lru_cache(maxsize=64)
def _signing_key(secret: bytes, date: bytes, region: bytes) -> bytes:
    """kSigning; as secret as the secret, and kept like it: in memory."""
    return steps.signing_key(secret, date, region, b"s3")


@lru_cache(maxsize=256)
def _sorted(names: bytes) -> list[bytes]:
    return sorted(set(names.split(b";")))


@lru_cache(maxsize=256)
def _moment(timestamp: bytes) -> float | None:
    """Unix seconds of a text in x-amz-date's form."""
    try:
        return datetime.strptime(timestamp.decode("ascii"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
