"""Lint: what of any S3 traffic B2 does not take is named, and what B2 takes is not."""

from __future__ import annotations

import runpy
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnose.lint.linter import lint
from inspector.diagnose.lint.model import Head, Level, Report, Row
from inspector.diagnose.lint.table import BY_SLUG, RULES
from inspector.diagnose.register import all_causes
from inspector.facts import facts_of
from inspector.wire.exchange import Response
from inspector.wire.headers import pack, unpack
from tests.support.diagnosed import request_of

AWS = "s3.eu-west-1.amazonaws.com"
B2 = "s3.us-west-004.backblazeb2.com"
SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/eu-west-1/s3/aws4_request, " + (
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)
B2_ID, AWS_ID = "f15a449517f8b909", "TX4K2M0QZ8"


@dataclass(frozen=True)
class Asked:
    """A request, the answer's status and id, and where it went."""

    first: str
    lines: tuple[str, ...] = (SIGNED,)
    body: bytes = b""
    host: str = AWS
    scheme: str = "https"
    status: int = 200
    request_id: str = AWS_ID
    server: str = "52.218.0.1:443"
    size: int | None = None
    message: str | None = None

    def row(self, number: int = 1) -> Row:
        """As a recording would have it."""
        request = request_of("\n".join([f"{self.first} HTTP/1.1", f"Host: {self.host}", *self.lines]))
        response = Response(self.status, ((b"x-amz-request-id", self.request_id.encode()),))
        facts = facts_of(request, response, self.body, b"")
        return Row(
            id=number,
            method=request.method.decode(),
            scheme=self.scheme,
            host=request.host,
            target=request.target,
            block=pack(request.headers),
            status=self.status,
            operation=facts.operation,
            bucket=facts.bucket,
            key=None if facts.key is None else facts.key.decode("utf-8", "replace"),
            key_bytes=facts.key,
            client=facts.client,
            auth=facts.auth,
            payload=facts.payload,
            presigned=int(facts.presigned),
            request_size=len(self.body) if self.size is None else self.size,
            upload_id=facts.upload_id,
            part_number=facts.part_number,
            request_id=facts.request_id,
            server_address=self.server,
            error_message=self.message,
            body=number if self.body else None,
        )


def found(*calls: Asked) -> Report:
    """What lint says of these calls."""
    bodies = {number: call.body for number, call in enumerate(calls, 1)}
    return lint((call.row(number) for number, call in enumerate(calls, 1)), bodies.__getitem__)


def slugs(*calls: Asked) -> set[str]:
    return set(found(*calls).found)


def put(*lines: str, host: str = AWS, key: str = "a.jpg") -> Asked:
    return Asked(f"PUT /photos/{key}", (SIGNED, *lines), host=host)


URL = (
    "GET /photos/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIA%2F20261122%2Feu-west-1%2Fs3%2Faws4_request"
    f"&X-Amz-Date=20261122T120000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={'0' * 64}"
)
TWIN = b"""<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration>\
<Days>1</Days></Expiration></Rule><Rule><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration>\
<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>"""
PLAIN = Asked("GET /photos/a.jpg")

CASES: tuple[tuple[str, Asked, Asked], ...] = (
    ("unsupported-subresource", Asked("GET /photos?policy"), Asked("GET /photos?cors")),
    ("post-object", Asked("POST /photos", ("Content-Type: multipart/form-data; boundary=x",)), PLAIN),
    ("object-tagging-call", Asked("PUT /photos/a.jpg?tagging"), Asked("PUT /photos/a.jpg?retention")),
    ("tagging-stub", Asked("GET /photos/a.jpg?tagging"), PLAIN),
    ("unknown-call", Asked("GET /photos?frobnicate"), PLAIN),
    ("object-lock-existing-bucket", Asked("PUT /photos?object-lock"), Asked("GET /photos?object-lock")),
    ("tagging-header", put("x-amz-tagging:"), put()),
    ("tagging-directive", put("x-amz-copy-source: /a/b", "x-amz-tagging-directive: COPY"), put()),
    ("conditional-write", put("If-None-Match: *"), Asked("GET /photos/a.jpg", (SIGNED, 'If-None-Match: "a"'))),
    ("storage-class", put("x-amz-storage-class: GLACIER"), put("x-amz-storage-class: STANDARD")),
    ("sse-kms", put("x-amz-server-side-encryption: aws:kms"), put("x-amz-server-side-encryption: AES256")),
    ("sse-kms", Asked("PUT /photos?encryption", body=b"<SSEAlgorithm>aws:kms</SSEAlgorithm>"),
     Asked("PUT /photos?encryption", body=b"<SSEAlgorithm>AES256</SSEAlgorithm>")),
    ("sse-c-headers", put("x-amz-server-side-encryption-customer-algorithm: AES256"),
     put(*(f"x-amz-server-side-encryption-customer-{part}" for part in ("algorithm: AES256", "key: a", "key-md5: b")))),
    ("canned-acl-unsupported", put("x-amz-acl: authenticated-read"), put("x-amz-acl: private")),
    ("acl-of-the-bucket", put("x-amz-acl: public-read"), Asked("PUT /photos", (SIGNED, "x-amz-acl: private"))),
    ("acl-grants-xml", put("x-amz-grant-read: id=1"), put()),
    ("acl-grants-xml", Asked("PUT /photos?acl", body=b"<AccessControlPolicy/>"),
     Asked("PUT /photos?acl", (SIGNED, "x-amz-acl: private"))),
    ("object-acl-mismatch", Asked("PUT /photos/a.jpg?acl"), Asked("GET /photos/a.jpg?acl")),
    ("header-not-documented", put("x-amz-website-redirect-location: /b"), put("x-amz-meta-a: b")),
    ("expected-bucket-owner", put("x-amz-expected-bucket-owner: 123456789012"), put()),
    ("b2-checksum-unsupported", put("x-amz-checksum-crc32: AAAAAA=="), put("Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==")),
    ("trailer-upload", put("x-amz-trailer: x-amz-checksum-crc32"), put()),
    ("chunk-signed-unknown", put("x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
     put("x-amz-content-sha256: UNSIGNED-PAYLOAD")),
    ("object-lock-missing-md5", put("x-amz-object-lock-mode: GOVERNANCE"),
     put("x-amz-object-lock-mode: GOVERNANCE", "x-amz-checksum-crc32: AAAAAA==")),
    ("presigned-put-empty-crc32", Asked(f"{URL}&x-amz-checksum-crc32=AAAAAA%3D%3D".replace("GET", "PUT"), ()),
     Asked(URL.replace("GET", "PUT"), ())),
    ("sigv2-used", Asked("GET /photos/a.jpg", ("Authorization: AWS AKIA:abc=",)), PLAIN),
    ("sigv4a-used", Asked("GET /photos/a.jpg", (SIGNED.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),)), PLAIN),
    ("token-extra", put("x-amz-security-token: abc"), put()),
    ("token-extra", Asked(f"{URL}&X-Amz-Security-Token=abc", ()), Asked(URL, ())),
    ("auth-missing", Asked("GET /photos?list-type=2", ()), Asked("GET /photos/a.jpg", ())),
    ("presign-too-long", Asked(URL.replace("3600", "2592000"), ()), Asked(URL.replace("3600", "604800"), ())),
    ("http-not-https", Asked("GET /photos/a.jpg", host=B2, scheme="http"), Asked("GET /photos/a.jpg", host=B2)),
    ("http-elsewhere", Asked("GET /photos/a.jpg", scheme="http"), PLAIN),
    ("bucket-with-dots-tls", Asked("GET /a", host=f"my.photos.{AWS}"), Asked("GET /my.photos/a")),
    ("bucket-name-invalid", Asked("GET /pics/a"), PLAIN),
    ("bucket-name-invalid", Asked("GET /my_photos/a"), Asked("GET /my-photos/a")),
    ("bucket-name-invalid", Asked("GET /b2-photos/a"), Asked("GET /photos-b2/a")),
    ("bucket-name-invalid", Asked("GET /192.168.1.10/a"), PLAIN),
    ("key-name-invalid", put(key="a" * 1025), put(key="a" * 1024)),
    ("key-name-invalid", put(key="a%0Ab"), put(key="a%20b")),
    ("key-name-odd", put(key="a//b"), put(key="a/b")),
    ("metadata-too-large", put(f"x-amz-meta-a: {'b' * 7000}"), put(f"x-amz-meta-a: {'b' * 6000}")),
    ("metadata-too-large", put(f"x-amz-meta-a: {'b' * 3000}", "x-amz-server-side-encryption: AES256"),
     put(f"x-amz-meta-a: {'b' * 2000}", "x-amz-server-side-encryption: AES256")),
    ("part-number-range", put(key="a?partNumber=10001&uploadId=u"), put(key="a?partNumber=10000&uploadId=u")),
    ("single-put-too-big", Asked("PUT /photos/a", size=5_000_000_001), Asked("PUT /photos/a", size=5_000_000_000)),
    ("content-disposition-invalid", put("Content-Disposition: attachment; filename=name (2).png"),
     put('Content-Disposition: attachment; filename="name (2).png"; filename*=UTF-8\'\'name%20%282%29.png')),
    ("content-disposition-invalid", Asked(f"{URL}&response-content-disposition=attachment%3B%20filename%3Da%20b", ()),
     Asked(f"{URL}&response-content-disposition=attachment%3B%20filename%3Da.b", ())),
    ("lifecycle-unsupported", Asked("PUT /photos?lifecycle", body=TWIN.replace(b"Days>", b"Date>")),
     Asked("PUT /photos?lifecycle", body=TWIN)),
    ("cors-max-age", Asked("PUT /photos?cors", body=b"<MaxAgeSeconds>86401</MaxAgeSeconds>"),
     Asked("PUT /photos?cors", body=b"<MaxAgeSeconds>86400</MaxAgeSeconds>")),
    ("delete-only-hides", Asked("DELETE /photos/a"), Asked("DELETE /photos/a?versionId=4_z")),
    ("delete-only-hides", Asked("POST /photos?delete", body=b"<Object><Key>a</Key></Object>"),
     Asked("POST /photos?delete", body=b"<Object><Key>a</Key><VersionId>1</VersionId></Object>")),
    ("range-zero-ignored", Asked("GET /photos/a", (SIGNED, "Range: bytes=0-")),
     Asked("GET /photos/a", (SIGNED, "Range: bytes=0-9"))),
)  # fmt: skip
SUMMED = ("entity-too-small", "checksum-refused")
"""Rules that need more than a request: tested apart."""


@pytest.mark.parametrize(("slug", "bad", "good"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_rule_sees_its_case_and_nothing_beside(slug: str, bad: Asked, good: Asked) -> None:
    """One call that has it, and one near it that has not."""
    assert slug in slugs(bad)
    assert slug not in slugs(good)
    one = found(bad).found[slug]
    assert (one.count, one.ids) == (1, [1])
    assert one.seen
    assert one.fix


def test_every_rule_has_a_case() -> None:
    """And each says all that a reader needs."""
    assert {slug for slug, *_ in CASES} | set(SUMMED) == BY_SLUG.keys()
    assert len(BY_SLUG) == len(RULES)
    for rule in RULES:
        assert rule.era
        assert rule.sources
        assert rule.fix.endswith((".", ")"))
        assert not rule.title.endswith(".")
        assert (rule.cause or rule.slug) in all_causes() or not rule.cause


def test_the_document_is_that_of_the_table() -> None:
    """`python docs/make_lint.py` writes it anew."""
    docs = Path(__file__).parents[2] / "docs"
    made = runpy.run_path(str(docs / "make_lint.py"))
    assert (docs / "lint.md").read_text(encoding="utf-8") == made["document"]()


def test_what_b2_is_seen_to_take_is_no_case_of_what_it_refuses() -> None:
    """It may have learnt it since. A stand-in on this machine proves nothing."""
    call = put("If-None-Match: *", host=B2)
    assert "conditional-write" in slugs(call)
    taken = Asked(call.first, call.lines, host=B2, request_id=B2_ID)
    assert slugs(taken) == set()
    assert "conditional-write" in slugs(Asked(call.first, call.lines, host=B2, request_id=B2_ID, server="127.0.0.1:9"))
    assert "conditional-write" in slugs(Asked(call.first, call.lines, host=B2, request_id=B2_ID, status=501))


def test_parts_that_are_too_small_but_for_the_last() -> None:
    """By the payload's length where the body is a frame; a part that was sent again counts once."""

    def part(number: int, size: int, *lines: str) -> Asked:
        return Asked(f"PUT /photos/a?partNumber={number}&uploadId=u", (SIGNED, *lines), size=size)

    small = found(part(1, 4_999_999), part(1, 4_999_999), part(2, 5_000_000), part(3, 10)).found["entity-too-small"]
    assert (small.count, small.ids) == (1, [2])
    framed = part(1, 5_000_100, "x-amz-decoded-content-length: 4999990")
    assert "entity-too-small" in slugs(framed, part(2, 10))
    assert "entity-too-small" not in slugs(part(1, 10))


def test_checksums_that_b2_refused_are_errors() -> None:
    """The answer decides, not the header."""
    said = "Unsupported header 'x-amz-checksum-crc32' received for this API call."
    call = Asked("PUT /photos/a", (SIGNED, "x-amz-checksum-crc32: AAAAAA=="), host=B2, status=400, message=said)
    assert found(call).reaches(Level.ERROR)
    elsewhere = Asked(call.first, call.lines, status=400, message=said)
    assert not found(elsewhere).reaches(Level.WARNING)


def test_a_genuine_session_is_clean() -> None:
    """What the SDKs send to B2 has nothing above a note."""
    calls = [
        Asked("GET /", host=B2),
        Asked("PUT /photos", host=B2),
        put("Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", "Expect: 100-continue", host=B2),
        put("x-amz-checksum-crc32: AAAAAA==", "x-amz-sdk-checksum-algorithm: CRC32", host=B2),
        put("x-amz-copy-source: /photos/b", "x-amz-metadata-directive: REPLACE", "x-amz-meta-a: b", host=B2),
        Asked("HEAD /photos/a.jpg", (SIGNED, 'If-None-Match: "a"'), host=B2),
        Asked("GET /a.jpg", host=f"photos.{B2}"),
        Asked("GET /photos?list-type=2&prefix=a%2F", host=B2),
        Asked("DELETE /photos/a.jpg", host=B2),
        Asked(URL, (), host=B2),
        Asked("OPTIONS /photos/a.jpg", ("Origin: https://a",), host=B2),
    ]
    report = found(*calls)
    assert not report.reaches(Level.WARNING), list(report.found)
    assert report.calls == len(calls)


def test_the_fix_is_that_of_the_sdk_that_most_calls_came_from() -> None:
    """Else the rule's own."""
    boto3 = put("x-amz-checksum-crc32: a", "User-Agent: Boto3/1.44.5")
    assert "Config(" in found(boto3).found["b2-checksum-unsupported"].fix
    assert found(put("x-amz-checksum-crc32: a")).found["b2-checksum-unsupported"].fix.startswith("Where B2 refuses")


def test_the_gravest_comes_first() -> None:
    """Among equals the most frequent."""
    report = found(
        PLAIN, Asked("DELETE /photos/a"), put("x-amz-tagging: a"), Asked("GET /photos?policy"), put("x-amz-tagging: b")
    )
    assert [one.rule.slug for one in report] == ["tagging-header", "unsupported-subresource", "delete-only-hides"]


@given(
    st.lists(st.tuples(st.sampled_from([b"Range", b"x-amz-acl", b"Host", b"a"]), st.binary(max_size=12)), max_size=5),
    st.binary(max_size=60),
    st.sampled_from([None, "PutObject", "UploadPart", "PutBucketCors", "DeleteObjects"]),
)
def test_no_bytes_raise(headers: Iterable[tuple[bytes, bytes]], target: bytes, operation: str | None) -> None:
    """Whatever a recording holds."""
    block = pack(headers)
    row = Asked("GET /photos/a").row()._replace(block=block, target=target, operation=operation, presigned=1, body=1)
    lint([row], lambda body: target)


@given(st.lists(st.tuples(st.sampled_from([b"A", b"a", b"B"]), st.sampled_from([b"1", b"2\r\n 3", b""]))))
def test_lines_are_read_as_the_wire_reads_them(headers: list[tuple[bytes, bytes]]) -> None:
    """The first of each name, folded lines whole."""
    block = pack(headers)
    first = {name.lower(): value for name, value in reversed(unpack(block))}
    assert Head(Asked("GET /photos/a").row()._replace(block=block)).lines == first
