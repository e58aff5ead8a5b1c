"""Requests whose signature is computed here by hand, so that what was signed can differ from what is sent.

A signer of its own: nothing in it comes from the code under test but the values that it returns.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings, problem
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.solve import Explanation, solve
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Request
from inspector.wire.headers import Headers

HOST = b"s3.us-west-004.backblazeb2.com"
SECRET = b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p"
KEY = Key("004a1b2c3d4e5f60000000007", SECRET)
TIMESTAMP = b"20260314T092653Z"
REGION = b"us-west-004"
REQUEST_LINE = ("host", "endpoint", "path", "path_encoding", "query", "query_encoding")
"""The families of what the start of a request says."""
EMPTY = hashlib.sha256(b"").hexdigest().encode()

Lines = dict[bytes, bytes]


def signed_call(
    target: bytes = b"/photos/a.jpg",
    *,
    method: bytes = b"GET",
    host: bytes | None = HOST,
    authority: bytes = b"",
    headers: Mapping[bytes, bytes] | None = None,
    unsigned: Headers = (),
    signed: Mapping[str, bytes] | None = None,
    lines: Mapping[bytes, bytes | None] | None = None,
    secret: bytes = SECRET,
    timestamp: bytes = TIMESTAMP,
    region: bytes = REGION,
    service: bytes = b"s3",
    signed_region: bytes | None = None,
    presigned: bool = False,
    payload: bytes = EMPTY,
    body: BodyInfo = EMPTY_BODY,
    connect: tuple[str, int] | None = None,
    transform: Callable[[bytes], bytes] = bytes,
    key_id: str = KEY.key_id,
    expires: int = 3600,
) -> SignedRequest:
    """A request as it arrives, signed as the other arguments say.

    `headers` are sent and signed beside host, x-amz-date and x-amz-content-sha256 (the host alone in a presigned
    URL); `unsigned` are sent only. `signed` replaces lines of what is signed: `method`, `path`, `query`, `names`,
    `payload`. `lines` replaces values of signed headers by name; None leaves the line out. `transform` is applied to
    the whole canonical request. `target` of a presigned URL is given without its X-Amz- parameters. `host` None sends
    no Host line, only the `authority`, as over HTTP/2. `connect` is where the client's connection went.
    """
    scope = b"/".join((timestamp[:8], region, service, b"aws4_request"))
    sent: Lines = {} if host is None else {b"Host": host}
    if not presigned:
        sent |= {b"X-Amz-Date": timestamp, b"X-Amz-Content-Sha256": payload}
    sent |= headers or {}
    values: dict[bytes, bytes | None] = {b"host": authority}
    values |= {name.lower(): b" ".join(value.split()) for name, value in sent.items()}
    names = b";".join(sorted(values))
    path, _, query = target.partition(b"?")
    if presigned:
        query += (b"&" if query else b"") + presigning(scope, timestamp, names, key_id, expires)
        target, payload = path + b"?" + query, b"UNSIGNED-PAYLOAD"
    parts = {
        "method": method,
        "path": plain_path(path),
        "query": plain_query(query),
        "names": names,
        "payload": payload,
        **(signed or {}),
    }
    canonical = transform(canonical_text(parts, values | dict(lines or {})))
    signature = sign(canonical, secret, timestamp, signed_region or region, service)
    written = [*sent.items(), *unsigned]
    if presigned:
        target += b"&X-Amz-Signature=" + signature
    else:
        written.append((b"Authorization", authorization(scope, names, signature, key_id)))
    name, port = connect or ((host or authority).decode("latin-1").partition(":")[0], 443)
    version = "HTTP/2.0" if host is None else "HTTP/1.1"
    return signed_request(Request(method, "https", name, port, target, tuple(written), version, authority), body)


def canonical_text(parts: Mapping[str, bytes], lines: Mapping[bytes, bytes | None]) -> bytes:
    """A canonical request of its lines."""
    headers = (b"%b:%b" % (name, value) for name, value in sorted(lines.items()) if value is not None)
    return b"\n".join((parts["method"], parts["path"], parts["query"], *headers, b"", parts["names"], parts["payload"]))


def with_signature(call: SignedRequest, signature: bytes) -> SignedRequest:
    """The same call with another signature in its header, or in its query."""
    old = (call.authorization.signature or "").encode()
    headers = tuple((name, value.replace(old, signature)) for name, value in call.request.headers)
    return resent(call, headers=headers, target=call.request.target.replace(old, signature))


def resent(call: SignedRequest, **changes: object) -> SignedRequest:
    """The same call after something on its way changed fields of the request."""
    return signed_request(replace(call.request, **changes), call.body)  # type: ignore[arg-type]


def without(call: SignedRequest, *names: bytes) -> SignedRequest:
    """The same call after headers were taken out, by their names as written."""
    return resent(call, headers=tuple(one for one in call.request.headers if one[0] not in names))


def plus(call: SignedRequest, *lines: tuple[bytes, bytes]) -> SignedRequest:
    """The same call after header lines were added at its end."""
    return resent(call, headers=(*call.request.headers, *lines))


def plain_path(path: bytes) -> bytes:
    """A path as S3's rule signs it."""
    return quote_from_bytes(unquote_to_bytes(path), safe="/").encode() or b"/"


def plain_query(query: bytes) -> bytes:
    """A query as the rule signs it."""
    pairs = [piece.partition(b"=")[::2] for piece in query.split(b"&") if piece]
    return joined((unquote_to_bytes(name), unquote_to_bytes(value)) for name, value in pairs)


def joined(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Decoded pairs, encoded and sorted."""
    encoded = sorted((quote_from_bytes(name, safe=""), quote_from_bytes(value, safe="")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded).encode()


def sign(canonical: bytes, secret: bytes, timestamp: bytes, region: bytes, service: bytes) -> bytes:
    """The signature of a canonical request, in hex."""
    key = b"AWS4" + secret
    for step in (timestamp[:8], region, service, b"aws4_request"):
        key = hmac.new(key, step, hashlib.sha256).digest()
    scope = b"/".join((timestamp[:8], region, service, b"aws4_request"))
    digest = hashlib.sha256(canonical).hexdigest().encode()
    text = b"\n".join((b"AWS4-HMAC-SHA256", timestamp, scope, digest))
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


def authorization(scope: bytes, names: bytes, signature: bytes, key_id: str = KEY.key_id) -> bytes:
    """The value of an Authorization header."""
    return b"AWS4-HMAC-SHA256 Credential=%b/%b, SignedHeaders=%b, Signature=%b" % (
        key_id.encode(),
        scope,
        names,
        signature,
    )


def presigning(scope: bytes, timestamp: bytes, names: bytes, key_id: str = KEY.key_id, expires: int = 3600) -> bytes:
    """The parameters of a presigned URL but for the signature."""
    credential = quote_from_bytes(b"%b/%b" % (key_id.encode(), scope), safe="").encode()
    return b"&".join(
        (
            b"X-Amz-Algorithm=AWS4-HMAC-SHA256",
            b"X-Amz-Credential=" + credential,
            b"X-Amz-Date=" + timestamp,
            b"X-Amz-Expires=%d" % expires,
            b"X-Amz-SignedHeaders=" + quote_from_bytes(names, safe="").encode(),
        )
    )


def explanations(
    call: SignedRequest, *, depth: int = 1, around: Surroundings = NOTHING_AROUND, key: Key = KEY
) -> tuple[Explanation, ...]:
    """How the solver explains a call, out of everything that it knows."""
    return solve(problem(call, key, around=around), depth).explanations


def causes(call: SignedRequest, around: Surroundings = NOTHING_AROUND) -> list[tuple[str, ...]]:
    """The causes of each explanation by one deviation."""
    return [one.causes for one in explanations(call, around=around)]


def two_deviations(
    call: SignedRequest,
    families: Iterable[str] = REQUEST_LINE,
    *,
    around: Surroundings = NOTHING_AROUND,
    key: Key = KEY,
) -> tuple[Explanation, ...]:
    """How the solver explains a call with up to two deviations, out of what some families know: all take seconds."""
    some = [one for one in all_hypotheses() if one.family in families]
    return solve(problem(call, key, around=around), 2, some).explanations
