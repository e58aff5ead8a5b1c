"""SigV2, which B2 does not speak: verified all the same, to be able to say "the right secret, the wrong scheme".

The rule is AWS's ("Signing and authenticating REST requests (AWS signature version 2)"): method, Content-MD5,
Content-Type, Date (a URL: Expires), the x-amz-* headers and the resource with its bucket and those subresources that
are signed, under HMAC-SHA1. Signers differ where the rule is vague: whether a URL's x-amz-* parameters are headers,
whether the resource is decoded, and which part of the host is the bucket. All of these are tried: a signature that any
of them gives shows the secret.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice, product
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.key import Key
from inspector.sigv4.payload_facts import Observation
from inspector.sigv4.post_policy import verify_policy
from inspector.sigv4.secrets import secret_variants
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import BodyVerdict, Verdict, Verification, same, whole
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, get
from inspector.wire.host import host_name
from inspector.wire.query import Pair, pairs

SUBRESOURCES = frozenset(
    b"accelerate acl analytics cors defaultObjectAcl delete encryption inventory legal-hold lifecycle location logging"
    b" metrics notification object-lock partNumber policy replication requestPayment response-cache-control"
    b" response-content-disposition response-content-encoding response-content-language response-content-type"
    b" response-expires restore retention select select-type storageClass tagging torrent uploadId uploads versionId"
    b" versioning versions website".split()
)
"""The query parameters that are part of the resource: those of AWS's document, and those that botocore added since."""

REDACTED = "a token is signed like any x-amz-* header, and was replaced before it was stored: its true value is gone"

_MOST_LABELS = 12  # of a host that may be a bucket's name; each is a form to try
_S3_HOST = re.compile(r"(.+)\.s3[.-]")


def verify_sigv2(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """A request signed by SigV2 in its header or query, or the policy of such a form.

    `string_to_sign` and `signature` (base64) are those that match, else those of the rule. `body` compares
    Content-MD5, which SigV2 signs.
    """
    if signed.authorization.part("policy") is not None:
        return verify_policy(signed, key, dialect)
    body = _body_verdict(signed)
    strings = strings_to_sign(signed.request, signed.authorization.presigned)
    rule = next(strings)
    if _is_redacted(signed):
        return Verification("sigv2", "unverified", body, key=key, note=REDACTED)
    if key is None:
        return Verification("sigv2", "unverified", body, string_to_sign=rule)
    given = signed.authorization.signature
    matching = next((one for one in chain((rule,), strings) if same(signature(key.secret, one), given)), None)
    verdict: Verdict = "mismatch" if matching is None else "verified"
    string = rule if matching is None else matching
    return Verification("sigv2", verdict, body, None, string, signature(key.secret, string).decode(), key)


def explain_sigv2(signed: SignedRequest, key: Key, others: Iterable[Key] = ()) -> Iterator[Observation]:
    """With which other secret a SigV2 signature comes out; `others` are further keys that the user gave."""
    given = signed.authorization.signature
    if given is None or _is_redacted(signed) or signed.authorization.part("policy") is not None:
        return
    strings = tuple(strings_to_sign(signed.request, signed.authorization.presigned))
    for variant in secret_variants(key, tuple(others)):
        for string in strings:
            if same(signature(variant.secret, string), given):
                yield Observation(variant.cause, f"signed with {variant.words}", string.decode("utf-8", "replace"))
                break


def _is_redacted(signed: SignedRequest) -> bool:
    return any(" x-amz-" in name.lower() for name in signed.redacted)


def signature(secret: bytes, string_to_sign: bytes) -> bytes:
    """HMAC-SHA1 in base64."""
    return base64.b64encode(hmac.digest(secret, string_to_sign, "sha1"))


def strings_to_sign(request: Request, presigned: bool) -> Iterator[bytes]:
    """Every string that a SigV2 signer may have signed for this request, that of the rule first."""
    query = pairs(request.query)
    resources = tuple(dict.fromkeys(_resources(request, query)))
    heads = dict.fromkeys(_heads(request, query, presigned))
    for head, resource in product(heads, resources):
        yield head + resource


def _heads(request: Request, query: list[Pair], presigned: bool) -> Iterator[bytes]:
    """The string up to the resource. A URL's own x-amz-* parameters count as headers with botocore and Ceph."""
    parameters = [(pair.name, unquote_to_bytes(pair.value or b"")) for pair in query]
    if not presigned:
        yield _head(request.method, request.headers, _date(request))
        return
    expires = next((value for name, value in parameters if name.lower() == b"expires"), b"")
    yield _head(request.method, (*request.headers, *parameters), expires)
    yield _head(request.method, request.headers, expires)
    # What a browser adds to a URL of its own accord was no part of it when it was signed.
    yield _head(request.method, parameters, expires)
    yield _head(request.method, (), expires)


def _date(request: Request) -> bytes:
    if get(request.headers, b"x-amz-date") is not None:
        return b""
    return (get(request.headers, b"date") or b"").strip()


_FOLD = re.compile(rb"\s*\r\n\s+")
"""Only what folds a line is made one space (AWS documentation, "Signing and authenticating REST requests")."""


def _head(method: bytes, headers: Iterable[Header], date: bytes) -> bytes:
    lines: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lines.setdefault(name.lower(), []).append(_FOLD.sub(b" ", value).strip())
    content = [lines.get(name, [b""])[0] for name in (b"content-md5", b"content-type")]
    amz = sorted((name, b",".join(values)) for name, values in lines.items() if name.startswith(b"x-amz-"))
    return b"\n".join((method, *content, date, b"")) + b"".join(b"%b:%b\n" % line for line in amz)


def _resources(request: Request, query: list[Pair]) -> Iterator[bytes]:
    subresources = sorted((pair for pair in query if pair.name in SUBRESOURCES), key=lambda pair: pair.name)
    decoded = _subresources(subresources, decode=True)
    raw = _subresources(subresources, decode=False)
    path = request.path or b"/"
    for bucket in islice(_buckets(host_name(request)), _MOST_LABELS):
        prefix = b"/" + bucket if bucket else b""
        yield prefix + path + decoded
        yield prefix + path + raw
        yield prefix + unquote_to_bytes(path) + decoded


def _subresources(found: list[Pair], *, decode: bool) -> bytes:
    """`?acl&versionId=1`: a value is signed decoded, and a name without one stays bare."""
    if not found:
        return b""
    words = []
    for name, value, _ in found:
        if value is None:
            words.append(name)
        else:
            words.append(b"%b=%b" % (name, unquote_to_bytes(value) if decode else value))
    return b"?" + b"&".join(words)


def _buckets(host: str) -> Iterator[bytes]:
    """What the host may hold as a bucket, the likeliest first; empty: the path names it."""
    known = _S3_HOST.match(host)
    if known is not None:
        yield known[1].encode()
    yield b""
    labels = host.split(".")
    for count in (len(labels), *range(1, min(len(labels), _MOST_LABELS))):
        yield ".".join(labels[:count]).encode()


def _body_verdict(signed: SignedRequest) -> BodyVerdict:
    declared = get(signed.request.headers, b"content-md5")
    if declared is None or not whole(signed.body):
        return "unknown"
    actual = base64.b64encode(bytes.fromhex(signed.body.sent.md5))
    return "match" if declared.strip() == actual else "mismatch"
