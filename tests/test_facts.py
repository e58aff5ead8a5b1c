"""What an exchange means, told from its bytes."""

from __future__ import annotations

import dataclasses
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.facts import PREFIX, Facts, facts_of
from inspector.wire.exchange import EMPTY_DIGESTS, Request, Response

KEY_ID = "0040000000000000000000001"
WEST = "us-west-004"
S3 = f"s3.{WEST}.backblazeb2.com"
SCOPE = f"20250101/{WEST}/s3/aws4_request"
SIGNED = (
    (
        b"Authorization",
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
        f"Signature={'0' * 64}".encode(),
    ),
    (b"X-Amz-Date", b"20250101T000000Z"),
)
EMPTY = (b"X-Amz-Content-SHA256", EMPTY_DIGESTS.sha256.encode())
BOTO3 = (
    (b"User-Agent", b"Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.18"),
    (b"amz-sdk-invocation-id", b"c305f7d6-7ae5-4154-bfbc-9f119fbc7ae8"),
    (b"amz-sdk-request", b"attempt=2; max=5"),
)
B2_ANSWER = (
    (b"Server", b"nginx"),
    (b"x-amz-request-id", b"ab140bf1721be666"),
    (b"x-amz-id-2", b"aMc0zJDhdZM5mk2SoM0g53DmtNucw0jAj"),
    (b"Content-Type", b"application/xml"),
)
PRESIGNED = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY_ID}%2F{SCOPE.replace('/', '%2F')}".encode() + (
    b"&X-Amz-Date=20250101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + b"0" * 64
)


def call(method: str, host: str, target: bytes, *headers: tuple[bytes, bytes]) -> Request:
    return Request(method.encode(), "https", host, 443, target, ((b"Host", host.encode()), *headers))


def answer(status: int, *headers: tuple[bytes, bytes]) -> Response:
    return Response(status, (*B2_ANSWER, *headers))


def stated(code: str, message: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<Error>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n</Error>\n"
    ).encode()


def test_a_failed_download_of_boto3() -> None:
    """Every fact of a typical call, at once."""
    request = call("GET", f"my-bucket.{S3}", b"/a%20b/c.jpg?versionId=4_y", *SIGNED, EMPTY, *BOTO3)
    assert facts_of(request, answer(404), b"", stated("NoSuchKey", "Key not found")) == Facts(
        api="s3",
        operation="GetObject",
        bucket="my-bucket",
        key=b"a b/c.jpg",
        client="boto3 1.44.5",
        auth="sigv4-header",
        payload="empty",
        key_id=KEY_ID,
        region=WEST,
        error_code="NoSuchKey",
        error_message="Key not found",
        attempt=2,
        attempt_max=5,
        invocation_id="c305f7d6-7ae5-4154-bfbc-9f119fbc7ae8",
        version_id="4_y",
        request_id="ab140bf1721be666",
    )


def test_a_presigned_part() -> None:
    """The query authorizes; the answer's version is newer than what was asked for."""
    request = call("PUT", S3, b"/my-bucket/big?partNumber=7&uploadId=4_z%2B&versionId=old&" + PRESIGNED)
    facts = facts_of(request, answer(200, (b"x-amz-version-id", b"new")), b"data", b"")
    assert facts == Facts(
        api="s3",
        operation="UploadPart",
        bucket="my-bucket",
        key=b"big",
        auth="sigv4-query",
        payload="unsigned",
        key_id=KEY_ID,
        region=WEST,
        presigned=True,
        upload_id="4_z+",
        part_number=7,
        version_id="new",
        request_id="ab140bf1721be666",
    )


def test_native_log_in() -> None:
    basic = (b"Authorization", b"Basic MDA0MDAwOnNlY3JldA==")  # 004000:secret
    request = call("GET", "api.backblazeb2.com", b"/b2api/v4/b2_authorize_account", basic, (b"User-Agent", b"x/1"))
    assert facts_of(request, Response(200, ()), b"", b"{}") == Facts(
        api="b2", operation="b2_authorize_account", client="x 1", auth="b2-native", key_id="004000"
    )


def test_native_upload_that_fails() -> None:
    request = call(
        "POST",
        "pod-000-1007-13.backblaze.com",
        b"/b2api/v3/b2_upload_part/4_z/c001_v0001007_t0042",
        (b"Authorization", b"4_0020000_01a_token"),
        (b"X-Bz-Part-Number", b"3"),
    )
    body = b'{"code": "service_unavailable", "message": "no tomes available", "status": 503}'
    facts = facts_of(request, Response(503, ()), b"data", body)
    assert facts == Facts(
        api="b2",
        operation="b2_upload_part",
        auth="b2-native",
        error_code="service_unavailable",
        error_message="no tomes available",
        upload_id="4_z",
        part_number=3,
    )


JSON_500 = b'{"code": "internal_error", "message": "incident id 1", "status": 500}'
SLOW = stated("SlowDown", "slow")
KEYS_FAILED = b"<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>m</Message></Error></DeleteResult>"

ERRORS = [
    # method, target, headers, status, body, error code
    ("GET", b"/b/k", (), 500, JSON_500, "internal_error"),
    ("GET", b"/b/k", (), 503, SLOW, "SlowDown"),
    ("GET", b"/b/k", (), 301, stated("PermanentRedirect", "there"), "PermanentRedirect"),
    ("GET", b"/b/k", (), 304, b"", None),
    ("GET", b"/b/k", (), 502, b"<html><body>Bad Gateway</body></html>", None),
    ("GET", b"/b/k", (), 403, b"<Error><Code>AccessDen", "AccessDen"),
    ("GET", b"/b/k", (), 403, b"<Error/>", None),
    # a HEAD has no body; bytes that an import brings are no answer's
    ("HEAD", b"/b/k", (), 403, b"", None),
    ("HEAD", b"/b/k", (), 403, SLOW, None),
    # an object may hold anything
    ("GET", b"/b/k", (), 200, SLOW, None),
    ("GET", b"/b/k", (), 206, SLOW, None),
    # three operations fail under 200, after white space that keeps the connection alive
    ("POST", b"/b/k?uploadId=u", (), 200, b"\n  \n" + stated("InternalError", "m"), "InternalError"),
    ("PUT", b"/b/k", ((b"x-amz-copy-source", b"b/k"),), 200, stated("SlowDown", "m"), "SlowDown"),
    ("PUT", b"/b/k?partNumber=1&uploadId=u", ((b"x-amz-copy-source", b"b/k"),), 200, SLOW, "SlowDown"),
    ("POST", b"/b/k?uploadId=u", (), 200, b"<CompleteMultipartUploadResult/>", None),
    # the failures of single keys are results
    ("POST", b"/b?delete", (), 200, KEYS_FAILED, None),
    ("POST", b"/b?delete", (), 400, stated("MalformedXML", "m"), "MalformedXML"),
    # no operation is known, an error is one all the same
    ("PATCH", b"/b/k", (), 405, stated("MethodNotAllowed", "m"), "MethodNotAllowed"),
]


@pytest.mark.parametrize(("method", "target", "headers", "status", "body", "code"), ERRORS)
def test_where_an_error_is_read(
    method: str, target: bytes, headers: tuple[tuple[bytes, bytes], ...], status: int, body: bytes, code: str | None
) -> None:
    assert facts_of(call(method, S3, target, *headers), answer(status), b"", body).error_code == code


def test_an_error_that_something_zipped_on_its_way() -> None:
    zipped = answer(403, (b"Content-Encoding", b"gzip"))
    request = call("GET", S3, b"/b/k")
    body = gzip.compress(stated("AccessDenied", "not entitled"))
    assert facts_of(request, zipped, b"", body).error_message == "not entitled"
    assert facts_of(request, zipped, b"", body[:60]).error_code in (None, "AccessDenied")
    assert facts_of(request, zipped, b"", stated("AccessDenied", "m")).error_code == "AccessDenied"
    assert facts_of(request, zipped, b"", gzip.compress(b"<Error>" + b" " * 50_000_000)).error_code is None


def test_no_answer_no_error() -> None:
    facts = facts_of(call("GET", S3, b"/b/k"), None, b"", b"")
    assert (facts.operation, facts.error_code, facts.request_id, facts.region) == ("GetObject", None, None, WEST)


def test_an_upload_is_one_from_its_start() -> None:
    """The call that starts an upload carries the id that its answer gives."""
    body = b"<InitiateMultipartUploadResult><UploadId>4_z</UploadId></InitiateMultipartUploadResult>"
    facts = facts_of(call("POST", S3, b"/b/k?uploads"), answer(200), b"", body)
    assert (facts.operation, facts.upload_id) == ("CreateMultipartUpload", "4_z")


def test_a_form_upload_names_its_key_in_a_field() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\na/b.txt\r\n--x\r\n'
    request = call("POST", f"b.{S3}", b"/", (b"Content-Type", b"multipart/form-data; boundary=x"))
    facts = facts_of(request, None, body, b"")
    assert (facts.operation, facts.bucket, facts.key) == ("PostObject", "b", b"a/b.txt")


ELSEWHERE = [
    # host, headers of the request, headers of the answer, api
    ("localhost:9000", SIGNED, (), "s3"),
    ("minio.example.com", (), ((b"x-amz-request-id", b"1"),), "s3"),
    ("10.0.0.1", ((b"x-amz-acl", b"private"),), (), "s3"),
    ("example.com", (), (), None),
    ("example.com", ((b"Authorization", b"Bearer x"),), (), None),
    ("sts.amazonaws.com", SIGNED, (), None),
    ("dynamodb.us-west-2.amazonaws.com", SIGNED, (), None),
    ("s3.us-west-2.amazonaws.com", (), (), "s3"),
    (S3, (), (), "s3"),
    ("f004.backblazeb2.com", (), (), "b2"),
    ("www.backblaze.com", (), (), None),
]


@pytest.mark.parametrize(("host", "headers", "received", "api"), ELSEWHERE)
def test_a_strange_host_must_show_that_it_speaks_s3(
    host: str, headers: tuple[tuple[bytes, bytes], ...], received: tuple[tuple[bytes, bytes], ...], api: str | None
) -> None:
    """A web page that passes by has no bucket and no operation."""
    facts = facts_of(call("GET", host, b"/index.html", *headers), Response(200, received), b"", b"")
    assert facts.api == api
    assert facts.bucket == ("index.html" if api == "s3" else None)


def test_http2_says_its_host_in_the_authority() -> None:
    headers = tuple((name.lower(), value) for name, value in (*SIGNED, EMPTY))
    request = Request(b"GET", "https", "10.0.0.1", 443, b"/k", headers, "HTTP/2", f"b.{S3}".encode())
    facts = facts_of(request, None, b"", b"")
    assert (facts.bucket, facts.key, facts.auth, facts.key_id) == ("b", b"k", "sigv4-header", KEY_ID)


ATTEMPTS = [
    (b"attempt=1", 1, None),
    (b"attempt=3; max=4", 3, 4),
    (b"ttl=20250101T000000Z; attempt=2; max=3", 2, 3),
    (b"max=3;attempt=2", 2, 3),
    (b"attempt=9999999999", None, None),
    (b"attempt=-1; max=x", None, None),
    (b"reattempt=1", None, None),
    (b"", None, None),
]


@pytest.mark.parametrize(("line", "attempt", "most"), ATTEMPTS)
def test_attempts_are_counted_by_the_sdk(line: bytes, attempt: int | None, most: int | None) -> None:
    facts = facts_of(call("GET", S3, b"/b/k", (b"Amz-Sdk-Request", line)), None, b"", b"")
    assert (facts.attempt, facts.attempt_max) == (attempt, most)


@pytest.mark.parametrize("number", [b"", b"x", b"-1", b"1.5", b"9" * 30, "１".encode(), b"1%00"])
def test_a_part_number_is_a_small_number_or_none(number: bytes) -> None:
    target = b"/b/k?uploadId=u&partNumber=" + number
    assert facts_of(call("PUT", S3, target), None, b"", b"").part_number is None


def storable(facts: Facts) -> bool:
    """Whether SQLite takes every value: text without lone surrogates, integers of 64 bits."""
    values: list[Any] = [getattr(facts, field.name) for field in dataclasses.fields(facts)]
    return all(
        value.encode("utf-8") is not None
        if isinstance(value, str)
        else value is None or isinstance(value, bytes) or abs(value) < 2**63
        for value in values
    )


NAMES = st.one_of(
    st.binary(),
    st.sampled_from(
        [
            *(b"host", b"authorization", b"user-agent", b"x-amz-user-agent", b"amz-sdk-request", b"content-type"),
            *(b"amz-sdk-invocation-id", b"x-amz-copy-source", b"x-amz-content-sha256", b"x-bz-file-name"),
            *(b"x-bz-part-number", b"x-bz-file-id", b"content-encoding", b"x-amz-request-id", b"x-amz-version-id"),
        ]
    ),
)
VALUES = st.one_of(
    st.binary(),
    st.sampled_from(
        [*(value for _, value in SIGNED), b"gzip", b"multipart/form-data; boundary=x", b"Basic ==", S3.encode()]
    ),
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(tuple)
TARGETS = st.tuples(
    st.sampled_from([b"", b"/", b"/b/k?", b"/b?", b"/file/b/", b"/b2api/v2/b2_hide_file", b"/b/k?" + PRESIGNED]),
    st.binary(),
).map(b"".join)
HOSTS = st.sampled_from([S3, f"b.{S3}", "api004.backblazeb2.com", "f004.backblazeb2.com", "localhost", "", "\ud800"])
BODIES = st.tuples(
    st.sampled_from([b"", b"<Error>", b"<Error><Code>", b'{"code":', b"\x1f\x8b\x08", b"--x\r\n"]), st.binary()
)
ANSWERS = st.none() | st.builds(Response, st.integers(100, 599), HEADERS)
METHODS = st.sampled_from([b"GET", b"PUT", b"POST", b"HEAD", b"DELETE", b"OPTIONS"]) | st.binary()
REQUESTS = st.builds(
    Request,
    method=METHODS,
    scheme=st.just("https"),
    host=HOSTS,
    port=st.just(443),
    target=TARGETS,
    headers=HEADERS,
    authority=st.binary(max_size=20),
)


@given(REQUESTS, ANSWERS, BODIES.map(b"".join), BODIES.map(b"".join))
def test_any_bytes_have_facts_that_can_be_stored(
    request_: Request, response: Response | None, sent: bytes, received: bytes
) -> None:
    assert storable(facts_of(request_, response, sent, received))


def test_bodies_are_read_at_their_beginning() -> None:
    """A caller that hands over a whole body gets what one gets that hands over its prefix."""
    request = call("POST", f"b.{S3}", b"/", (b"Content-Type", b"multipart/form-data; boundary=x"))
    field = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x--\r\n'
    body = b"preamble" * PREFIX + field
    assert facts_of(request, None, body, b"") == facts_of(request, None, body[:PREFIX], b"")
