"""Sign requests by SigV4: in the header, in a URL, chunk by chunk. What is signed here is what `verify` computes.

Nothing is rewritten on the way: the target keeps its bytes, header lines keep their order and case, and the signature
is over the canonical form of what stands there (AWS documentation, "Authenticating Requests"). Old authorizations are
taken out first, whichever they were. Moments, keys and hashes are arguments.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.sigv4 import steps
from inspector.sigv4.authorization import EMPTY_SHA256, Authorization, read_authorization
from inspector.sigv4.canonical import (
    S3,
    Dialect,
    canonical_form,
    canonical_request,
    encode,
    signed_headers,
    signed_names,
)
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.sigv4.unsigned import (
    PRESIGNING,
    unsigned,
    with_line,
    with_lines,
    with_query,
    without_parameters,
    without_query_authorization,
)
from inspector.sigv4.verify import scope_of, text_bytes, timestamps_of
from inspector.wire.exchange import Request

UNSIGNED_PAYLOAD = b"UNSIGNED-PAYLOAD"
LONGEST_EXPIRY = 604_800
"""Seconds that a presigned URL may live at most: seven days (AWS documentation, "Authenticating Requests: Using Query
Parameters")."""

HeaderPolicy = Callable[[bytes], bool]
"""Which of a request's headers are signed, by lower-case name. The host is, in any case."""

_USUAL = frozenset((b"host", b"content-type", b"content-md5"))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a signature is bound to besides the request: a moment (`YYYYMMDD'T'HHMMSS'Z'`), a region, a service."""

    timestamp: bytes
    region: bytes
    service: bytes = b"s3"

    @property
    def scope(self) -> bytes:
        """The credential scope."""
        return steps.scope(*self._parts)

    def signing_key(self, key: Key) -> bytes:
        """kSigning for this scope."""
        return steps.signing_key(key.secret, *self._parts)

    @property
    def _parts(self) -> tuple[bytes, bytes, bytes]:
        return self.timestamp[:8], self.region, self.service


def amz_date(moment: float) -> bytes:
    """A moment in Unix seconds as x-amz-date writes it, in UTC."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment)).encode()


def usual_headers(name: bytes) -> bool:
    """What S3 asks to be signed, host and x-amz-*, and what says what the body is. Nothing that proxies alter."""
    return name in _USUAL or name.startswith(b"x-amz-")


def headers_as_before(request: Request, authorization: Authorization | None = None) -> HeaderPolicy:
    """What the request's present authorization signs, and whatever S3 asks for; `authorization`: what it is read as."""
    before = signed_names((authorization or read_authorization(request)).signed_headers)
    return lambda name: name in before or name == b"host" or name.startswith(b"x-amz-")


def sign_header(
    request: Request,
    key: Key,
    stamp: Stamp,
    payload: bytes,
    *,
    token: bytes | None = None,
    policy: HeaderPolicy = usual_headers,
    dialect: Dialect = S3,
    declare_payload: bool = True,
) -> Request:
    """The request with an Authorization header, in place of whatever authorized it before.

    `payload` is what x-amz-content-sha256 says: the body's hex SHA-256, `UNSIGNED-PAYLOAD` or a `STREAMING-…` word;
    `declare_payload` False leaves that header out, as services other than S3 may have it, and `payload` is the hash.
    `token` is the session token of temporary credentials. Lines that are there already are replaced where they stand.
    """
    bare = with_lines(
        without_query_authorization(request),
        (
            (b"X-Amz-Date", stamp.timestamp),
            (b"X-Amz-Content-Sha256", payload if declare_payload else None),
            (b"X-Amz-Security-Token", token),
            (b"X-Amz-Region-Set", None),
        ),
    )
    names = _names(bare, policy)
    # What is declared is signed as it stands there, less white space round it; what is not, is the hash itself.
    canonical = canonical_form(bare, names, payload.strip(), dialect=dialect)
    value = b"%b Credential=%b/%b, SignedHeaders=%b, Signature=%b" % (
        steps.ALGORITHM,
        key.key_id.encode(),
        stamp.scope,
        signed_headers(names),
        _signature(canonical, key, stamp),
    )
    return with_line(bare, b"Authorization", value)


def presign(
    request: Request,
    key: Key,
    stamp: Stamp,
    expires: int,
    *,
    payload: bytes | None = None,
    token: bytes | None = None,
    policy: HeaderPolicy = usual_headers,
    dialect: Dialect = S3,
    body_sha256: bytes = EMPTY_SHA256,
) -> Request:
    """The request with its authorization in the query, in place of whatever authorized it before.

    `expires`: seconds from the stamp's moment on; S3 takes 1 to `LONGEST_EXPIRY`. Every header that `policy` signs has
    to be sent with the URL as it stands here. `payload`: a hash that the body must have; None leaves it unsigned, or,
    in dialects that do not, signs `body_sha256`.
    """
    bare = without_parameters(unsigned(request), PRESIGNING)
    fields = [
        (b"Algorithm", steps.ALGORITHM),
        (b"Content-Sha256", payload),
        (b"Credential", b"%b/%b" % (key.key_id.encode(), stamp.scope)),
        (b"Date", stamp.timestamp),
        (b"Expires", b"%d" % expires),
        (b"Security-Token", token),
        (b"SignedHeaders", signed_headers(_names(bare, policy))),
    ]
    asked = with_query(bare, [b"X-Amz-%b=%b" % (name, encode(value)) for name, value in fields if value is not None])
    canonical = canonical_request(asked, read_authorization(asked), dialect, body_sha256)
    return with_query(asked, [b"X-Amz-Signature=" + _signature(canonical, key, stamp)])


def _names(request: Request, policy: HeaderPolicy) -> tuple[bytes, ...]:
    present = (name.lower() for name, _ in request.headers)
    return signed_names((b"host", *(name for name in present if name != b"authorization" and policy(name))))


def _signature(canonical: bytes, key: Key, stamp: Stamp) -> bytes:
    to_sign = steps.string_to_sign(steps.sha256_hex(canonical), stamp.timestamp, stamp.scope)
    return steps.signature(stamp.signing_key(key), to_sign)


class ChunkSigner:
    """Signs the chunks of a stream, each over the one before; `seed` is the signature of the head.

    Hashes go in, signatures come out: data is not kept, and how it is framed is not known here.
    """

    __slots__ = ("_key", "_scope", "_timestamp", "previous")

    def __init__(self, signing_key: bytes, timestamp: bytes, scope: bytes, seed: bytes) -> None:
        self.previous = seed
        self._key = signing_key
        self._timestamp = timestamp
        self._scope = scope

    def chunk(self, sha256: bytes) -> bytes:
        """The signature of the next chunk, whose data has this hex SHA-256; the final chunk is empty."""
        return self._next(steps.chunk_string_to_sign(self._timestamp, self._scope, self.previous, sha256))

    def trailer(self, trailers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The value of x-amz-trailer-signature, once the final chunk is signed."""
        digest = steps.sha256_hex(steps.canonical_trailers(trailers))
        return self._next(steps.trailer_string_to_sign(self._timestamp, self._scope, self.previous, digest))

    def _next(self, string_to_sign: bytes) -> bytes:
        self.previous = steps.signature(self._key, string_to_sign)
        return self.previous


def chunk_signer(head: Request, key: Key) -> ChunkSigner:
    """A signer for the body behind a signed head."""
    signed = signed_request(head)
    scope = scope_of(signed)
    seed = text_bytes(signed.authorization.signature)
    return ChunkSigner(steps.signing_key(key.secret, *scope), timestamps_of(signed)[0], steps.scope(*scope), seed)


def resigned(
    request: Request,
    key: Key,
    stamp: Stamp,
    payload: bytes,
    *,
    token: bytes | None = None,
    dialect: Dialect = S3,
    authorization: Authorization | None = None,
) -> Request:
    """The request signed again in the way it is signed now: a URL stays a URL, and the same headers are signed.

    `payload`: as of `sign_header`; in a URL it counts only where the URL names one. A request that is not signed gets
    an Authorization header. `authorization`: what the request's is read as, for whoever has it at hand.
    """
    authorization = authorization or read_authorization(request)
    policy = headers_as_before(request, authorization)
    if not authorization.presigned:
        return sign_header(request, key, stamp, payload, token=token, policy=policy, dialect=dialect)
    part = authorization.part("payload")
    named = payload if part is not None and part.place.startswith("query ") else None
    expires = authorization.expires if authorization.scheme == "sigv4-query" and authorization.expires else 3600
    return presign(request, key, stamp, expires, payload=named, token=token, policy=policy, dialect=dialect)
