"""What B2 refuses, misses or does otherwise: each cause is seen where it is, and nowhere else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace

import pytest

from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.diagnose.register import all_rules
from inspector.s3.sentences import BY_NAME
from inspector.wire.exchange import Exchange, Failure
from inspector.wire.headers import Headers
from tests.support.diagnosed import Answer, asked, before

HINT, LIKELY, CERTAIN = Certainty.HINT, Certainty.LIKELY, Certainty.CERTAIN
FAMILIES = ("checksums", "unsupported", "transport", "surprises")

HEAD = """\
{} HTTP/1.1
Host: s3.us-west-004.backblazeb2.com
x-amz-date: 20261122T120000Z
x-amz-content-sha256: UNSIGNED-PAYLOAD
User-Agent: Boto3/1.44.5
Authorization: AWS4-HMAC-SHA256 Credential=004a1b2c3d4e5f60000000007/20261122/us-west-004/s3/aws4_request, \
SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={}
"""
OBJECT, BUCKET = "/photos/a.jpg", "/photos"


def request(first: str, *lines: str, host: str = "s3.us-west-004.backblazeb2.com") -> str:
    """A signed request with some more header lines."""
    text = HEAD.format(first, "0" * 64).replace("Host: s3.us-west-004.backblazeb2.com", f"Host: {host}")
    return text + "".join(f"{line}\n" for line in lines)


def says(name: str, **parts: str) -> Answer:
    """B2's answer with one of its sentences."""
    sentence = BY_NAME[name]
    return Answer(sentence.status or 501, sentence.code or "InvalidRequest", sentence.text.format(**parts))


def refuses(header: str) -> Answer:
    return says("unsupported-header", header=header)


UNKNOWN = Answer(400, "InvalidArgument", "words that nobody has published")
FOREIGN: Headers = ((b"x-amz-request-id", b"TX00000ABCDEF"), (b"x-amz-id-2", b"MzRISOwyjmnup"))
"""Ids as other servers make them."""


@dataclass(frozen=True)
class Case:
    """A call and what is to be seen in it. `broken`: why no answer came."""

    cause: str
    certainty: Certainty
    text: str
    answer: Answer = field(default_factory=lambda: Answer(None))
    body: bytes = b""
    broken: Failure | None = None
    scheme: str = "https"
    earlier: tuple[Earlier, ...] = ()
    answered_with: bytes = b""

    @property
    def call(self) -> Call:
        made = asked(self.text, self.answer, body=self.body, earlier=self.earlier)
        if self.answered_with:
            made = replace(made, response_body=self.answered_with)
        there = replace(made.exchange.request, scheme=self.scheme)
        exchange: Exchange = replace(made.exchange, request=there, failure=self.broken)
        return replace(made, exchange=exchange)


PUT, GET = request(f"PUT {OBJECT}"), request(f"GET {OBJECT}")
LIFECYCLE = b"""<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter>\
<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"""
DOUBLED = LIFECYCLE.replace(
    b"</Rule>",
    b"</Rule><Rule><Filter><Prefix>logs/</Prefix></Filter><Expiration>"
    b"<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>",
)
WRONG_MD5 = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
PRESIGNED = (
    f"PUT {OBJECT}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=004a1b2c3d4e5f60000000007%2F20261122%2Fus-west-004"
    f"%2Fs3%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature="
    f"{'0' * 64}&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32 HTTP/1.1\n"
    "Host: s3.us-west-004.backblazeb2.com\n"
)

CHECKSUMS = (
    Case("checksum-header-put", CERTAIN, request(f"PUT {OBJECT}"), refuses("x-amz-checksum-crc32")),
    Case("checksum-header-put", CERTAIN, request(f"PUT {OBJECT}"), refuses("x-amz-checksum-crc64nvme")),
    Case("checksum-sdk-algorithm-header", CERTAIN, PUT, refuses("x-amz-sdk-checksum-algorithm")),
    Case("checksum-algorithm-header", CERTAIN, request(f"POST {OBJECT}?uploads"), refuses("x-amz-checksum-algorithm")),
    Case("checksum-mode-header", CERTAIN, GET, refuses("x-amz-checksum-mode")),
    Case(
        "checksum-mode-header",
        LIKELY,
        request(f"HEAD {OBJECT}", "x-amz-checksum-mode: ENABLED"),
        replace(refuses("x-amz-checksum-mode"), headers=((b"x-amz-request-id", b"ab140bf1721be666"),)),
    ),
    Case("trailer-upload", CERTAIN, PUT, refuses("x-amz-trailer")),
    Case("tagging-header", CERTAIN, PUT, refuses("x-amz-tagging")),
    Case("unsupported-header", CERTAIN, PUT, refuses("x-amz-grant-read")),
    Case("when-required-not-enough", CERTAIN, request(f"POST {BUCKET}?delete"), refuses("x-amz-checksum-crc32")),
    Case("when-required-not-enough", CERTAIN, request(f"PUT {OBJECT}?acl"), refuses("x-amz-sdk-checksum-algorithm")),
    Case("request-body-too-small", CERTAIN, PUT, says("body-too-small")),
    Case("presigned-put-empty-crc32", CERTAIN, PRESIGNED, refuses("x-amz-checksum-crc32"), b"hello"),
    Case("presigned-put-empty-crc32", LIKELY, PRESIGNED),
    Case("object-lock-missing-md5", CERTAIN, PUT, says("content-md5-missing")),
    Case("object-lock-md5-or-checksum", CERTAIN, PUT, says("object-lock-checksum-missing", what="Object")),
    Case("object-lock-md5-or-checksum", CERTAIN, PUT, says("object-lock-md5-missing", what="Part")),
    Case(
        "bad-digest",
        CERTAIN,
        request(f"PUT {OBJECT}", f"Content-MD5: {WRONG_MD5}"),
        Answer(400, "BadDigest", "?"),
        b"hello",
    ),
    Case("bad-digest", LIKELY, request(f"PUT {OBJECT}", f"Content-MD5: {WRONG_MD5}"), Answer(400), b"hello"),
    Case("bad-digest", LIKELY, PUT, Answer(400, "BadDigest", "?"), b"hello"),
    Case("trailer-malformed", CERTAIN, PUT, says("trailer-malformed")),
    Case("aws-chunk-too-large", CERTAIN, PUT, says("chunk-too-large", size="5242880")),
)

NO_CALL = says("call-not-supported")
UNSUPPORTED = (
    Case("conditional-write", CERTAIN, request(f"PUT {OBJECT}", "If-None-Match: *"), says("header-not-implemented")),
    Case("unsupported-header", HINT, PUT, says("header-not-implemented")),
    Case("post-object", CERTAIN, f"POST {BUCKET} HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n"
         "Content-Type: multipart/form-data; boundary=x\n", NO_CALL),
    Case("api-call-not-supported", CERTAIN, request(f"GET {BUCKET}?policy"), NO_CALL),
    Case("api-call-not-supported", CERTAIN, request(f"PUT {BUCKET}?website"), says("call-not-supported-short")),
    Case("object-tagging-call", CERTAIN, request(f"PUT {OBJECT}?tagging"), NO_CALL),
    Case("object-tagging-call", LIKELY, request(f"PUT {BUCKET}?tagging"), UNKNOWN),
    Case("unsupported-subresource", LIKELY, request(f"GET {BUCKET}?accelerate"), UNKNOWN),
    Case("unsupported-subresource", HINT, request(f"GET {BUCKET}?accelerate"), Answer(403, "AccessDenied", "?")),
    Case("storage-class", CERTAIN, request(f"PUT {OBJECT}", "x-amz-storage-class: GLACIER"),
         says("storage-class", **{"class": "GLACIER"})),
    Case("storage-class", LIKELY, request(f"PUT {OBJECT}", "x-amz-storage-class: GLACIER"), UNKNOWN),
    Case("sse-kms", LIKELY, request(f"PUT {OBJECT}", "x-amz-server-side-encryption: aws:kms"), UNKNOWN),
    Case("sse-kms", LIKELY, request(f"PUT {BUCKET}?encryption"), UNKNOWN, b"<SSEAlgorithm>aws:kms</SSEAlgorithm>"),
    Case("sse-c-headers", LIKELY,
         request(f"GET {OBJECT}", "x-amz-server-side-encryption-customer-algorithm: AES256"), UNKNOWN),
    Case("canned-acl-unsupported", CERTAIN, request(f"PUT {OBJECT}", "x-amz-acl: authenticated-read"),
         says("canned-acl", acl="authenticated-read")),
    Case("canned-acl-unsupported", CERTAIN, request(f"PUT {OBJECT}", "x-amz-acl: private"),
         says("canned-acl", acl="private")),
    Case("canned-acl-unsupported", LIKELY, request(f"PUT {OBJECT}", "x-amz-acl: bucket-owner-full-control"), UNKNOWN),
    Case("object-acl-mismatch", LIKELY, request(f"PUT {OBJECT}?acl", "x-amz-acl: public-read"),
         Answer(403, "AccessDenied", "?")),
    Case("acl-grants-xml", LIKELY, request(f"PUT {OBJECT}", "x-amz-grant-read: id=1"), UNKNOWN),
    Case("acl-grants-xml", LIKELY, request(f"PUT {BUCKET}?acl"), UNKNOWN, b"<AccessControlPolicy/>"),
    Case("public-bucket-needs-payment", HINT, request(f"PUT {BUCKET}", "x-amz-acl: public-read"),
         Answer(403, "AccessDenied", "?")),
    Case("lifecycle-unsupported", CERTAIN, request(f"PUT {BUCKET}?lifecycle"), says("lifecycle-unsupported"),
         LIFECYCLE),
)  # fmt: skip

NAME = Failure("upstream-unreachable", "s3.x: [Errno -2] Name or service not known")
TRANSPORT = (
    Case("http-not-https", CERTAIN, PUT, broken=Failure("upstream-unreachable", "refused"), scheme="http"),
    Case("endpoint-without-scheme", LIKELY, request(f"HEAD /s3.us-west-004.backblazeb2.com{BUCKET}"), Answer(404)),
    Case("endpoint-host-unknown", CERTAIN, request("GET /", host="s3.us-west-4.backblazeb2.com"), broken=NAME),
    Case("endpoint-host-unknown", CERTAIN, request("GET /", host="photos.backblazeb2.com"), broken=NAME),
    Case("endpoint-host-unknown", LIKELY, request("GET /"), broken=NAME),
    Case("bucket-with-dots-tls", CERTAIN, request("GET /a", host="my.photos.s3.us-west-004.backblazeb2.com"),
         broken=Failure("upstream-tls", "certificate verify failed: Hostname mismatch")),
    Case("old-ca-store", HINT, GET, broken=Failure("upstream-tls", "verify failed: certificate has expired")),
    Case("cors-native-rules", CERTAIN, request(f"PUT {BUCKET}?cors"), says("native-cors", url="https://b2/docs")),
    Case("cors-preflight-refused", LIKELY,
         f"OPTIONS {OBJECT} HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\nOrigin: https://app.example\n"
         "Access-Control-Request-Method: PUT\n", Answer(403)),
    Case("cors-max-age", LIKELY, request(f"PUT {BUCKET}?cors"), UNKNOWN, b"<MaxAgeSeconds>604800</MaxAgeSeconds>"),
    Case("content-disposition-invalid", CERTAIN,
         request(f"GET {OBJECT}?response-content-disposition=attachment%3Bfilename%3Da%28"),
         says("content-disposition", reason="expected a token character at 75, but got '('")),
    Case("expect-continue-stall", HINT, request(f"PUT {OBJECT}", "Expect: 100-continue"),
         broken=Failure("client-disconnected", "gone")),
    Case("proxy-scheme-changes-sdk", HINT,
         request(f"PUT {OBJECT}", "x-amz-checksum-crc32: AAAAAA==", "x-amz-sdk-checksum-algorithm: CRC32"),
         Answer(400), scheme="http"),
)  # fmt: skip


def good(*lines: tuple[bytes, bytes], status: int = 200) -> Answer:
    return Answer(status, headers=((b"x-amz-request-id", b"f15a449517f8b909"), *lines))


TEXT_PUT = asked(request(f"PUT {OBJECT}", "Content-Type: text/plain; charset=utf-8"), good(), body=b"hello")
DELETED = b"<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker></Deleted></DeleteResult>"
SURPRISES = (
    Case("delete-only-hides", HINT, request(f"DELETE {OBJECT}"), good((b"x-amz-delete-marker", b"true"), status=204)),
    Case("delete-only-hides", HINT, request(f"POST {BUCKET}?delete"), good(), b"<Delete/>", answered_with=DELETED),
    Case("etag-not-md5", HINT, GET, good((b"ETag", b'"0123456789abcdef0123456789abcdef-1"'))),
    Case("content-type-normalised", HINT, GET, good((b"Content-Type", b"text/plain;charset=utf-8")),
         earlier=(before(TEXT_PUT),)),
    Case("lifecycle-reads-back-double", HINT, request(f"GET {BUCKET}?lifecycle"), good(), answered_with=DOUBLED),
    Case("put-retry-duplicates", HINT, PUT, good(), b"hello",
         earlier=(before(asked(PUT, Answer(None), body=b"hello")),)),
    Case("range-zero-ignored", HINT, request(f"GET {OBJECT}", "Range: bytes=0-"), good()),
)  # fmt: skip

CASES = CHECKSUMS + UNSUPPORTED + TRANSPORT + SURPRISES
FAILED = [case for case in CASES if case not in SURPRISES]


def named(cases: tuple[Case, ...] | list[Case]) -> list[str]:
    return [f"{number}-{case.cause}" for number, case in enumerate(cases)]


@pytest.mark.parametrize("case", CASES, ids=named(CASES))
def test_a_cause_is_seen(case: Case) -> None:
    """With the certainty that the bytes give, a fix, and the bytes it rests on."""
    findings = {one.cause: one for one in examine(case.call).findings}
    assert case.cause in findings
    found = findings[case.cause]
    assert found.certainty == case.certainty, found
    assert found.seen
    assert found.fix
    assert found.summary


@pytest.mark.parametrize("case", FAILED, ids=named(FAILED))
def test_what_went_well_is_accused_of_nothing(case: Case) -> None:
    """The same request, answered 200."""
    call = replace(case, answer=good(), broken=None).call
    assert [one for one in examine(call).findings if one.certainty > HINT] == []


@pytest.mark.parametrize("case", SURPRISES, ids=named(SURPRISES))
def test_a_surprise_is_never_more_than_a_hint(case: Case) -> None:
    """Nothing is wrong with the call."""
    assert [one for one in examine(case.call).findings if one.certainty > HINT] == []


OF_NO_SERVER = ("bad-digest", "presigned-put-empty-crc32", "proxy-scheme-changes-sdk", "endpoint-without-scheme")
"""Causes that the request shows, whoever answers."""


@pytest.mark.parametrize("case", [case for case in FAILED if case.answer.status and case.cause not in OF_NO_SERVER])
def test_what_another_server_says_is_no_word_of_b2s(case: Case) -> None:
    """The same words under the ids of another server."""
    elsewhere = case.text.replace("s3.us-west-004.backblazeb2.com", "s3.example.org")
    call = replace(case, text=elsewhere, answer=replace(case.answer, headers=FOREIGN)).call
    assert case.cause not in {one.cause for one in examine(call).findings}


@pytest.mark.parametrize("case", [case for case in CASES if case.certainty is CERTAIN and case in UNSUPPORTED])
def test_other_words_quote_nothing(case: Case) -> None:
    """What is not B2's published sentence is not told as one."""
    said = replace(case, answer=Answer(case.answer.status, "SomethingElse", "Some other words")).call
    assert [one for one in examine(said).findings if one.certainty > LIKELY and one.cause == case.cause] == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (request(f"DELETE {OBJECT}?versionId=4_z1"), good((b"x-amz-delete-marker", b"true"), status=204)),
        (GET, good((b"ETag", b'"0123456789abcdef0123456789abcdef"'))),
        (request(f"GET {OBJECT}", "Range: bytes=0-99"), good(status=206)),
        (request(f"PUT {OBJECT}", "x-amz-storage-class: STANDARD", "x-amz-acl: private"), good()),
        (request(f"PUT {OBJECT}", "x-amz-checksum-crc32: AAAAAA==", "x-amz-sdk-checksum-algorithm: CRC32"), good()),
        (request(f"OPTIONS {OBJECT}", "Origin: https://a"), good((b"Access-Control-Allow-Origin", b"https://a"))),
    ],
)
def test_genuine_calls_have_no_findings(text: str, answer: Answer) -> None:
    """Not even hints."""
    assert examine(asked(text, answer)).findings == ()


def test_the_particular_cause_is_told_before_the_general_one() -> None:
    """A refused checksum mode is both."""
    found = [one.cause for one in examine(asked(GET, refuses("x-amz-checksum-mode"))).findings]
    assert found[:2] == ["checksum-mode-header", "b2-checksum-unsupported"]


def test_a_call_that_b2_lists_by_now_is_not_told_as_one_that_it_lacks() -> None:
    """Lifecycle over S3 was refused in 2024."""
    (found, *_) = examine(asked(request(f"PUT {BUCKET}?lifecycle"), says("call-not-supported-short"))).findings
    assert found.summary == "B2 refused PutBucketLifecycleConfiguration, which its documentation lists by now"


def test_the_fix_is_in_the_words_of_the_sdk() -> None:
    """boto3's line for boto3."""
    (found, *_) = examine(asked(PUT, refuses("x-amz-sdk-checksum-algorithm"))).findings
    assert 'request_checksum_calculation="when_required"' in found.fix


def test_every_rule_of_these_families_fires_somewhere() -> None:
    """What no test sees fire may be dead."""
    own = {rule.name: rule for rule in all_rules() if rule.family in FAMILIES}
    firing = {name for name, rule in own.items() for case in CASES if list(rule(case.call))}
    assert set(own) - firing == set()
