"""Rules: each sees its cause in a call that has it, and nothing in one that has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from inspector.diagnose.call import Call
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty, Fault
from inspector.diagnose.register import all_causes, all_rules, chapters
from inspector.sigv4.signed import signed_request
from inspector.wire.exchange import BodyInfo, Digests, Fidelity, SignedChunk
from tests.support.calls import known
from tests.support.diagnosed import NOON, Answer, answered, asked, before

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SIGNATURE = "0123456789abcdef" * 4
CREDENTIAL = "004a1b2c3d4e5f60000000007/20261122/us-west-004/s3/aws4_request"

HEADER = f"""\
GET /photos/a.jpg HTTP/1.1
Host: s3.us-west-004.backblazeb2.com
x-amz-date: 20261122T120000Z
x-amz-content-sha256: {EMPTY}
User-Agent: Boto3/1.44.5
Authorization: AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
Signature={SIGNATURE}
"""

URL = f"""\
GET /photos/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL.replace("/", "%2F")}\
&X-Amz-Date=20261122T120000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE} HTTP/1.1
Host: s3.us-west-004.backblazeb2.com
"""

CUT = "GET /b/k?x-id=GetObject HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n"

PUT = HEADER.replace("GET", "PUT").replace(EMPTY, known(b"hello").sent.sha256)

FAILED = Answer(403, "SignatureDoesNotMatch", "Signature validation failed")
UNSIGNED = Answer(403, "AccessDenied", "Unauthenticated requests are not allowed for this api")
FAMILIES = ("schemes", "credential", "scope", "clock", "presigned", "signed_headers", "payload", "forms")
"""The families of rules about signatures."""
SIGNATURES = {one.slug for chapter in chapters() if chapter.family.startswith("signature_") for one in chapter.causes}
"""What they see."""
HINT, LIKELY, CERTAIN = Certainty.HINT, Certainty.LIKELY, Certainty.CERTAIN


@dataclass(frozen=True)
class Case:
    """A request that is like a good one but for `edits`, the answer it got, and what is to be seen in it.

    `told`: the answer alone is what the cause is seen by, so that the good request shows it, too.
    """

    cause: str
    certainty: Certainty
    edits: tuple[tuple[str, str], ...] = ()
    base: str = HEADER
    answer: Answer = FAILED
    told: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> Call:
        """The call with its edits."""
        text = self.base
        for old, new in self.edits:
            assert old in text
            text = text.replace(old, new)
        return asked(text, self.answer, **self.more)

    @property
    def good(self) -> Call:
        """The call without them."""
        return asked(self.base, self.answer, **{**self.more, "authority": b"", "earlier": ()})


NAMES = "SignedHeaders=host;x-amz-content-sha256;x-amz-date"
VIA = ("User-Agent: Boto3/1.44.5", "Via: 1.1 proxy.example")


def signs(names: str) -> tuple[str, str]:
    """The edit that lists other names as signed."""
    return NAMES, f"SignedHeaders={names}"


def adds(line: str) -> tuple[str, str]:
    """The edit that adds a header line."""
    return "User-Agent:", f"{line}\nUser-Agent:"


def url_adds(pair: str) -> tuple[str, str]:
    return "&X-Amz-Signature=", f"&{pair}&X-Amz-Signature="


LISTED = "host;{};x-amz-content-sha256;x-amz-date"
ABSENT = Answer(400, "InvalidRequest", "header 'x' is listed in signed headers, but is not present")

CREDENTIALS = (
    Case(
        "key-id-empty",
        CERTAIN,
        (("Credential=004a1b2c3d4e5f60000000007/", "Credential=/"),),
        answer=Answer(
            400,
            "AuthorizationHeaderMalformed",
            'Authorization header is malformed; the authorization component "Credential=/2026" is malformed.',
        ),
    ),
    Case(
        "key-id-malformed",
        CERTAIN,
        (("004a1b2c3d4e5f60000000007", "a1b2c3d4e5f6"),),
        answer=Answer(403, "InvalidAccessKeyId", "Malformed Access Key Id"),
        told=True,
    ),
    Case("key-id-malformed", LIKELY, (("004a1b2c3d4e5f60000000007", "a1b2c3d4e5f6"),)),
    Case("key-id-malformed", HINT, (("004a1b2c3d4e5f60000000007", "AKIAIOSFODNN7EXAMPLE"),)),
    Case("key-swapped", LIKELY, (("004a1b2c3d4e5f60000000007", "K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p"),)),
    Case(
        "key-wrong-cluster",
        LIKELY,
        (("004a1b2c3d4e5f60000000007", "002a1b2c3d4e5f60000000007"),),
        answer=Answer(403, "InvalidAccessKeyId", "The key '002a1b2c3d4e5f60000000007' is not valid"),
    ),
    Case("key-wrong-cluster", HINT, (("004a1b2c3d4e5f60000000007", "002a1b2c3d4e5f60000000007"),)),
    Case("token-missing", LIKELY, (("004a1b2c3d4e5f60000000007", "ASIAIOSFODNN7EXAMPLE"),)),
    Case("token-unsigned", LIKELY, (adds("x-amz-security-token: abc"),)),
    Case("token-extra", LIKELY, (adds("x-amz-security-token: abc"), signs(NAMES[14:] + ";x-amz-security-token"))),
)

SCOPES = (
    Case("scope-wrong-region", LIKELY, (("/us-west-004/s3", "/us-east-1/s3"),)),
    Case("scope-wrong-region", LIKELY, (("/us-west-004/s3", "//s3"),)),
    Case("scope-wrong-region", HINT, (("/us-west-004/s3", "/us-east-1/s3"),), answer=Answer(403, "AccessDenied", "?")),
    Case("scope-region-typo", LIKELY, (("/us-west-004/s3", "/us_west_4/s3"),)),
    Case("scope-wrong-service", CERTAIN, (("/s3/aws4", "/execute-api/aws4"),)),
    Case("scope-terminator", CERTAIN, (("aws4_request", "aws4-request"),)),
    Case("scope-date-mismatch", CERTAIN, (("/20261122/", "/20261121/"),)),
)

LATE = Answer(403, "SignatureDoesNotMatch", "Signature validation failed", at=NOON + 3600)
EXPIRED = Answer(
    401, "UnauthorizedAccess", "Request has expired given timestamp: '20261122T120000Z' and expiration: 3600"
)

CLOCKS = (
    Case("date-format", CERTAIN, (("20261122T120000Z", "2026-11-22T12:00:00Z"),)),
    Case("date-format", LIKELY, (("20261122T120000Z", "25691122T120000Z"),)),
    Case("date-format", CERTAIN, (("20261122T120000Z", "20261322T120000Z"),)),
    Case("clock-skew", CERTAIN, (("20261122T120000Z", "20261122T143000Z"),)),
    Case("clock-skew", HINT, (("20261122T120000Z", "20261122T115100Z"),)),
    Case(
        "clock-skew",
        CERTAIN,
        (("20261122T120000Z", "20261122T120200Z"),),
        answer=Answer(403, "RequestTimeTooSkewed", "The difference is too large"),
        told=True,
    ),
    Case("clock-skew", LIKELY, (("20261122T120000Z", "20261122T143000Z"),), answer=Answer(None)),
    Case("clock-recorder", HINT, answer=LATE, told=True, more={"at": NOON}),
    Case(
        "stale-retry",
        CERTAIN,
        (("GET", "GET"),),
        answer=LATE,
        more={"at": NOON + 3600, "earlier": (before(asked(HEADER, Answer(503))),)},
    ),
    Case(
        "signature-reused",
        CERTAIN,
        (("photos/a.jpg", "photos/b.jpg"),),
        more={"earlier": (before(asked(HEADER, Answer(200))),)},
    ),
    Case("stale-retry", LIKELY, (adds("amz-sdk-request: attempt=3; max=3"),), answer=LATE, more={"at": NOON + 3600}),
)

URLS = (
    Case("presign-expired", CERTAIN, (("Expires=3600", "Expires=60"),), URL, replace(LATE, at=NOON + 120)),
    Case("presign-expired", CERTAIN, base=URL, answer=EXPIRED, told=True),
    Case("presign-expired", LIKELY, (("Expires=3600", "Expires=60"),), URL, Answer(None), more={"at": NOON + 90}),
    Case("presign-not-yet", CERTAIN, (("20261122T120000Z", "20261122T150000Z"),), URL),
    Case("presign-too-long", CERTAIN, (("Expires=3600", "Expires=2592000"),), URL),
    Case("presign-url-mangled", CERTAIN, (("&X-Amz-Date", "&amp;X-Amz-Date"),), URL),
    Case("presign-url-mangled", LIKELY, (("&X-Amz-Date", "&x-amz-date"),), URL),
    Case("presign-url-mangled", CERTAIN, (("&X-Amz-Date", "&x-amz-date"), ("&X-Amz-Ex", "&x-amz-ex")), URL),
    Case("presign-url-mangled", CERTAIN, (("?X-Amz-Algorithm", "%3FX-Amz-Algorithm"),), URL),
    Case("presign-url-mangled", CERTAIN, (("?", "?x-id=GetObject&amp;"), ("&X-Amz-", "&amp;X-Amz-")), URL),
    Case("presign-url-mangled", CERTAIN, (("?", "\\?"), ("&", "\\&"), ("=", "\\=")), URL),
    Case("presign-param-missing", CERTAIN, (("&X-Amz-Expires=3600", ""),), URL),
    Case("presign-param-missing", CERTAIN, (("&X-Amz-Expires=3600", "&X-Amz-Expires="),), URL),
    Case("presign-param-missing", LIKELY, base=CUT, answer=UNSIGNED, told=True),
    Case("presign-both-auth", CERTAIN, (("Host:", "Authorization: Bearer abc\nHost:"),), URL),
    Case("presign-header-required", CERTAIN, (("=host&", "=content-type%3Bhost&"),), URL, ABSENT),
    Case("presign-method", LIKELY, (("GET /", "PUT /"), ("&X-Amz-Date", "&x-id=GetObject&X-Amz-Date")), URL),
    Case("presign-method", HINT, (("GET /", "PUT /"), ("&X-Amz-Date", "&x-id=GetObject&X-Amz-Date")), URL, ABSENT),
    Case("query-tail-on-signature", CERTAIN, ((SIGNATURE, f"{SIGNATURE}?1592"),), URL),
    Case("query-tail-on-signature", CERTAIN, ((SIGNATURE, SIGNATURE[:60]),), URL),
    Case("query-semicolon", HINT, (("=host&", "=host;range&"), ("Host:", "Range: bytes=0-1\nHost:")), URL),
    Case("query-double-encoded", CERTAIN, (("%2F", "%252F"),), URL),
)

HEADERS = (
    Case("hdr-conditional-stripped", CERTAIN, (signs("host;if-none-match;x-amz-content-sha256;x-amz-date"),)),
    Case("hdr-range-removed", CERTAIN, (signs(LISTED.format("range")),)),
    Case("hdr-expect", CERTAIN, (signs("expect;host;x-amz-content-sha256;x-amz-date"),)),
    Case("hdr-expect", HINT, (signs("expect;host;x-amz-content-sha256;x-amz-date"), adds("Expect: 100-continue"))),
    Case("hdr-hop-by-hop", CERTAIN, (signs(LISTED.format("te")),)),
    Case("hdr-hop-by-hop", HINT, (signs(LISTED.format("te")), adds("TE: trailers"))),
    Case("hdr-user-agent", HINT, (signs(LISTED.format("user-agent")),)),
    Case("hdr-forwarded-signed", LIKELY, (signs(LISTED.format("x-forwarded-for")), adds("X-Forwarded-For: 192.0.2.1"))),
    Case(
        "hdr-accept-encoding-changed",
        LIKELY,
        (signs("accept-encoding;" + NAMES[14:]), adds("Accept-Encoding: gzip, br\nCF-Ray: 8abc")),
    ),
    Case("hdr-signed-absent", CERTAIN, (signs(LISTED.format("x-amz-meta-a")),), answer=ABSENT),
    Case("hdr-unsigned-amz", LIKELY, (adds("x-amz-meta-a: 1"),)),
    Case(
        "hdr-unsigned-amz",
        CERTAIN,
        (signs("host;x-amz-date"),),
        answer=Answer(400, "InvalidRequest", "header 'x-amz-content-sha256' must be included in signature"),
    ),
    Case("hdr-list-order", LIKELY, (signs("x-amz-date;host;x-amz-content-sha256"),)),
    Case("hdr-list-order", CERTAIN, (signs("x-amz-content-sha256;x-amz-date"),)),
    Case(
        "host-http2-authority",
        LIKELY,
        (("HTTP/1.1", "HTTP/2.0"),),
        more={"authority": b"s3.us-west-004.backblazeb2.com:443"},
    ),
    Case(
        "host-redirect-followed",
        CERTAIN,
        (("Host: s3.us-west-004", "Host: s3.us-east-005"),),
        more={"earlier": (before(asked(HEADER, Answer(307, headers=((b"Location", b"https://elsewhere/"),)))),)},
    ),
)

STREAM = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
BROKEN = BodyInfo(
    known(b"zz\r\nhello").sent,
    9,
    decoded=known(b"hello").sent,
    chunk_count=1,
    framing_error="at byte 5: no CRLF after a chunk of 5 bytes",
)

BODIES = (
    Case("payload-body-altered", LIKELY, (("PUT", "PUT"),), PUT, more={"body": b"hallo"}, told=True),
    Case("payload-empty-hash", CERTAIN, ((known(b"hello").sent.sha256, EMPTY),), PUT, more={"body": b"hello"}),
    Case(
        "payload-gzip",
        CERTAIN,
        ((known(b"hello").sent.sha256, known(b"a\r\n").sent.sha256),),
        PUT,
        more={"body": b"a\n"},
        told=False,
    ),
    Case("payload-header-typo", CERTAIN, ((known(b"hello").sent.sha256, "UNSIGNED_PAYLOAD"),), PUT),
    Case("payload-hash-missing", HINT, ((f"x-amz-content-sha256: {EMPTY}\n", ""), signs("host;x-amz-date"))),
    Case("chunk-framing", CERTAIN, ((EMPTY, STREAM),), more={"info": BROKEN, "body": b"zz\r\nhello"}, told=True),
    Case(
        "chunk-framing",
        CERTAIN,
        answer=Answer(400, "InvalidRequest", "Chunk size of 5242880 exceeds 1 MiB maximum."),
        told=True,
    ),
    Case(
        "payload-retry-different",
        CERTAIN,
        (("PUT", "PUT"),),
        PUT,
        more={"body": b"", "earlier": (before(asked(PUT, Answer(503), body=b"hello")),), "info": known(b"lo")},
    ),
)

TRAILER = Answer(400, "InvalidArgument", "Unsupported header 'x-amz-checksum-crc32' received for this API call.")

WHOLE = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, {NAMES}, Signature={SIGNATURE}"

SCHEMES = (
    Case(
        "sigv2-used",
        CERTAIN,
        (
            (
                "AWS4-HMAC-SHA256 Credential=" + CREDENTIAL + ", " + NAMES + ", Signature=" + SIGNATURE,
                "AWS 004a:c2lnbmF0dXJl",
            ),
        ),
    ),
    Case("sigv4a-used", LIKELY, (("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 "), ("/us-west-004/", "/"))),
    Case(
        "auth-missing",
        CERTAIN,
        (("Authorization", "X-Nothing"),),
        answer=Answer(403, "AccessDenied", "Unauthenticated requests are not allowed for this api"),
    ),
    Case("auth-missing", LIKELY, (("Authorization", "X-Nothing"),), answer=Answer(403)),
    Case("auth-foreign", CERTAIN, (("AWS4-HMAC-SHA256 Credential", "Bearer Credential"),)),
    Case(
        "auth-foreign",
        CERTAIN,
        ((WHOLE, "4_002abc"),),
    ),
    Case("auth-malformed", CERTAIN, ((f", Signature={SIGNATURE}", ""),)),
    Case("auth-malformed", LIKELY, ((", Signature=", " Signature="),)),
    Case("impl-signature-encoding", CERTAIN, ((SIGNATURE, SIGNATURE.upper()),)),
    Case("b2-checksum-unsupported", CERTAIN, (adds("x-amz-checksum-crc32: AAAAAA=="),), answer=TRAILER, told=True),
    Case(
        "b2-checksum-unsupported",
        LIKELY,
        (adds("x-amz-checksum-mode: ENABLED"),),
        HEADER.replace("GET", "HEAD"),
        Answer(400, "InvalidArgument", "Unsupported header 'x-amz-checksum-mode' received for this API call."),
    ),
)

CASES = CREDENTIALS + SCOPES + CLOCKS + URLS + HEADERS + BODIES + SCHEMES


def names(cases: tuple[Case, ...]) -> list[str]:
    return [f"{number}-{case.cause}" for number, case in enumerate(cases)]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_cause_is_seen(case: Case) -> None:
    """With the certainty that the bytes give, a fix, and the bytes it rests on."""
    findings = {one.cause: one for one in examine(case.call).findings}

    assert case.cause in findings
    found = findings[case.cause]
    assert found.certainty == case.certainty, found
    assert found.seen
    assert found.fix
    assert found.summary


@pytest.mark.parametrize("case", [one for one in CASES if not one.told])
def test_a_good_request_shows_no_cause(case: Case) -> None:
    """However it was answered."""
    assert case.cause not in {one.cause for one in examine(case.good).findings}


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
@pytest.mark.parametrize("status", [200, 204, 206, 304])
def test_what_the_server_took_is_accused_of_nothing(case: Case, status: int) -> None:
    """Whatever is odd about it."""
    call = replace(case, answer=Answer(status)).call
    assert [one for one in examine(call).findings if one.certainty > HINT] == []


@pytest.mark.parametrize("case", [one for one in CASES if not one.told])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, "NoSuchKey", "Key not found"),
        Answer(403, "AccessDenied", "not entitled"),
        Answer(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
    ],
)
def test_what_failed_for_another_reason_is_not_laid_to_its_signature(case: Case, answer: Answer) -> None:
    """A server that says more has taken the signature."""
    if case.cause.startswith(("payload-", "chunk-", "trailer-")):
        return
    findings = examine(replace(case, answer=answer).call).findings
    assert [one for one in findings if one.certainty > HINT and one.cause in SIGNATURES] == []


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_rebuilt_bytes_prove_nothing(case: Case) -> None:
    """A finding on them is a hint."""
    call = replace(case, more={**case.more, "fidelity": Fidelity.REBUILT}).call
    assert [one for one in examine(call).findings if one.certainty > HINT] == []


@pytest.mark.parametrize("text", [HEADER, URL])
@pytest.mark.parametrize("answer", [FAILED, Answer(None), Answer(403), Answer(200), Answer(500)])
def test_a_good_request_is_accused_of_nothing(text: str, answer: Answer) -> None:
    """Not even when it is refused: its signature may be wrong, and nothing in the bytes says so."""
    assert examine(asked(text, answer)).findings == ()


def test_reading_a_public_object_without_a_signature_is_no_fault() -> None:
    """Nor is a browser's preflight."""
    bare = HEADER.replace("Authorization", "X-Nothing")
    assert examine(asked(bare, Answer(200))).findings == ()
    assert examine(asked(bare.replace("GET", "OPTIONS"), Answer(403))).findings == ()


def test_the_native_api_is_not_s3() -> None:
    """Its tokens and hosts are no odd S3."""
    text = "POST /b2api/v3/b2_list_buckets HTTP/1.1\nHost: api004.backblazeb2.com\nAuthorization: 4_004abc\n"
    assert examine(asked(text, Answer(401))).findings == ()


def test_every_rule_has_a_case() -> None:
    """What no test sees fire may be dead."""
    rules = [rule for rule in all_rules() if rule.family in FAMILIES]
    firing = {rule.name for case in CASES for rule in rules if list(rule(case.call))}
    assert {rule.name for rule in rules} - firing == {"form"}  # in test_payload_rules


def test_every_cause_that_is_seen_is_known() -> None:
    """With its title, page and fix."""
    seen = {one.cause for case in CASES for rule in all_rules() for one in rule(case.call)}
    assert seen <= all_causes().keys()


def chunks(*sizes: int, signature: str | None = "0" * 64) -> tuple[SignedChunk, ...]:
    return tuple(SignedChunk(size, EMPTY, signature) for size in sizes)


STREAMED = (
    ("chunk-framing", STREAM, {}, chunks(100, 100, 0)),
    ("chunk-mode-mismatch", STREAM, {}, chunks(9000, 0, signature=None)),
    ("chunk-decoded-length", STREAM, {"x-amz-decoded-content-length": "9001"}, chunks(9000, 0)),
    ("trailer-missing", f"{STREAM}-TRAILER", {"x-amz-trailer": "x-amz-checksum-crc32"}, chunks(9000, 0)),
)


@pytest.mark.parametrize(("cause", "mode", "headers", "pieces"), STREAMED)
def test_a_stream_that_is_not_what_its_head_says(
    cause: str, mode: str, headers: dict[str, str], pieces: tuple[SignedChunk, ...]
) -> None:
    """Certain from the bytes, unless the server took it."""
    size = sum(piece.size for piece in pieces)
    lines = {"x-amz-decoded-content-length": str(size), **headers}
    text = HEADER.replace(EMPTY, mode).replace("GET", "PUT")
    text = text.replace("User-Agent:", "".join(f"{k}: {v}\n" for k, v in lines.items()) + "User-Agent:")
    info = BodyInfo(
        Digests(size + 200, "1" * 64, "", ""), 0, decoded=Digests(size, "2" * 64, "", ""), chunk_count=len(pieces)
    )
    base = asked(text, FAILED, info=info)
    signed = replace(base.signed, chunks=lambda: pieces)

    findings = {one.cause: one.certainty for one in examine(answered(signed, FAILED)).findings}
    assert findings.get(cause) == CERTAIN
    assert not [one for one in examine(answered(signed, Answer(200))).findings if one.certainty > HINT]


def test_a_checksum_in_a_trailer_that_is_not_the_payloads() -> None:
    """Seen from what the recorder computed."""
    info = BodyInfo(
        Digests(9200, "1" * 64, "", ""),
        0,
        decoded=Digests(9000, "2" * 64, "", ""),
        chunk_count=2,
        trailers=((b"x-amz-checksum-crc32", b"AAAAAA=="),),
        checksum=("x-amz-checksum-crc32", "NhCmhg=="),
    )
    head = "x-amz-decoded-content-length: 9000\nx-amz-trailer: x-amz-checksum-crc32\nUser-Agent:"
    text = HEADER.replace(EMPTY, "STREAMING-UNSIGNED-PAYLOAD-TRAILER").replace("User-Agent:", head)
    call = asked(text, Answer(400, "BadDigest", "?"), info=info)
    assert ("trailer-checksum", CERTAIN) in {(one.cause, one.certainty) for one in examine(call).findings}


def test_a_form_that_its_policy_does_not_allow() -> None:
    """Each unmet condition is told."""
    boundary = "----x"
    fields = {"key": "a.txt", "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": CREDENTIAL}
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body = f"{parts}--{boundary}--\r\n".encode()
    text = (
        "POST /photos HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\n"
    )
    call = asked(text, Answer(403, "AccessDenied", "?"), body=body)
    assert "post-policy-fields" in {one.cause for one in examine(call).findings}
    assert [one for one in examine(asked(text, Answer(204), body=body)).findings if one.certainty > HINT] == []


def test_a_path_that_left_a_trace_is_to_blame() -> None:
    """Who took a header off is told by what came along."""
    gone = Case("hdr-range-removed", CERTAIN, (signs(LISTED.format("range")),))
    alone, through = gone, replace(gone, edits=(*gone.edits, VIA))
    faults = [
        next(str(one.fault.value) for one in examine(each.call).findings if one.cause == gone.cause)
        for each in (alone, through)
    ]
    assert faults == ["path", "path"]
    assert "Via: 1.1 proxy.example" in "".join(one.seen for one in examine(through.call).findings)


def test_a_fix_is_in_the_words_of_the_sdk() -> None:
    """The User-Agent says which."""
    case = Case("scope-wrong-region", LIKELY, (("/us-west-004/s3", "/us-east-1/s3"),))
    other = replace(case, edits=(*case.edits, ("Boto3/1.44.5", "rclone/v1.75.2")))
    boto3, rclone = (next(iter(examine(each.call).findings)).fix for each in (case, other))
    assert "region_name=" in boto3
    assert "rclone.conf" in rclone


def test_a_url_inside_of_a_url_is_not_mangled() -> None:
    """Its ampersands are escaped, as they must be."""
    inner = "response-content-disposition=https%3A%2F%2Fb%2F%3FX-Amz-Date%3D1%26X-Amz-Expires%3D1"
    assert examine(asked(URL.replace(*url_adds(inner)), FAILED)).findings == ()


def test_certainty_leads_and_causes_come_before_their_consequences() -> None:
    """A URL whose ampersands were escaped lacks parameters, since it was escaped."""
    case = Case("presign-url-mangled", CERTAIN, (("&X-Amz-Expires", "&amp;X-Amz-Expires"),), URL)
    findings = examine(case.call).findings
    assert [one.cause for one in findings][:2] == ["presign-url-mangled", "presign-param-missing"]
    assert list(findings) == sorted(findings, key=lambda one: -one.certainty)
    assert signed_request(case.call.request).authorization.expires is None


@pytest.mark.parametrize("instead", ["&amp;", "\\u0026", "%5Cu0026", "&amp%3B"])
def test_a_url_that_was_escaped_is_known_by_whatever_escaped_it(instead: str) -> None:
    """HTML's way and JSON's, and both as an HTTP library percent-encodes them."""
    path, _, query = URL.partition("?")
    found = examine(asked(f"{path}?{query.replace('&X-Amz', f'{instead}X-Amz')}", FAILED)).findings
    assert found[0].cause == "presign-url-mangled"


MANGLED = (
    str.lower,
    str.upper,
    lambda query: f"x-id=GetObject&amp;{query}",
    lambda query: f"x-id=GetObject&amp;amp;{query}",
    lambda query: f"x-id=GetObject%26{query.replace('&', '%26')}",
    lambda query: query.replace("&", "\\&").replace("=", "\\="),
)


@pytest.mark.parametrize("mangle", MANGLED, ids=range(len(MANGLED)))
@pytest.mark.parametrize("answer", [FAILED, UNSIGNED], ids=["mismatch", "unsigned"])
def test_a_mangled_url_is_told_before_what_comes_of_it(mangle: Callable[[str], str], answer: Answer) -> None:
    """Whatever else cannot be read any more: a time in small letters, a scope in capitals, no signature at all."""
    head, _, rest = URL.partition("?")
    query, _, lines = rest.partition(" ")
    found = examine(asked(f"{head}?{mangle(query)} {lines}", answer)).findings
    assert (found[0].cause, found[0].certainty) == ("presign-url-mangled", CERTAIN)


def test_an_authorization_that_was_taken_off_is_no_missing_setting() -> None:
    """The signer's other headers came: it did its work."""
    lines = HEADER.split("\n")
    text = "\n".join(each for each in lines if not each.startswith("Authorization")).replace(
        "a.jpg", "a.jpg?x-id=GetObject"
    )
    found = {one.cause: one for one in examine(asked(text, UNSIGNED)).findings}
    assert found["auth-missing"].fault is Fault.PATH
    assert "taken off" in found["auth-missing"].summary
    assert "presign-param-missing" not in found


def test_what_glues_a_parameter_shows_nothing_of_what_stands_before_it() -> None:
    """The value before it may be a session token."""
    text = URL.replace("&X-Amz-Date", "&X-Amz-Security-Token=hunter2&amp;X-Amz-Date").replace(
        "&X-Amz-Ex", "&amp;X-Amz-Ex"
    )
    assert "hunter2" not in str(examine(asked(text, FAILED)).findings)


def test_a_default_authorization_beside_a_url_is_told_before_its_kind() -> None:
    """Who sends a bearer token along has to leave it out, not to sign."""
    found = examine(asked(URL.replace("Host:", "Authorization: Bearer abc\nHost:"), FAILED)).findings
    assert [one.cause for one in found][:2] == ["presign-both-auth", "auth-foreign"]


def test_a_signed_date_that_got_lost_is_no_malformed_authorization() -> None:
    """It was written as it should be; something took the header off."""
    found = examine(asked(HEADER.replace("x-amz-date: 20261122T120000Z\n", ""), FAILED)).findings
    assert found[0].cause == "hdr-signed-absent"
    assert "auth-malformed" not in [one.cause for one in found]


def test_a_key_that_another_server_does_not_know() -> None:
    """Stand-ins say it in the words of AWS."""
    answer = Answer(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.")
    found = {one.cause: one.certainty for one in examine(asked(HEADER, answer)).findings}
    assert found["key-unknown"] == LIKELY
