"""A recording that leaks: written without redaction, as by a hand or by a defect, with a secret in every place."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from inspector.facts import facts_of
from inspector.wire.exchange import BodyInfo, Digests, SignedChunk
from inspector.wire.headers import Headers
from inspector.wire.problem import Problem
from support.calls import HOST, Call, call, record

KEY_ID = "0041234567890ab0000000001"
APPLICATION_KEY = b"K004abcDEF0123456789+/abcDEF012"
TOKEN = b"4_0041234567890ab0000000001_01a2b3c4_d5e6f7_acct_AbCdEf-0123456789="
SESSION_TOKEN = b"FwoGZXIvYXdzEJr//////////wEaDGk0123456789abcdefghijklmnopqrstuvwxyz+/=="
SSE_C = base64.b64encode(b"this is not a key, only 32 bytes")
COOKIE = b"0123456789abcdefCookie"
KNOWN = b"correct horse battery staple"
SIGNATURE = "0f" * 32
AUTHORIZATION = (
    b"AWS4-HMAC-SHA256 Credential=%b/20261122/us-west-004/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=%b"
    % (KEY_ID.encode(), SIGNATURE.encode())
)
SIGNED: Headers = ((b"Authorization", AUTHORIZATION), (b"x-amz-date", b"20261122T120000Z"))
SECRETS = (APPLICATION_KEY, TOKEN, SESSION_TOKEN, SSE_C, COOKIE, KNOWN)


def chunked(*pieces: bytes) -> bytes:
    """An aws-chunked body with signed chunks."""
    signature = SIGNATURE.encode()
    framed = b"".join(b"%x;chunk-signature=%b\r\n%b\r\n" % (len(piece), signature, piece) for piece in pieces)
    checksum = base64.b64encode(zlib.crc32(b"".join(pieces)).to_bytes(4, "big"))
    trailer = b"x-amz-checksum-crc32:%b\r\nx-amz-trailer-signature:%b\r\n" % (checksum, signature)
    return framed + b"0;chunk-signature=%b\r\n" % signature + trailer + b"\r\n"


STREAMING: Headers = (
    (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
    (b"Content-Encoding", b"aws-chunked"),
    (b"x-amz-trailer", b"x-amz-checksum-crc32"),
)


def upload() -> Call:
    """A chunk-signed upload of a text that holds an application key, in its second chunk."""
    pieces = (b"first piece ", b"key: " + APPLICATION_KEY + b" end")
    payload, framed = b"".join(pieces), chunked(*pieces)
    lengths = ((b"Content-Length", b"%d" % len(framed)), (b"x-amz-decoded-content-length", b"%d" % len(payload)))
    checksum = base64.b64encode(zlib.crc32(payload).to_bytes(4, "big"))
    etag = hashlib.md5(payload).hexdigest().encode()
    sha = [hashlib.sha256(piece).hexdigest() for piece in (*pieces, b"")]
    return call(
        b"/photos/notes.txt",
        headers=(*SIGNED, *STREAMING, *lengths),
        answer=((b"ETag", b'"%b"' % etag), (b"x-amz-checksum-crc32", checksum)),
        request_body=framed,
        info=BodyInfo(
            sent=digests(framed),
            stored_size=len(framed),
            decoded=digests(payload),
            trailers=((b"x-amz-checksum-crc32", checksum), (b"x-amz-trailer-signature", SIGNATURE.encode())),
            checksum=("x-amz-checksum-crc32", checksum.decode()),
            chunk_count=3,
        ),
        chunks=tuple(SignedChunk(len(p), s, SIGNATURE) for p, s in zip((*pieces, b""), sha, strict=True)),
        facts={"key": b"notes.txt", "auth": "sigv4-streaming", "payload": "chunk-signed", "key_id": KEY_ID},
    )


def download() -> Call:
    """The same object read back, with an ETag and checksum of the payload that leaks."""
    payload = b"first piece key: " + APPLICATION_KEY + b" end"
    etag = hashlib.md5(payload).hexdigest().encode()
    checksum = base64.b64encode(zlib.crc32(payload).to_bytes(4, "big"))
    return call(
        b"/photos/notes.txt",
        method=b"GET",
        headers=SIGNED,
        answer=(
            (b"Content-Length", b"%d" % len(payload)),
            (b"ETag", b'"%b"' % etag),
            (b"x-amz-checksum-crc32", checksum),
        ),
        response_body=payload,
        facts={"operation": "GetObject", "key": b"notes.txt", "auth": "sigv4-header", "key_id": KEY_ID},
    )


def listing() -> Call:
    """A list that names the object's ETag, XML-escaped, and the account."""
    payload = b"first piece key: " + APPLICATION_KEY + b" end"
    etag = hashlib.md5(payload).hexdigest()
    xml = (
        "<ListBucketResult><Name>photos</Name><Contents><Key>notes.txt</Key>"
        f"<ETag>&quot;{etag}&quot;</ETag><Owner><ID>1234567890ab</ID></Owner></Contents></ListBucketResult>"
    ).encode()
    return call(
        b"/photos?list-type=2",
        method=b"GET",
        headers=SIGNED,
        answer=((b"Content-Type", b"application/xml"), (b"Content-Length", b"%d" % len(xml))),
        response_body=xml,
        facts={"operation": "ListObjectsV2", "key": None, "auth": "sigv4-header", "key_id": KEY_ID},
    )


def leaks() -> list[Call]:
    """A secret in every place: headers, URLs (once and twice encoded), JSON, XML, base64, gzip."""
    native = (
        json.dumps({"accountId": "1234567890ab", "authorizationToken": TOKEN.decode()}).replace("/", "\\/").encode()
    )
    wrapped = gzip.compress(b"<a>" + base64.b64encode(b"user:" + APPLICATION_KEY) + b"</a>", mtime=0)
    nested = quote(quote(APPLICATION_KEY, safe=""), safe="").encode()
    return [
        call(
            b"/b2api/v3/b2_authorize_account",
            method=b"GET",
            headers=((b"Authorization", b"Basic " + base64.b64encode(KEY_ID.encode() + b":" + APPLICATION_KEY)),),
            answer=((b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(native))),
            response_body=native,
            host="api.backblazeb2.com",
        ),
        call(b"/b2api/v3/b2_list_buckets", method=b"POST", headers=((b"Authorization", TOKEN),)),
        call(b"/photos/a?Authorization=" + quote(TOKEN).encode(), method=b"GET", headers=SIGNED),
        call(b"/photos/a?next=https%3A%2F%2Fh%2F%3Fkey%3D" + nested, method=b"GET", headers=SIGNED),
        call(
            b"/photos/b",
            headers=(
                *SIGNED,
                (b"x-amz-security-token", SESSION_TOKEN),
                (b"x-amz-server-side-encryption-customer-key", SSE_C),
                (b"Cookie", b"theme=dark; session=" + COOKIE),
            ),
            answer=((b"Set-Cookie", b"session=" + COOKIE + b"; Path=/"),),
            request_body=wrapped,
        ),
        call(b"/photos/c", headers=((b"x-note", b"it is " + KNOWN),), note="by hand: " + APPLICATION_KEY.decode()),
        call(b"/photos/correct%20horse%20battery%20staple/x", method=b"GET"),
        upload(),
        download(),
        listing(),
    ]


def leaky_recording(path: Path) -> Path:
    """The recording, with facts as the recorder would compute them."""
    calls = [
        replace(one, facts=facts_of(one.request, one.response, one.request_body, one.response_body)) for one in leaks()
    ]
    return record(path, calls, problems=[Problem(0.0, "request-rejected", HOST, "said " + TOKEN.decode())])


def digests(data: bytes) -> Digests:
    """What the recorder would know of these bytes."""
    return Digests(
        len(data), hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), f"{zlib.crc32(data):08x}"
    )
