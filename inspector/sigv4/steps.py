"""From a canonical request to a signature: every step is a function over plain bytes.

AWS documentation, "Create a signed AWS API request", steps 3 to 5, and "Transferring Payload in Multiple Chunks".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

ALGORITHM = b"AWS4-HMAC-SHA256"
CHUNK_ALGORITHM = b"AWS4-HMAC-SHA256-PAYLOAD"
TRAILER_ALGORITHM = b"AWS4-HMAC-SHA256-TRAILER"
TERMINATOR = b"aws4_request"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest().encode()


def sha256_hex(data: bytes) -> bytes:
    """The SHA-256 of `data` in lower-case hex."""
    return hashlib.sha256(data).hexdigest().encode()


def scope(date: bytes, region: bytes, service: bytes, terminator: bytes = TERMINATOR) -> bytes:
    """The credential scope: `YYYYMMDD/region/service/aws4_request`."""
    return b"/".join((date, region, service, terminator))


def string_to_sign(canonical_sha256: bytes, timestamp: bytes, scope: bytes, algorithm: bytes = ALGORITHM) -> bytes:
    """What is signed: algorithm, timestamp, scope and the canonical request's hex SHA-256, a line each."""
    return b"\n".join((algorithm, timestamp, scope, canonical_sha256))


def date_key(secret: bytes, date: bytes) -> bytes:
    """kDate, the first of the four keys."""
    return hmac_sha256(b"AWS4" + secret, date)


def signing_key(secret: bytes, date: bytes, region: bytes, service: bytes, terminator: bytes = TERMINATOR) -> bytes:
    """kSigning: the secret, bound to a day, a region and a service."""
    return derived_keys(secret, date, region, service, terminator)[-1]


def derived_keys(
    secret: bytes, date: bytes, region: bytes, service: bytes, terminator: bytes = TERMINATOR
) -> tuple[bytes, bytes, bytes, bytes]:
    """kDate, kRegion, kService and kSigning."""
    k_date = date_key(secret, date)
    k_region = hmac_sha256(k_date, region)
    k_service = hmac_sha256(k_region, service)
    return k_date, k_region, k_service, hmac_sha256(k_service, terminator)


def signature(key: bytes, string_to_sign: bytes) -> bytes:
    """The signature in lower-case hex: HMAC-SHA256 of the string to sign under kSigning."""
    return hmac.digest(key, string_to_sign, "sha256").hex().encode()


def chunk_string_to_sign(timestamp: bytes, scope: bytes, previous: bytes, sha256: bytes) -> bytes:
    """What the signature of one chunk covers: the signature before it, and the hex SHA-256 of its data."""
    return b"\n".join((CHUNK_ALGORITHM, timestamp, scope, previous, EMPTY_SHA256, sha256))


def trailer_string_to_sign(timestamp: bytes, scope: bytes, previous: bytes, sha256: bytes) -> bytes:
    """What x-amz-trailer-signature covers: the last chunk's signature, and the hex SHA-256 of the trailers."""
    return b"\n".join((TRAILER_ALGORITHM, timestamp, scope, previous, sha256))


def canonical_trailers(trailers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The trailers as they are hashed: `name:value`, a line each; the trailer signature is not among them."""
    lines = ((name.strip().lower(), value.strip()) for name, value in trailers)
    return b"".join(b"%b:%b\n" % line for line in lines if line[0] != b"x-amz-trailer-signature")


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, message, "sha256")
