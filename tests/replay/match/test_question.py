"""What a request asks: each part counts when it differs, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.replay.match.dimensions import DEFAULT, DIMENSIONS, apart, named
from inspector.replay.match.payload import Intake, Payload, payload_of
from inspector.replay.match.question import Question, question_of
from inspector.s3.framing import Encoder
from inspector.wire.exchange import Request
from inspector.wire.headers import Header

HOST = b"s3.us-west-004.backblazeb2.com"
SIGNED: tuple[Header, ...] = (
    (b"Authorization", b"AWS4-HMAC-SHA256 Credential=a/20260101/us-west-004/s3/aws4_request, Signature=b"),
    (b"X-Amz-Date", b"20260101T000000Z"),
    (b"X-Amz-Content-SHA256", b"UNSIGNED-PAYLOAD"),
)


def request(method: str, target: str, *lines: Header, host: bytes = HOST, scheme: str = "https") -> Request:
    headers = ((b"Host", host), *SIGNED, *lines)
    return Request(method.encode(), scheme, host.decode(), 443, target.encode(), headers)


BASE = request("PUT", "/photos/2024/a.jpg", (b"Content-Type", b"image/jpeg"), (b"x-amz-meta-by", b"me"))
BODY = payload_of(b"the bytes")


def with_lines(*lines: Header) -> Request:
    return replace(BASE, headers=(*BASE.headers, *lines))


VARIANTS: dict[str, tuple[tuple[str, ...], Request, Payload]] = {
    "another operation, which stores no metadata": (
        ("operation", "metadata"),
        replace(BASE, target=b"/photos/2024/a.jpg?acl"),
        BODY,
    ),
    "another method": (("operation", "metadata"), replace(BASE, method=b"POST"), BODY),
    "another bucket": (("bucket",), replace(BASE, target=b"/videos/2024/a.jpg"), BODY),
    "another key": (("key",), replace(BASE, target=b"/photos/2024/b.jpg"), BODY),
    "another case of the key": (("key",), replace(BASE, target=b"/photos/2024/A.jpg"), BODY),
    "a key with a slash more": (("key",), replace(BASE, target=b"/photos/2024//a.jpg"), BODY),
    "a query": (("query",), replace(BASE, target=b"/photos/2024/a.jpg?versionId=3"), BODY),
    "a range": (("range",), with_lines((b"Range", b"bytes=0-9")), BODY),
    "a condition": (("conditions",), with_lines((b"If-None-Match", b"*")), BODY),
    "a date as condition": (
        ("conditions",),
        with_lines((b"If-Unmodified-Since", b"Mon, 21 Sep 2026 13:33:20 GMT")),
        BODY,
    ),
    "encryption": (("encryption",), with_lines((b"x-amz-server-side-encryption", b"AES256")), BODY),
    "a customer's key": (
        ("encryption",),
        with_lines((b"x-amz-server-side-encryption-customer-algorithm", b"AES256")),
        BODY,
    ),
    "an ACL": (("settings",), with_lines((b"x-amz-acl", b"public-read")), BODY),
    "a grant": (("settings",), with_lines((b"x-amz-grant-read", b"id=1")), BODY),
    "tags": (("settings",), with_lines((b"x-amz-tagging", b"a=1")), BODY),
    "a lock": (("settings",), with_lines((b"x-amz-object-lock-mode", b"GOVERNANCE")), BODY),
    "another payload": (("payload",), BASE, payload_of(b"other bytes")),
    "no payload": (("payload",), BASE, payload_of(b"")),
    "another content type": (
        ("metadata",),
        replace(BASE, headers=((b"Host", HOST), *SIGNED, (b"Content-Type", b"image/png"), (b"x-amz-meta-by", b"me"))),
        BODY,
    ),
    "more metadata": (("metadata",), with_lines((b"x-amz-meta-mtime", b"1700000000")), BODY),
    "an encoding of the object": (("metadata",), with_lines((b"Content-Encoding", b"gzip")), BODY),
    "another host": (
        ("host", "region", "uri", "headers"),
        replace(BASE, headers=((b"Host", b"s3.eu-central-003.backblazeb2.com"), *BASE.headers[1:])),
        BODY,
    ),
    "http": (("scheme", "uri"), replace(BASE, scheme="http"), BODY),
    "another port": (("port", "uri"), replace(BASE, port=9000), BODY),
    "another spelling of the path": (("path", "uri"), replace(BASE, target=b"/photos/2024/%61.jpg"), BODY),
}
"""What is different, the dimensions that object to it (of all that have to do with meaning), and how it is asked."""

OF_MEANING = (*DEFAULT, "metadata")
OF_WRITING = ("method", "scheme", "host", "port", "path", "uri", "style", "region", "headers")
IMPLIED = {"method", "headers", "path", "uri"}
"""Dimensions of writing that also see what a change of meaning does to the bytes."""


@pytest.mark.parametrize("what", VARIANTS)
def test_each_dimension_objects_exactly_when_its_own_part_differs(what: str) -> None:
    """A variant in one part, and every matcher there is: the one objects, all others agree."""
    objecting, asked, payload = VARIANTS[what]
    base = (question_of(BASE, BODY), BASE)
    other = (question_of(asked, payload), asked)
    found = set(apart(DIMENSIONS, base, other))
    expected = set(objecting)
    if expected & set(OF_MEANING):
        assert found & set(OF_MEANING) == expected
        assert found - expected <= IMPLIED
    else:
        assert found == expected


SAME: dict[str, Request] = {
    "other credentials": replace(
        BASE, headers=((b"Host", HOST), (b"Authorization", b"AWS4-HMAC-SHA256 else"), *BASE.headers[2:])
    ),
    "a session token": with_lines((b"X-Amz-Security-Token", b"abc")),
    "another client": with_lines((b"User-Agent", b"Boto3/1"), (b"x-amz-user-agent", b"aws-sdk-js/3")),
    "ids of the call": with_lines((b"amz-sdk-invocation-id", b"1-2"), (b"amz-sdk-request", b"attempt=2; max=5")),
    "checksums": with_lines((b"x-amz-checksum-crc32", b"AAAA"), (b"x-amz-sdk-checksum-algorithm", b"CRC32")),
    "MD5": with_lines((b"Content-MD5", b"abc")),
    "expect": with_lines((b"Expect", b"100-continue"), (b"Connection", b"close")),
    "defaults written out": with_lines((b"x-amz-acl", b"private"), (b"x-amz-storage-class", b"STANDARD")),
    "x-id": replace(BASE, target=b"/photos/2024/a.jpg?x-id=PutObject"),
    "virtual-host style": replace(
        BASE, target=b"/2024/a.jpg", headers=((b"Host", b"photos." + HOST), *BASE.headers[1:])
    ),
    "another region": replace(BASE, headers=((b"Host", b"s3.us-east-005.backblazeb2.com"), *BASE.headers[1:])),
    "a server on this machine": replace(
        BASE, scheme="http", host="127.0.0.1", headers=((b"Host", b"127.0.0.1:9000"), *BASE.headers[1:])
    ),
    "a bucket below localhost": replace(
        BASE, target=b"/2024/a.jpg", headers=((b"Host", b"photos.localhost:9000"), *BASE.headers[1:])
    ),
    "HTTP/2": replace(BASE, http_version="HTTP/2.0", authority=HOST, headers=BASE.headers[1:]),
    "the path encoded": replace(BASE, target=b"/photos/%32%30%32%34/%61.jpg"),
    "lines in another order and case": replace(
        BASE, headers=tuple((name.upper(), value) for name, value in reversed(BASE.headers))
    ),
    "presigned": replace(
        BASE,
        target=b"/photos/2024/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20260101&X-Amz-Date=2026"
        b"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=abc&x-amz-checksum-crc32=AAAAAA%3D%3D",
        headers=((b"Host", HOST), (b"Content-Type", b"image/jpeg"), (b"x-amz-meta-by", b"me")),
    ),
    "presigned, with metadata in the URL": replace(
        BASE,
        target=b"/photos/2024/a.jpg?AWSAccessKeyId=k&Signature=s&Expires=1&x-amz-meta-by=me",
        headers=((b"Host", HOST), (b"Content-Type", b"image/jpeg")),
    ),
}
"""The same question, written otherwise."""


@pytest.mark.parametrize("how", SAME)
def test_what_is_not_asked_is_no_part_of_the_question(how: str) -> None:
    """Signatures, dates, ids, clients, checksums, hosts, styles, encodings: all fields are the same."""
    assert question_of(SAME[how], BODY) == question_of(BASE, BODY)


def test_match_on_takes_the_names_that_vcrpy_has() -> None:
    """And refuses others, saying which there are."""
    assert named(["method", "scheme", "host", "port", "path", "query", "body", "uri"]) == (
        *("method", "scheme", "host", "port", "path", "query", "payload", "uri"),
    )
    with pytest.raises(Exception, match="does not know 'cookies'"):
        named(["cookies"])


# Payloads


def framed(data: bytes, *, signed: bool, chunk: int) -> bytes:
    encoder = Encoder((lambda _: b"a" * 64) if signed else None, chunk)
    trailers = () if signed else ((b"x-amz-checksum-crc32", b"AAAAAA=="),)
    return b"".join((*encoder.feed(data), *encoder.finish(lambda: trailers)))


@given(st.binary(max_size=300_000), st.booleans(), st.integers(1, 70_000), st.integers(1, 100_000))
def test_framing_is_no_part_of_a_payload(data: bytes, signed: bool, chunk: int, cut: int) -> None:
    """http and https, signed chunks and trailers, chunks of any size arriving in any pieces: one payload."""
    word = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if signed else b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    asked = request("PUT", "/b/k", (b"Content-Encoding", b"aws-chunked"))
    asked = replace(asked, headers=tuple((n, word if n == b"X-Amz-Content-SHA256" else v) for n, v in asked.headers))
    body = framed(data, signed=signed, chunk=max(chunk, len(data) // 500 + 1))
    intake = Intake(asked)
    for at in range(0, len(body), cut):
        intake.feed(body[at : at + cut])
    taken = intake.finish()
    plain = payload_of(data)
    assert (taken.size, taken.sha256, taken.blocks, taken.broken) == (plain.size, plain.sha256, plain.blocks, None)
    assert question_of(asked, taken) == question_of(request("PUT", "/b/k"), plain)


def payload_question(target: str, body: bytes, *lines: Header, method: str = "POST") -> Question:
    return question_of(request(method, target, *lines), payload_of(body))


DELETE = (
    b'<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object>'
    b"<Object><Key>c</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"
)
DOCUMENTS = {
    "order of keys, white space, namespace": (
        "/b?delete",
        DELETE,
        b"<Delete>\n <Quiet>true</Quiet>\n <Object>\n<VersionId>1</VersionId><Key>c</Key></Object>"
        b"<Object><Key>a&#38;b</Key></Object></Delete>",
        True,
    ),
    "another key": ("/b?delete", DELETE, DELETE.replace(b">c<", b">d<"), False),
    "another version": ("/b?delete", DELETE, DELETE.replace(b">1<", b">2<"), False),
    "not quiet": ("/b?delete", DELETE, DELETE.replace(b"true", b"false"), False),
    "the checksum of a part": (
        "/b/k?uploadId=u",
        b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>",
        b"<CompleteMultipartUpload><Part><ChecksumCRC32>x</ChecksumCRC32><ETag>&quot;a&quot;</ETag><PartNumber>1"
        b"</PartNumber></Part></CompleteMultipartUpload>",
        True,
    ),
    "a part more": (
        "/b/k?uploadId=u",
        b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part>"
        b"</CompleteMultipartUpload>",
        False,
    ),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_documents_are_compared_by_what_they_say(what: str) -> None:
    """XML as a tree; of parts their numbers, of keys to delete the set."""
    target, one, other, same = DOCUMENTS[what]
    first, second = payload_question(target, one), payload_question(target, other)
    assert (first.payload == second.payload) is same


def test_a_bucket_is_the_same_in_every_region() -> None:
    """Its location is a region, and region is part of no question; none at all is the same."""
    body = (
        b"<CreateBucketConfiguration><LocationConstraint>us-west-004</LocationConstraint></CreateBucketConfiguration>"
    )
    assert payload_question("/b", body, method="PUT") == question_of(request("PUT", "/b"))


def test_an_objects_own_xml_is_bytes() -> None:
    """A document that is stored is compared byte by byte: white space in it is content."""
    one, other = (payload_question("/b/k.xml", data, method="PUT") for data in (b"<a> </a>", b"<a></a>"))
    assert one.payload != other.payload


def form(mark: bytes, signature: bytes, file: bytes = b"data") -> tuple[Header, bytes]:
    parts = ((b"key", b"k"), (b"policy", signature), (b"x-amz-signature", signature), (b"acl", b"private"))
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (mark, *part) for part in parts
    )
    body += b'--%b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%b\r\n--%b--\r\n' % (
        mark,
        file,
        mark,
    )
    return (b"Content-Type", b"multipart/form-data; boundary=" + mark), body


def test_a_form_is_its_fields_and_its_file() -> None:
    """Boundary, policy and signature are drawn anew each time."""
    (line, one), (other_line, other), (last_line, last) = form(b"aa", b"1"), form(b"bbb", b"2"), form(b"aa", b"1", b"x")
    asked = payload_question("/b", one, line)
    assert asked.operation == "PostObject"
    assert asked.payload == payload_question("/b", other, other_line).payload
    assert asked.payload != payload_question("/b", last, last_line).payload


def test_json_is_compared_as_a_tree() -> None:
    """The native API's calls; its host, its account's numbers and its tokens do not matter."""
    line = (b"Authorization", b"4_0041_token")
    one = Request(
        b"POST",
        "https",
        "api004.backblazeb2.com",
        443,
        b"/b2api/v3/b2_list_file_names",
        ((b"Host", b"api004.backblazeb2.com"), line),
    )
    other = replace(
        one, host="127.0.0.1", headers=((b"Host", b"127.0.0.1:8900"),), target=b"/b2api/v3/b2_list_file_names"
    )
    asked = question_of(one, payload_of(b'{"bucketId": "b", "maxFileCount": 10}'))
    assert asked.api == "b2"
    assert asked == question_of(other, payload_of(b'{"maxFileCount":10,"bucketId":"b"}'))


# Spelling

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda k: not k.startswith("/")
)


@given(keys, st.booleans(), st.booleans(), st.randoms())
def test_a_question_does_not_depend_on_its_spelling(key: str, in_host: bool, all_encoded: bool, random: object) -> None:
    """Whatever is encoded in the path, whichever style: the same key in the same bucket."""
    path = "".join(f"%{byte:02X}" for byte in key.encode()) if all_encoded else quote(key, safe="/~-._")
    plain = question_of(request("GET", "/photos/" + quote(key, safe="/")))
    asked = request("GET", "/" + path, host=b"photos." + HOST) if in_host else request("GET", "/photos/" + path)
    assert question_of(asked) == plain
    assert plain.key == key.encode()


pairs = st.lists(
    st.tuples(st.sampled_from(["prefix", "marker", "start-after", "max-keys"]), st.text(max_size=12)),
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@given(pairs, st.randoms(use_true_random=False))
def test_a_query_is_a_set_of_parameters(asked: list[tuple[str, str]], random: object) -> None:
    """Their order, `+` for a space, and parameters that say nothing do not matter."""
    one = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)
    other = "&".join(
        f"{name}={quote(value, safe='').replace('%20', '+')}" for name, value in reversed([*asked, ("delimiter", "")])
    )
    left, right = (question_of(request("GET", f"/b?list-type=2&{query}")) for query in (one, other))
    assert left == right


def test_nothing_that_a_client_sends_raises() -> None:
    """Broken paths, queries, lines and framing are questions too."""
    for target in (b"", b"*", b"/%", b"/%zz/%", b"/b/%ff?%zz=%&&=&uploadId", b"http://x/b/k?a", b"/b?" + b"&" * 5000):
        for method in (b"GET", b"PATCH", b"\xff"):
            headers = ((b"Range", b"bytes=a"), (b"If-Modified-Since", b"never"), (b"\xff", b"\xff"))
            question_of(Request(method, "https", "h", 443, target, headers), payload_of(b"<a"))
