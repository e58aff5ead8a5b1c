"""What the value of a header may have been when it was signed: what clients send, and what paths make of it.

One function a kind of header; the first in `KINDS` that knows a name speaks for it. Values come from three places:
dictionaries of what clients are known to write, what is left when that which a path adds is taken off, and the values
that the header had in other calls.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from itertools import chain

from inspector.sigv4.hypotheses.header_lines import PIECES, Signed, arrived, near, raw_values
from inspector.sigv4.hypotheses.media_types import content_type_values
from inspector.sigv4.hypotheses.model import Problem
from inspector.wire.exchange import Digests
from inspector.wire.headers import get

Values = Callable[[Problem, bytes], Iterator[Signed]]
Kind = Callable[[bytes], bool]

HOP_BY_HOP: dict[bytes, tuple[bytes, ...]] = {
    b"connection": (b"keep-alive", b"close", b"Keep-Alive", b"Close", b"Upgrade, HTTP2-Settings", b"upgrade", b"TE"),
    b"keep-alive": (b"timeout=5", b"timeout=5, max=1000", b"timeout=5, max=100", b"300", b"115"),
    b"proxy-connection": (b"keep-alive", b"Keep-Alive", b"close"),
    b"te": (b"trailers", b"trailers, deflate;q=0.5"),
    b"trailer": (b"x-amz-checksum-crc32", b"x-amz-checksum-crc64nvme", b"x-amz-checksum-sha256"),
    b"transfer-encoding": (b"chunked", b"Chunked", b"identity"),
    b"upgrade": (b"h2c", b"websocket"),
    b"http2-settings": (),
    b"proxy-authenticate": (),
}
"""Headers of one connection, which whoever passes a request on takes out (RFC 9110 §7.6.1), and what they say."""

FORWARDED = (
    *(b"x-forwarded-", b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-", b"cdn-loop"),
    *(b"x-original-", b"x-envoy-", b"x-cluster-client-ip", b"fastly-client-ip", b"x-amzn-trace-id"),
)
"""Beginnings of the names that proxies write."""
_ONE_ADDRESS = (b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"x-cluster-client-ip")
_TRADED = {
    b"x-forwarded-proto": (b"http", b"https"),
    b"x-forwarded-port": (b"80", b"443", b"8080"),
    b"x-forwarded-ssl": (b"on", b"off"),
}

# Browsers, curl, okhttp and Go's transport (gzip), Java's Apache client, .NET, Ruby's Net::HTTP, and identity of
# whoever wants the bytes as they are: botocore's s3transfer and aws-sdk-go-v2 sign it, and it does not stay (#1816).
_ENCODINGS = (
    *(b"identity", b"gzip", b"gzip, deflate", b"gzip, br", b"gzip, deflate, br", b"gzip, deflate, br, zstd", b"br"),
    *(b"deflate", b"deflate, gzip", b"br, gzip", b"gzip,deflate", b"gzip, x-gzip, deflate", b"*", b"identity;q=1"),
    *(b"gzip;q=1.0,deflate;q=0.6,identity;q=0.3", b"identity, gzip", b""),
)

_RANGES = (b"bytes=0-", b"bytes=0-0", b"bytes=0-1", b"bytes=0-5242879", b"bytes=0-8388607")
"""From the beginning on (players), a probe for the size, and the first part of Go's and Python's downloaders."""

_ATTEMPT = re.compile(rb"(attempt=)(\d+)")
_LIMIT = re.compile(rb"(max=)(\d+)")
_TRIES = 5
_LIMITS = (3, 4, 5)  # standard mode; the AWS SDK for Java 2; botocore's legacy mode
_OLD_RETRY = re.compile(rb"(\d+)(/.*)")

_CHECKSUMS = (b"CRC32", b"CRC32C", b"CRC64NVME", b"SHA1", b"SHA256")
_TRAILERS = tuple(b"x-amz-checksum-" + name.lower() for name in _CHECKSUMS)

USUAL: dict[bytes, tuple[bytes, ...]] = {
    b"accept": (b"*/*", b"application/json", b"application/json, text/plain, */*", b"application/xml", b""),
    b"accept-language": (b"*", b"en-US,en;q=0.9", b"en-US,en;q=0.5", b"en"),
    b"cache-control": (b"no-cache", b"no-store", b"max-age=0", b"public, max-age=31536000", b"max-age=31536000"),
    b"content-disposition": (b"attachment", b"inline"),
    b"content-encoding": (b"aws-chunked", b"gzip", b"aws-chunked,gzip", b"gzip,aws-chunked", b"identity", b""),
    b"origin": (b"null",),
    b"pragma": (b"no-cache",),
    b"x-amz-acl": (
        *(b"private", b"public-read", b"public-read-write", b"authenticated-read", b"aws-exec-read"),
        *(b"bucket-owner-read", b"bucket-owner-full-control", b"log-delivery-write"),
    ),
    b"x-amz-checksum-algorithm": _CHECKSUMS,
    b"x-amz-checksum-mode": (b"ENABLED",),
    b"x-amz-checksum-type": (b"FULL_OBJECT", b"COMPOSITE"),
    b"x-amz-metadata-directive": (b"COPY", b"REPLACE"),
    b"x-amz-object-lock-legal-hold": (b"ON", b"OFF"),
    b"x-amz-object-lock-mode": (b"GOVERNANCE", b"COMPLIANCE"),
    b"x-amz-request-payer": (b"requester",),
    b"x-amz-sdk-checksum-algorithm": _CHECKSUMS,
    b"x-amz-server-side-encryption": (b"AES256", b"aws:kms"),
    b"x-amz-server-side-encryption-customer-algorithm": (b"AES256",),
    b"x-amz-storage-class": (b"STANDARD", b"STANDARD_IA", b"REDUCED_REDUNDANCY", b"ONEZONE_IA", b"GLACIER"),
    b"x-amz-tagging-directive": (b"COPY", b"REPLACE"),
    b"x-amz-trailer": _TRAILERS,
    b"x-requested-with": (b"XMLHttpRequest",),
}
"""What headers say that have few words to choose from (the S3 API reference), or that libraries set alike."""


def likely_values(problem: Problem, name: bytes) -> Iterator[Signed]:
    """The values that a signed header may have had, each once, but for the one that arrived."""
    found = chain(_kind_of(name)(problem, name), map(Signed, near(problem, name)), _rewritten(arrived(problem, name)))
    by_value: dict[bytes, Signed] = {}
    for signed in found:
        by_value.setdefault(signed.value, signed)
    by_value.pop(arrived(problem, name), None)
    return iter(by_value.values())


def _rewritten(value: bytes) -> Iterator[Signed]:
    """The same value as another library writes it: spaces at separators, quotes, a slash before it, pairs in order."""
    if not 0 < len(value) <= _LONGEST_REWRITTEN:
        return
    for sign, words in ((b",", "commas"), (b";", "semicolons")):
        if sign in value:
            pieces = [piece.strip() for piece in value.split(sign)]
            yield Signed(sign.join(pieces), f", without spaces behind its {words}")
            yield Signed((sign + b" ").join(pieces), f", with a space behind each of its {words}")
            yield Signed((sign + b" ").join(filter(None, pieces)), f", without an empty piece between {words}")
            yield Signed(sign.join(filter(None, pieces)), f", without an empty piece between {words}")
    if b'"' in value:
        yield Signed(value.replace(b'"', b""), ", without its quotes")
    elif b"=" in value:
        yield Signed(_UNQUOTED.sub(rb'="\1"', value), ", with quotes round what stands behind '='")
    if b"/" in value:
        yield Signed(value[1:] if value[:1] == b"/" else b"/" + value, ", but for the slash that it begins with")
    if b"&" in value:
        yield Signed(b"&".join(sorted(value.split(b"&"))), ", its pairs sorted")
        yield Signed(b"&".join(reversed(value.split(b"&"))), ", its pairs the other way round")


_LONGEST_REWRITTEN = 1024
_UNQUOTED = re.compile(rb"=([^;,\s\"]+)")


def _kind_of(name: bytes) -> Values:
    return next((values for kind, values in KINDS if kind(name)), _usual)


def _accept_encoding(problem: Problem, name: bytes) -> Iterator[Signed]:
    # Google's front ends append `gzip(gfe)` (aws-sdk-go-v2#1816, rclone#6670, #8206).
    yield from _pieces(arrived(problem, name))
    yield from map(Signed, _ENCODINGS)


def _pieces(value: bytes) -> Iterator[Signed]:
    """The beginnings and ends of a list: a path adds to one of them."""
    words = [word.strip() for word in value.split(b",")]
    for cut in range(1, min(len(words), PIECES + 1)):
        for between in (b",", b", "):
            yield Signed(between.join(words[:-cut]), ", without what stands after it now")
            yield Signed(between.join(words[cut:]), ", without what stands before it now")


def _conditional(problem: Problem, name: bytes) -> Iterator[Signed]:
    # If-None-Match: * is how a client asks not to overwrite; entity tags are known only from other calls.
    value = arrived(problem, name)
    yield Signed(b"")
    if name.endswith(b"-match"):
        yield Signed(b"*")
        yield from _entity_tags(value)


def _entity_tags(value: bytes) -> Iterator[Signed]:
    """One tag otherwise written: Cloudflare and nginx weaken tags when they compress, Apache appends -gzip."""
    strong = value.removeprefix(b"W/")
    bare = strong.strip(b'"')
    if bare and bare != b"*":
        for tag in (bare, bare.removesuffix(b"-gzip"), bare.removesuffix(b"--gzip")):
            yield Signed(b'"%b"' % tag)
            yield Signed(b'W/"%b"' % tag)
        yield Signed(bare)


def _range(problem: Problem, name: bytes) -> Iterator[Signed]:
    # aws-sdk-go-v2#2722, aws4fetch#5 and #39, aws-cli#9682
    yield Signed(b"")
    yield from map(Signed, _RANGES)


def _forwarded(problem: Problem, name: bytes) -> Iterator[Signed]:
    # Every proxy appends itself to the list (aws4fetch#77, toolhive#4670, rancher#17983).
    yield Signed(b"")
    yield from _pieces(arrived(problem, name))
    yield from map(Signed, _TRADED.get(name, ()))
    if name in _ONE_ADDRESS:
        for address in b",".join(raw_values(problem, b"x-forwarded-for")).split(b",")[:PIECES]:
            yield Signed(address.strip(), ", an address of x-forwarded-for")


def _expect(problem: Problem, name: bytes) -> Iterator[Signed]:
    # golang/go#13893, minio#1030, Arsenal#300
    yield from map(Signed, (b"100-continue", b"100-Continue", b""))


def _hop_by_hop(problem: Problem, name: bytes) -> Iterator[Signed]:
    # aws-cli#10123, mcp-proxy-for-aws#313, versitygw#457, minio#7266
    yield Signed(b"")
    yield from map(Signed, HOP_BY_HOP[name])


def _user_agent(problem: Problem, name: bytes) -> Iterator[Signed]:
    value = arrived(problem, name)
    yield Signed(b"")
    own = get(problem.signed.request.headers, b"x-amz-user-agent")
    if own:
        yield Signed(own, ", which x-amz-user-agent has")
    words = value.split(b" ")
    for cut in range(1, min(4, len(words))):
        yield Signed(b" ".join(words[:-cut]), ", without what stands after it now")
    yield Signed(value.partition(b" ")[2], ", without what stands before it now")


def _content_length(problem: Problem, name: bytes) -> Iterator[Signed]:
    # aws-sdk-js#86, aws-sdk-js-v3#3829, mcp-proxy-for-aws#313
    body = problem.signed.body
    yield Signed(b"0")
    yield Signed(b"-1", ", of a length that was not known")
    yield Signed(b"")
    if body.truncated != "incomplete":
        yield Signed(b"%d" % body.sent.size, ", the size of the body as it arrived")
        for more in (-1, 1, -2, 2, -3, 3):  # a line's end, a byte order mark
            yield Signed(b"%d" % max(body.sent.size + more, 0), f", {abs(more)} {'more' if more > 0 else 'less'}")
    if body.decoded is not None:
        yield Signed(b"%d" % body.decoded.size, ", the size of the payload inside aws-chunked framing")
    declared = get(problem.signed.request.headers, b"x-amz-decoded-content-length")
    if declared:
        yield Signed(declared.strip(), ", which x-amz-decoded-content-length has")


def _attempt(problem: Problem, name: bytes) -> Iterator[Signed]:
    # aws-sdk-go-v2#537, aws-sdk-ruby#2411. Forms: `attempt=1; max=3`, `ttl=20260314T092653Z; attempt=1; max=3`.
    value = arrived(problem, name)
    for number in range(1, _TRIES + 1):
        yield Signed(_ATTEMPT.sub(rb"\g<1>%d" % number, value), ", of another attempt")
    for limit in _LIMITS:
        yield Signed(_LIMIT.sub(rb"\g<1>%d" % limit, value), ", with another limit")
    words = [word.strip() for word in value.split(b";")]
    for left_out in (b"max=", b"ttl=", b"attempt="):
        kept = [word for word in words if not word.startswith(left_out)]
        yield Signed(b"; ".join(kept), f", without {left_out[:-1].decode()}")
    if not value:
        yield from (Signed(b"attempt=1; max=%d" % limit) for limit in _LIMITS)
        yield Signed(b"attempt=1")


def _old_retry(problem: Problem, name: bytes) -> Iterator[Signed]:
    # `0/0/500` of the AWS SDK for Java 1: retries so far, the last pause, the credit left.
    found = _OLD_RETRY.fullmatch(arrived(problem, name))
    rest = found[2] if found else b"/0/500"
    yield from (Signed(b"%d%b" % (number, rest), ", of another attempt") for number in range(_TRIES))
    yield Signed(b"0/0/500")


def _of_siblings(problem: Problem, name: bytes) -> Iterator[Signed]:
    return iter(())


def _usual(problem: Problem, name: bytes) -> Iterator[Signed]:
    yield Signed(b"")
    yield from map(Signed, USUAL.get(name, ()))
    yield from _of_body(problem, name)


def _of_body(problem: Problem, name: bytes) -> Iterator[Signed]:
    """What a header says of the body, computed from the body that arrived."""
    body = problem.signed.body
    for digests, of_what in ((body.sent, "the body that arrived"), (body.decoded, "the payload inside the framing")):
        if digests is not None and body.truncated != "incomplete" and name in _DIGESTS:
            yield Signed(_DIGESTS[name](digests), f", that of {of_what}")


_DIGESTS: dict[bytes, Callable[[Digests], bytes]] = {
    b"content-md5": lambda digests: base64.b64encode(bytes.fromhex(digests.md5)),
    b"x-amz-checksum-crc32": lambda digests: base64.b64encode(bytes.fromhex(digests.crc32)),
    b"x-amz-checksum-sha256": lambda digests: base64.b64encode(bytes.fromhex(digests.sha256)),
    b"x-amz-decoded-content-length": lambda digests: b"%d" % digests.size,
}


def is_conditional(name: bytes) -> bool:
    """`If-None-Match` and its like."""
    return name.startswith(b"if-")


def is_forwarded(name: bytes) -> bool:
    """Headers in which proxies write down who came through."""
    return name.startswith(FORWARDED)


def is_retry(name: bytes) -> bool:
    """Headers in which an SDK counts its attempts."""
    return name in (b"amz-sdk-request", b"amz-sdk-invocation-id", b"amz-sdk-retry")


def called(name: bytes) -> Kind:
    """Exactly this header."""
    return name.__eq__


KINDS: tuple[tuple[Kind, Values], ...] = (
    (called(b"accept-encoding"), _accept_encoding),
    (is_conditional, _conditional),
    (called(b"range"), _range),
    (is_forwarded, _forwarded),
    (called(b"expect"), _expect),
    (HOP_BY_HOP.__contains__, _hop_by_hop),
    (called(b"user-agent"), _user_agent),
    (called(b"content-type"), content_type_values),
    (called(b"content-length"), _content_length),
    (called(b"amz-sdk-request"), _attempt),
    (called(b"amz-sdk-retry"), _old_retry),
    (called(b"amz-sdk-invocation-id"), _of_siblings),
)
"""Which headers are written alike, the first that applies."""
