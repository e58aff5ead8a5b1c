"""What bytes say about a payload: each fault is seen, and a sound request shows none."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder.unframe import Unframer, framing_of
from inspector.s3.checksums import Digester
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.payload_facts import payload_facts
from inspector.sigv4.signed import SignedRequest
from inspector.wire.exchange import BodyInfo, Request, SignedChunk
from inspector.wire.headers import Headers

AUTHORIZATION = (
    b"Authorization",
    b"AWS4-HMAC-SHA256 Credential=k/20260314/us-west-004/s3/aws4_request, SignedHeaders=host, Signature=" + b"0" * 64,
)
SIGNED = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def sent(headers: Iterable[tuple[bytes, bytes]], body: bytes, truncated: str | None = None) -> SignedRequest:
    lines: Headers = (AUTHORIZATION, (b"x-amz-date", b"20260314T092653Z"), *headers)
    request = Request(b"PUT", "https", "s3.us-west-004.backblazeb2.com", 443, b"/bucket/key", lines)
    digester = Digester()
    digester.update(body)
    framing, fields, table = framing_of(lines), {}, list[SignedChunk]()
    if framing is not None:
        unframer = Unframer(framing, table.extend)
        unframer.feed(body)
        fields = unframer.finish()
    info = BodyInfo(digester.digests(), len(body), truncated, **fields)
    return SignedRequest(request, read_authorization(request), info, lambda: iter(table))


def causes(signed: SignedRequest, body: bytes) -> list[tuple[str, str]]:
    return [(found.cause, found.words) for found in payload_facts(signed, body)]


def hashed(body: bytes) -> tuple[bytes, bytes]:
    return b"x-amz-content-sha256", hashlib.sha256(body).hexdigest().encode()


JSON = {"name": "é", "list": [1, 2]}
COMPACT = json.dumps(JSON, separators=(",", ":"), ensure_ascii=False).encode()
FORMS = [
    (b"a\r\nb\r\n", b"a\nb\n", "with LF for each CRLF"),
    (b"a\nb\n", b"a\r\nb\r\n", "with CRLF for each LF"),
    (b"\xef\xbb\xbftext", b"text", "without its byte order mark"),
    (b"text", b"\xef\xbb\xbftext", "with a byte order mark"),
    (b"text\n", b"text", "without the line's end after it"),
    (b"text", b"text\n", "with a line feed after it"),
    ("é".encode(), b"\xe9", "in Latin-1"),
    (gzip.compress(b"text" * 50, mtime=0), b"text" * 50, "decompressed"),
    (zlib.compress(b"text" * 50), b"text" * 50, "decompressed"),
    (base64.b64encode(b"text"), b"text", "decoded from base64"),
    (json.dumps(JSON, indent=4).encode(), COMPACT, "the same JSON without white space"),
    (COMPACT, json.dumps(JSON).encode(), "as Python writes it"),
    (b"<a>\n  <b/>\n</a>\n", b"<a><b/></a>", "the same XML"),
]


@pytest.mark.parametrize(("body", "signed", "words"), FORMS)
def test_a_hash_of_another_form_of_the_body(body: bytes, signed: bytes, words: str) -> None:
    """The body that came is another form of the one that was hashed, and the form is named."""
    (found,) = causes(sent([hashed(signed)], body), body)
    assert found[0] == "payload-gzip"
    assert words in found[1]


def test_a_hash_of_something_else() -> None:
    """A body whose hash is another's, a hash of nothing, and no hash at all."""
    assert causes(sent([hashed(b"other")], b"body"), b"body") == [
        ("payload-body-altered", "the body is not the one whose hash was signed")
    ]
    assert [cause for cause, _ in causes(sent([hashed(b"")], b"body"), b"body")] == ["payload-empty-hash"]
    typo = sent([(b"x-amz-content-sha256", b"UNSIGNED_PAYLOAD")], b"body")
    assert [cause for cause, _ in causes(typo, b"body")] == ["payload-header-typo"]


def test_what_was_not_seen_is_not_judged() -> None:
    """A hash over half a body says nothing, unless it is that of nothing; the whole one is compared by its digest."""
    assert causes(sent([hashed(b"whole")], b"half", "incomplete"), b"half") == []
    assert [cause for cause, _ in causes(sent([hashed(b"")], b"half", "incomplete"), b"half")] == ["payload-empty-hash"]
    assert causes(sent([hashed(b"body")], b"body", "keep-limit"), b"bo") == []


def frame(*chunks: bytes, signed: bool = True, tail: bytes = b"\r\n") -> bytes:
    extension = b";chunk-signature=" + b"0" * 64 if signed else b""
    lines = [b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    return b"".join(lines) + b"0%b\r\n%b" % (extension, tail)


def stream(mode: bytes, length: int | None, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    declared = [] if length is None else [(b"x-amz-decoded-content-length", str(length).encode())]
    return [(b"x-amz-content-sha256", mode), (b"content-encoding", b"aws-chunked"), *declared, *more]


TRAILER = (b"x-amz-trailer", b"x-amz-checksum-crc32")
CRC32 = b"x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(b"data").to_bytes(4, "big"))
LARGE = b"x" * 9000

SOUND = [
    ([hashed(b"body")], b"body"),
    ([hashed(b"")], b""),
    ([(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")], b"anything"),
    (stream(SIGNED, 4), frame(b"data")),
    (stream(SIGNED, 18_004), frame(LARGE, LARGE, b"data")),
    (stream(UNSIGNED, 4, TRAILER), frame(b"data", signed=False, tail=CRC32 + b"\r\n\r\n")),
    (
        stream(SIGNED + b"-TRAILER", 4, TRAILER),
        frame(b"data", tail=CRC32 + b"\n\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n"),
    ),
]


@pytest.mark.parametrize(("headers", "body"), SOUND)
def test_a_sound_request_shows_nothing(headers: Headers, body: bytes) -> None:
    """No word about what is right."""
    assert causes(sent(headers, body), body) == []


BROKEN = [
    (stream(SIGNED, 4), frame(b"data", signed=False), "chunk-mode-mismatch", "should be signed, and are not"),
    (stream(SIGNED, 4), b"data", "chunk-mode-mismatch", "should be framed in chunks, and is not"),
    (stream(UNSIGNED, 4), frame(b"data"), "chunk-mode-mismatch", "should not be signed, and are"),
    (stream(UNSIGNED, 4), b"data", "chunk-mode-mismatch", "should be framed in chunks, and is not"),
    (
        stream(b"UNSIGNED-PAYLOAD", 4),
        frame(b"data", signed=False),
        "chunk-mode-mismatch",
        "the payload's hash does not say so",
    ),
    (
        [(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")],
        frame(b"data"),
        "chunk-mode-mismatch",
        "the frame would be stored as data",
    ),
    (
        [(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")],
        frame(b"data", signed=False, tail=CRC32 + b"\r\n\r\n"),
        "chunk-mode-mismatch",
        "the frame would be stored as data",
    ),
    (stream(SIGNED, 4), frame(b"data") + b"more", "chunk-framing", "bytes after the end"),
    (stream(SIGNED, 4), frame(b"data").replace(b"\r\n0;", b"\n0;"), "chunk-framing", "no CRLF after a chunk"),
    (stream(SIGNED, 4), frame(b"data").partition(b"0;")[0][:-1], "chunk-framing", "breaks"),
    (stream(SIGNED, 9004), frame(b"data", LARGE), "chunk-framing", "chunk 1 has 4 bytes"),
    (stream(SIGNED, 4), b"0x" + frame(b"data"), "chunk-framing", "not a chunk's size line"),
    (stream(SIGNED, 4), frame(b"data").replace(b"\r\n", b"\n"), "chunk-framing", "ends with LF alone"),
    (stream(SIGNED, 20), b"20;chunk-signature=0\r\n" + b"a" * 20 + b"\r\n", "chunk-framing", "is in decimal"),
    (stream(SIGNED, 5), frame(b"data"), "chunk-decoded-length", "is 5, and the payload has 4 bytes"),
    (stream(SIGNED, None), frame(b"data"), "chunk-decoded-length", "must say how long"),
    (
        stream(SIGNED, 4, (b"content-length", b"4")),
        frame(b"data"),
        "chunk-decoded-length",
        "content-length is 4, and the framed body has",
    ),
    (stream(UNSIGNED, 4, TRAILER), frame(b"data", signed=False), "trailer-missing", "announced and does not come"),
    (
        stream(UNSIGNED, 4),
        frame(b"data", signed=False, tail=CRC32 + b"\r\n\r\n"),
        "trailer-missing",
        "comes and is not announced",
    ),
    (
        stream(SIGNED + b"-TRAILER", 4, TRAILER),
        frame(b"data", tail=CRC32 + b"\r\n\r\n"),
        "trailer-missing",
        "x-amz-trailer-signature is missing",
    ),
    (
        stream(SIGNED, 4, TRAILER),
        frame(b"data", tail=CRC32 + b"\r\n\r\n"),
        "chunk-mode-mismatch",
        "trailers come",
    ),
    (
        stream(UNSIGNED, 4, TRAILER),
        frame(b"date", signed=False, tail=CRC32 + b"\r\n\r\n"),
        "trailer-checksum",
        "is not the checksum of the payload",
    ),
]


@pytest.mark.parametrize(("headers", "body", "cause", "words"), BROKEN)
def test_each_fault_is_seen_alone(headers: Headers, body: bytes, cause: str, words: str) -> None:
    """One fault, one observation, with words about this request."""
    (found,) = causes(sent(headers, body), body)
    assert found[0] == cause
    assert words in found[1]


def test_a_stream_that_was_cut_off_accuses_nobody() -> None:
    """Its frame breaks where the connection did."""
    body = frame(LARGE)[:5000]
    assert causes(sent(stream(SIGNED, 9000, TRAILER), body, "incomplete"), body) == []


def test_a_body_that_looks_nearly_framed_takes_no_time() -> None:
    """A search that went back over every colon of every line would not end."""
    body = b"1\r\nx\r\n0\r\n" + b":a:b:c:d:e\r\na:b:c:d:e\r\n" * 1000 + b"x"
    started = time.process_time()
    assert causes(sent([(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")], body), body) == []
    assert time.process_time() - started < 1


names = st.sampled_from(
    [b"x-amz-content-sha256", b"x-amz-trailer", b"x-amz-decoded-content-length", b"content-encoding", b"content-length"]
)
values = st.one_of(
    st.binary(max_size=70).filter(lambda value: b"\n" not in value),
    st.sampled_from(
        [SIGNED, UNSIGNED, b"UNSIGNED-PAYLOAD", b"aws-chunked", TRAILER[1], hashlib.sha256().hexdigest().encode()]
    ),
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda cut, tail: frame(b"data", LARGE, tail=tail)[:cut], st.integers(0, 9300), st.binary(max_size=60)),
    st.just(b"[" * 60_000),
    st.just(zlib.compress(bytes(20_000_000))),
)


@given(st.lists(st.tuples(names, values), max_size=5), bodies, st.sampled_from([None, "incomplete", "keep-limit"]))
def test_no_request_is_too_strange(headers: list[tuple[bytes, bytes]], body: bytes, truncated: str | None) -> None:
    """Whatever came, nothing raises."""
    found: list[Any] = list(payload_facts(sent(headers, body, truncated), body))
    assert all(one.words and one.seen for one in found)
