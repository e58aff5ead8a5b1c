"""Keys, rights, caps, files, uploads and server trouble: told apart by what B2 says, and by the calls around."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from inspector.diagnose.call import Call, Step
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.diagnose.register import all_causes, all_rules, chapters
from inspector.s3.sentences import error_length
from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from inspector.wire.exchange import Failure, Fidelity
from tests.support.calls import known
from tests.support.diagnosed import NOON, Answer, asked, before

HINT, LIKELY, CERTAIN = Certainty.HINT, Certainty.LIKELY, Certainty.CERTAIN

KEY_ID = "004a1b2c3d4e5f60000000007"
IDS = ((b"x-amz-request-id", b"f15a449517f8b909"), (b"x-amz-id-2", b"ade1uE2uxbjtvOXd2bpg="))
XML = (*IDS, (b"Content-Type", b"application/xml"))
UPLOAD = "4_z8f1f51fb913357c4f74ed0c1_f2239c4ba1a111c05_d20261122_m110000_c004_v0402007_t0044_u01725996520526"


def text(
    first: str = "GET /photos/a.jpg",
    *lines: str,
    key: str = KEY_ID,
    host: str = "s3.us-west-004.backblazeb2.com",
    agent: str = "Boto3/1.44.5",
) -> str:
    """A request that is signed well."""
    extra = "".join(f"{line}\n" for line in lines)
    signed = sorted(("host", "x-amz-content-sha256", "x-amz-date", *(line.partition(":")[0] for line in lines)))
    return (
        f"{first} HTTP/1.1\nHost: {host}\nx-amz-date: 20261122T120000Z\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n{extra}"
        f"User-Agent: {agent}\nAuthorization: AWS4-HMAC-SHA256 Credential={key}/20261122/us-west-004/s3/aws4_request,"
        f" SignedHeaders={';'.join(signed).lower()}, Signature=" + "0123456789abcdef" * 4 + "\n"
    )


def said(status: int, code: str | None, message: str = "", headers: Any = IDS) -> Answer:
    """An answer that is B2's."""
    return Answer(status, code, message, headers=headers)


DENIED = said(403, "AccessDenied", "not entitled")
MALFORMED = said(403, "InvalidAccessKeyId", "Malformed Access Key Id")
NO_KEY = said(404, "NoSuchKey", "Key not found")
OK = said(200, None)


@dataclass(frozen=True)
class Case:
    """An answer to a request, and the cause that is seen in the two.

    `silent` is another request, or the same one answered otherwise, in which the cause is not seen.
    """

    cause: str
    certainty: Certainty
    answer: Answer
    request: str = field(default_factory=text)
    silent: str | Answer = OK
    more: dict[str, Any] = field(default_factory=dict)
    first: bool = True

    @property
    def call(self) -> Call:
        """The call."""
        return self.made(self.request, self.answer)

    @property
    def quiet(self) -> Call:
        """The call that has not this cause."""
        if isinstance(self.silent, Answer):
            return self.made(self.request, self.silent)
        return self.made(self.silent, self.answer)

    def made(self, request: str, answer: Answer) -> Call:
        """A call of these, with all else."""
        more = dict(self.more)
        upload, failure = more.pop("upload", ()), more.pop("failure", None)
        call = asked(request, answer, **more)
        if failure is not None and answer is not OK:
            call = replace(call, exchange=replace(call.exchange, failure=failure))
        return replace(call, upload=upload)


def worked(request: str, answer: Answer = OK) -> Any:
    """A call that came before, and went well."""
    return before(asked(request, answer))


KEYS = (
    # timmyomahony/craft-remote-backup#11, muxinc/next-video#216
    Case("key-master", CERTAIN, MALFORMED, text(key="4eaffceaa8f9"), text(key="004wrong")),
    Case("key-master", LIKELY, Answer(None), text(key="4eaffceaa8f9"), text()),
    Case("key-swapped", CERTAIN, MALFORMED, text(key="K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p"), text(key="004wrong")),
    Case("key-foreign-cloud", CERTAIN, MALFORMED, text(key="AKIAIOSFODNN7EXAMPLE"), text(key="004wrong")),
    Case("key-foreign-cloud", CERTAIN, MALFORMED, text(key="DO00ABCDEFGHJKLMNPQR"), text(key="004wrong")),
    Case("key-foreign-cloud", LIKELY, Answer(None), text(key="AKIAIOSFODNN7EXAMPLE"), text()),
    # AlistGo/alist#8364
    Case("key-id-malformed", CERTAIN, MALFORMED, text(key="004wrong"), OK),
    # peak/s5cmd#269
    Case(
        "key-unknown",
        CERTAIN,
        said(403, "InvalidAccessKeyId", f"The key '{KEY_ID}' is not valid"),
        text(),
        text(key="0024e5f60000000007a1b2c3d"),
    ),
    # rclone serve s3, moto, MinIO
    Case(
        "key-unknown",
        LIKELY,
        said(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records."),
        text(),
        text(key="0024e5f60000000007a1b2c3d"),
    ),
    Case(
        "key-wrong-cluster",
        LIKELY,
        said(403, "InvalidAccessKeyId", "The key '0034f0c4ef7a721000000000f' is not valid"),
        text(key="0034f0c4ef7a721000000000f"),
        text(),
    ),
    # s3ql/s3ql#443
    Case(
        "key-wrong-cluster",
        LIKELY,
        said(403, None, headers=(*IDS, (b"Content-Type", b"text/html"))),
        text("HEAD /photos/", host="s3.us-east-005.backblazeb2.com"),
        text("HEAD /photos/"),
    ),
)

LIST = text("GET /photos?list-type=2")
PUT = text("PUT /photos/a.jpg")

RIGHTS = (
    # rclone/rclone#4689, eduardolat/pgbackweb#97
    Case("not-entitled", CERTAIN, DENIED, PUT, said(403, "AccessDenied", "Cannot access bucket")),
    Case("not-entitled-list-buckets", LIKELY, DENIED, text("GET /"), LIST, first=False),
    Case("not-entitled-create-bucket", LIKELY, DENIED, text("PUT /photos", agent="rclone/v1.75.2"), PUT, first=False),
    Case("not-entitled-read", LIKELY, DENIED, text(), PUT, first=False),
    Case("not-entitled-write", LIKELY, DENIED, PUT, text(), first=False),
    Case("not-entitled-write", LIKELY, DENIED, text("POST /photos/a.jpg?uploads"), LIST, first=False),
    Case("not-entitled-write", LIKELY, DENIED, text("DELETE /photos/a.jpg"), text(), first=False),
    Case("not-entitled-list", LIKELY, DENIED, LIST, PUT, first=False),
    Case(
        "not-entitled-delete-version",
        LIKELY,
        DENIED,
        text("DELETE /photos/a.jpg?versionId=4_z1"),
        text("DELETE /photos/a.jpg"),
        first=False,
    ),
    Case(
        "not-entitled-delete-version",
        LIKELY,
        DENIED,
        text("POST /photos?delete"),
        LIST,
        {"body": b"<Delete><Object><Key>a</Key><VersionId>4_z1</VersionId></Object></Delete>"},
        first=False,
    ),
    Case("not-entitled-lifecycle", LIKELY, DENIED, text("GET /photos?lifecycle"), LIST, first=False),
    Case("not-entitled-object-lock-read", LIKELY, DENIED, text("GET /photos?object-lock"), LIST, first=False),
    # iterate-ch/cyberduck#14103
    Case("not-entitled-name-prefix", HINT, DENIED, LIST, text("GET /"), first=False),
    Case(
        "not-entitled-name-prefix",
        LIKELY,
        DENIED,
        PUT,
        OK,
        {"earlier": (worked(text("PUT /photos/2026/b.jpg")),)},
        first=False,
    ),
    Case(
        "not-entitled-bucket",
        LIKELY,
        DENIED,
        PUT,
        OK,
        {"earlier": (worked(text("PUT /other/b.jpg")),)},
        first=False,
    ),
    # kopia/kopia#5329
    Case("cannot-access-bucket", LIKELY, said(403, "AccessDenied", "Cannot access bucket"), text(), DENIED),
    # WWBN/AVideo#5884
    Case(
        "bucket-not-s3-enabled",
        CERTAIN,
        said(403, "AccessDenied", "Not allowed to access bucket because it is not s3-enabled: photos"),
        text(),
        DENIED,
    ),
    Case(
        "expected-bucket-owner-mismatch",
        LIKELY,
        said(403, "AccessDenied", "Access Denied"),
        text("PUT /photos/a.jpg", "x-amz-expected-bucket-owner: 123456789012"),
        text("PUT /photos/a.jpg", "x-amz-expected-bucket-owner: a1b2c3d4e5f6"),
    ),
    Case(
        "object-lock-protected",
        LIKELY,
        said(403, "AccessDenied", "the file is under retention"),
        text("DELETE /photos/a.jpg?versionId=4_z1"),
        text("DELETE /photos/a.jpg"),
    ),
    Case(
        "object-lock-protected",
        HINT,
        said(403, "AccessDenied", "?"),
        text("DELETE /photos/a.jpg?versionId=4_z1"),
        DENIED,
    ),
    # backblaze-labs/b2-mcp#22
    Case(
        "object-lock-existing-bucket",
        CERTAIN,
        said(400, "InvalidRequest", "Object Lock cannot be enabled on existing buckets"),
        text("PUT /photos?object-lock"),
        text("PUT /photos?versioning"),
    ),
)

CAPS = (
    Case(
        "cap-transactions",
        CERTAIN,
        said(403, "AccessDenied", "Transaction cap exceeded, see the Caps & Alerts page to increase your cap"),
        LIST,
        DENIED,
    ),
    Case(
        "cap-download",
        CERTAIN,
        said(
            403,
            "AccessDenied",
            "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page"
            " to increase your cap.",
        ),
        text(),
        DENIED,
    ),
    Case(
        "cap-storage",
        CERTAIN,
        said(
            403,
            "AccessDenied",
            "Cannot upload files, storage cap exceeded. See the Caps & Alerts page to increase your cap.",
        ),
        PUT,
        DENIED,
    ),
    Case("cap-storage", LIKELY, said(403, "AccessDenied", "The storage cap exceeded"), PUT, DENIED),
)

CREATE = text("PUT /photos")
LIFECYCLE = text("PUT /photos?lifecycle")
COPY = "PUT /photos/b.jpg"
LIVE = "x-backblaze-live-read-part-size: {}"

FILES = (
    Case(
        "no-such-bucket",
        CERTAIN,
        said(404, "NoSuchBucket", "The specified bucket does not exist: photos"),
        LIST,
        NO_KEY,
    ),
    Case("no-such-bucket", CERTAIN, said(404, "NoSuchBucket", "no such bucket"), LIST, NO_KEY),
    Case("no-such-key", CERTAIN, NO_KEY, text(), DENIED),
    Case("no-such-key", HINT, NO_KEY, text("HEAD /photos/a.jpg", agent="rclone/v1.75.2"), DENIED),
    Case("no-such-key", CERTAIN, NO_KEY, text(COPY, "x-amz-copy-source: photos/a.jpg"), DENIED),
    # awslabs/aws-sdk-rust#1357, minio/minio-js#985
    Case(
        "copy-source-encoding",
        LIKELY,
        NO_KEY,
        text(COPY, "x-amz-copy-source: photos/a b+c.jpg"),
        text(COPY, "x-amz-copy-source: photos/a%20b%2Bc.jpg"),
    ),
    Case("copy-source-encoding", LIKELY, NO_KEY, text(COPY, "x-amz-copy-source: photos%2Fa.jpg"), text(COPY)),
    Case("bucket-name-taken", CERTAIN, said(409, "BucketAlreadyExists", "?"), CREATE, LIST),
    Case("bucket-name-taken", HINT, said(409, "BucketAlreadyOwnedByYou", "?"), CREATE, LIST),
    Case(
        "bucket-name-taken",
        HINT,
        said(409, "BucketAlreadyExists", "?"),
        text("PUT /photos", agent="rclone/v1.75"),
        LIST,
    ),
    Case("bucket-not-empty", CERTAIN, said(409, "BucketNotEmpty", "?"), text("DELETE /photos"), CREATE),
    Case("bucket-name-invalid", CERTAIN, said(400, "InvalidBucketName", "?"), text("PUT /abc"), LIST),
    Case("bucket-name-invalid", LIKELY, said(400, "InvalidRequest", "?"), text("PUT /b2-photos"), CREATE),
    Case("bucket-name-invalid", LIKELY, said(400, "InvalidRequest", "?"), text("PUT /my_photos"), CREATE),
    Case("key-name-invalid", CERTAIN, said(400, "KeyTooLongError", "?"), text(f"PUT /photos/{'x' * 1025}"), PUT),
    Case("key-name-invalid", LIKELY, said(400, "InvalidRequest", "?"), text("PUT /photos/a%0Ab"), PUT),
    Case(
        "metadata-too-large",
        LIKELY,
        said(400, "InvalidRequest", "?"),
        text("PUT /photos/a.jpg", f"x-amz-meta-a: {'x' * 7000}"),
        PUT,
    ),
    Case(
        "metadata-too-large",
        HINT,
        said(400, "InvalidRequest", "?"),
        text("PUT /photos/a.jpg", f"x-amz-meta-a: {'x' * 2100}"),
        PUT,
    ),
    # backblaze-labs/b2-mcp#201
    Case(
        "lifecycle-xml-malformed",
        CERTAIN,
        said(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        ),
        LIFECYCLE,
        text("PUT /photos?cors"),
        {"body": b"<LifecycleConfiguration/>"},
    ),
    Case("xml-malformed", CERTAIN, said(400, "MalformedXML", "?"), text("PUT /photos?cors"), LIFECYCLE),
    Case(
        "lifecycle-none",
        HINT,
        said(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist."),
        text("GET /photos?lifecycle"),
        NO_KEY,
    ),
    # apidocs/s3-create-multipart-upload, apidocs/s3-upload-part
    Case(
        "live-read-part-size-invalid",
        CERTAIN,
        said(400, "InvalidArgument", "Invalid Live Read part size provided in header x-backblaze-live-read-part-size."),
        text("POST /photos/a.jpg?uploads", LIVE.format("big")),
        DENIED,
    ),
    Case(
        "live-read-part-size-small",
        CERTAIN,
        said(
            400,
            "InvalidArgument",
            "Live Read part size in header x-backblaze-live-read-part-size is smaller than the minimum allowed size of"
            " 5000000 bytes.",
        ),
        text("POST /photos/a.jpg?uploads", LIVE.format(1)),
        DENIED,
    ),
    Case(
        "live-read-part-size-large",
        CERTAIN,
        said(
            400,
            "InvalidArgument",
            "Live Read part size in header x-backblaze-live-read-part-size is larger than the maximum allowed size of"
            " 5368709120 bytes.",
        ),
        text("POST /photos/a.jpg?uploads", LIVE.format(10**10)),
        DENIED,
    ),
    Case(
        "live-read-part-mismatch",
        CERTAIN,
        said(400, "InvalidArgument", "This Live Read upload requires parts of size 5000000 for all but the last part."),
        text(f"PUT /photos/a.jpg?partNumber=1&uploadId={UPLOAD}"),
        DENIED,
    ),
)

COMPLETE = text(f"POST /photos/a.jpg?uploadId={UPLOAD}")
BEGUN = Step("CreateMultipartUpload", NOON - 60, worked=True, id=1)
PART = Step("UploadPart", NOON - 50, 1, 6_000_000, True, '"aa"', 2)
LAST = Step("UploadPart", NOON - 40, 2, 10, True, '"bb"', 3)
INVALID = said(
    400,
    "InvalidPart",
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified"
    " entity tag may not match the part's entity tag.",
)


def names(*parts: tuple[int, str]) -> bytes:
    """The body of a CompleteMultipartUpload."""
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in parts)
    return f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()


BOTH = names((1, '"aa"'), (2, '"bb"'))

UPLOADS = (
    # cloudreve/cloudreve#1315
    Case("invalid-part", CERTAIN, INVALID, COMPLETE, OK, {"body": names((1, "undefined"))}),
    Case("invalid-part", CERTAIN, INVALID, COMPLETE, OK, {"body": BOTH, "upload": (BEGUN, PART)}),
    Case(
        "entity-too-small",
        CERTAIN,
        said(400, "EntityTooSmall", "?"),
        COMPLETE,
        INVALID,
        {"body": BOTH, "upload": (BEGUN, replace(PART, size=4_999_999), LAST)},
    ),
    Case(
        "entity-too-small",
        LIKELY,
        said(400, "InvalidRequest", "?"),
        COMPLETE,
        INVALID,
        {"body": BOTH, "upload": (BEGUN, replace(PART, size=4_999_999), LAST)},
    ),
    Case(
        "no-such-upload",
        CERTAIN,
        said(404, "NoSuchUpload", "?"),
        COMPLETE,
        NO_KEY,
        {"upload": (BEGUN, Step("AbortMultipartUpload", NOON - 30, worked=True, id=4))},
    ),
    Case(
        "part-number-range",
        LIKELY,
        said(400, "InvalidArgument", "?"),
        text(f"PUT /photos/a.jpg?partNumber=10001&uploadId={UPLOAD}"),
        text(f"PUT /photos/a.jpg?partNumber=10000&uploadId={UPLOAD}"),
    ),
    # timmyomahony/craft-remote-backup#21
    Case(
        "single-put-too-big",
        LIKELY,
        said(500, "InternalError", "?"),
        text("PUT /photos/a.jpg", "Content-Length: 6000000000"),
        text("PUT /photos/a.jpg", "Content-Length: 600000000"),
    ),
    Case(
        "copy-source-too-large",
        LIKELY,
        said(400, "InvalidRequest", "Copy source too big: 6000000000"),
        text(COPY, "x-amz-copy-source: photos/a.jpg"),
        PUT,
    ),
)

RETRY = (*IDS, (b"Retry-After", b"5"))
RESET = {"failure": Failure("upstream-reset", "server closed connection")}

TROUBLE = (
    # appwrite/appwrite#8868, mastodon/mastodon#30030
    Case("no-tomes", CERTAIN, said(503, "ServiceUnavailable", "no tomes available"), PUT),
    Case(
        "internal-error-xml",
        CERTAIN,
        said(500, "InternalError", "An internal error occurred.  Please retry your upload."),
        text(f"PUT /photos/a.jpg?partNumber=287&uploadId={UPLOAD}"),
    ),
    Case("internal-incident-xml", CERTAIN, said(500, "InternalError", "internal incident"), PUT),
    # backblaze.com/docs/cloud-storage-rate-limits
    Case("slowdown", CERTAIN, said(503, "SlowDown", "?", RETRY), PUT, said(503, "ServiceUnavailable", "?")),
    # spatie/laravel-backup#783
    Case("rate-limit-429", CERTAIN, said(429, "TooManyRequests", "?", RETRY), PUT, said(503, "SlowDown", "?")),
    Case("request-timeout", CERTAIN, said(400, "RequestTimeout", "?"), PUT, said(400, "InvalidRequest", "?")),
    Case("connection-reset", CERTAIN, Answer(None), PUT, OK, RESET),
)

CASES = (*KEYS, *RIGHTS, *CAPS, *FILES, *UPLOADS, *TROUBLE)


def ids(cases: tuple[Case, ...]) -> list[str]:
    return [f"{case.cause}-{number}" for number, case in enumerate(cases)]


def seen(call: Call) -> dict[str, Certainty]:
    """Cause to certainty."""
    return {one.cause: one.certainty for one in examine(call).findings}


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_cause_is_seen_in_a_call_that_has_it(case: Case) -> None:
    """As sure as it may be, and first where nothing more certain can be said."""
    findings = examine(case.call).findings
    assert (case.cause, case.certainty) in {(one.cause, one.certainty) for one in findings}
    if case.first:
        assert findings[0].cause == case.cause
    assert all(one.summary and one.fix for one in findings)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_cause_is_not_seen_in_a_call_that_has_it_not(case: Case) -> None:
    """Another answer, or another request."""
    assert case.cause not in seen(case.quiet)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_call_that_went_well_is_accused_of_nothing(case: Case) -> None:
    """Whatever it looks like."""
    assert [one for one in examine(case.made(case.request, OK)).findings if one.certainty > HINT] == []


OTHER = (
    (b"x-amz-request-id", b"25E898D1D9E43067"),
    (b"x-amz-id-2", b"MjVFODk4RDFEOUU0MzA2RDI1RTg5OEQxRDlFNDMwNkQyNUU4OThEMUQ5RTQzMDZE"),
)


@pytest.mark.parametrize("case", [*RIGHTS, *CAPS], ids=ids((*RIGHTS, *CAPS)))
@pytest.mark.parametrize("host", ["s3.us-west-004.backblazeb2.com", "minio.example"])
def test_another_servers_answer_is_no_sentence_of_b2s(case: Case, host: str) -> None:
    """Its request id is none of B2's: B2's rights and caps are not the matter, whatever its words are."""
    request = case.request.replace("s3.us-west-004.backblazeb2.com", host)
    assert case.cause not in seen(case.made(request, replace(case.answer, headers=OTHER)))


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_rebuilt_bytes_are_no_proof(case: Case) -> None:
    """A finding on them is a hint."""
    call = case.call
    call = replace(call, exchange=replace(call.exchange, fidelity=Fidelity.REBUILT))
    assert [one for one in examine(call).findings if one.certainty > HINT] == []


TREE = Path(__file__).parents[2]
MINE = ("keys", "entitlement", "caps", "head", "resource", "multipart", "server")
OWN = {one.slug for chapter in chapters() if chapter.family in MINE for one in chapter.causes}


def test_every_rule_has_a_case_and_every_cause_too() -> None:
    """What no test sees fire may be dead."""
    fired = {rule.name for case in (*CASES, *HEADS) for rule in all_rules() if list(rule(case.call))}
    assert {rule.name for rule in all_rules() if rule.family in MINE} - fired == {
        "incident_in_json",  # below
        "left_unfinished",  # with recordings
    }
    cases = {case.cause for case in (*CASES, *HEADS)}
    assert OWN - cases == {"internal-error-json", "unfinished-multipart-left"}
    assert {one for case in CASES for one in seen(case.call)} <= all_causes().keys()


# HEAD


def head(status: int, length: int, request: str = text("HEAD /photos/a.jpg"), headers: Any = XML) -> Call:
    """A HEAD that was answered with this Content-Length."""
    call = asked(request, Answer(status, headers=headers))
    assert call.response is not None
    lines = [(name, b"%d" % length if name == b"Content-Length" else value) for name, value in call.response.headers]
    return replace(call, exchange=replace(call.exchange, response=replace(call.response, headers=tuple(lines))))


@dataclass(frozen=True)
class Head:
    """A status and a length, the cause that they speak for, and the arithmetic that shows."""

    status: int
    length: int
    cause: str
    arithmetic: str
    request: str = field(default_factory=lambda: text("HEAD /photos/a.jpg"))
    certainty: Certainty = LIKELY

    @property
    def call(self) -> Call:
        """The call."""
        return head(self.status, self.length, self.request)


UNSIGNED = "HEAD /photos/a.jpg HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n"

HEADS = (
    Head(404, 137, "no-such-key", "137 = 115 + 9 + 13: NoSuchKey: Key not found"),
    Head(403, 139, "not-entitled", "139 = 115 + 12 + 12: AccessDenied: not entitled"),
    Head(403, 147, "cannot-access-bucket", "147 = 115 + 12 + 20: AccessDenied: Cannot access bucket"),
    Head(
        403,
        156,
        "key-master",
        "156 = 115 + 18 + 23: InvalidAccessKeyId: Malformed Access Key Id",
        text("HEAD /photos/a.jpg", key="4eaffceaa8f9"),
    ),
    Head(403, 163, "signature-mismatch", "163 = 115 + 21 + 27: SignatureDoesNotMatch: Signature validation failed"),
    # kahing/goofys#739
    Head(
        403,
        180,
        "auth-missing",
        "180 = 115 + 12 + 53: AccessDenied: Unauthenticated requests are not allowed for this api",
        UNSIGNED,
    ),
    Head(403, 181, "key-unknown", f"181 = 115 + 18 + 48: InvalidAccessKeyId: The key '{KEY_ID}' is not valid"),
    Head(
        403,
        181,
        "key-wrong-cluster",
        "181 = 115 + 18 + 48: InvalidAccessKeyId: The key '0024e5f60000000007a1b2c3d' is not valid",
        text("HEAD /photos/a.jpg", key="0024e5f60000000007a1b2c3d"),
    ),
    # cloudyr/aws.s3#404
    Head(
        400,
        188,
        "hdr-unsigned-amz",
        "188 = 115 + 14 + 59: InvalidRequest: header 'x-amz-content-sha256' must be included in signature",
    ),
    # minio/mc#5072
    Head(
        400,
        198,
        "checksum-mode-header",
        "198 = 115 + 15 + 68: InvalidArgument: Unsupported header 'x-amz-checksum-mode' received for this API call.",
        text("HEAD /photos/a.jpg", "x-amz-checksum-mode: ENABLED"),
    ),
    Head(
        403,
        204,
        "cap-transactions",
        "204 = 115 + 12 + 77: AccessDenied: Transaction cap exceeded, see the Caps & Alerts page to increase your cap",
    ),
    Head(
        403,
        259,
        "cap-download",
        "259 = 115 + 12 + 132: AccessDenied: Cannot download file, download bandwidth or transaction (Class B) cap"
        " exceeded. See the Caps & Alerts page to increase your cap.",
    ),
    Head(
        401, 165, "auth-missing", "165 = 115 + 18 + 32: UnauthorizedAccess: bucket is not authorized: photos", UNSIGNED
    ),
    Head(503, 151, "no-tomes", "151 = 115 + 18 + 18: ServiceUnavailable: no tomes available"),
    # the prologue without standalone="yes"
    Head(403, 122, "not-entitled", "122 = 98 + 12 + 12: AccessDenied: not entitled", certainty=HINT),
    Head(403, 170, "head-404-403-no-body", "170 = 115 + 55 of code and message", certainty=HINT),
)


@pytest.mark.parametrize("case", HEADS, ids=[f"{case.length}-{case.cause}" for case in HEADS])
def test_the_length_of_an_answer_to_head_says_what_it_would_have_said(case: Head) -> None:
    """With the arithmetic."""
    found = next(one for one in examine(case.call).findings if one.cause == case.cause)
    assert found.certainty is case.certainty
    assert case.arithmetic in found.seen


def test_a_length_that_was_not_seen_says_nothing() -> None:
    """Nor does one of another server's answer, of a page in HTML, or of a header that was not sent."""
    for call in (
        head(403, 0),
        head(403, 139, headers=OTHER),
        head(403, 139, headers=(*IDS, (b"Content-Type", b"text/html"))),
        head(400, 198),
        head(200, 139),
    ):
        assert [one for one in examine(call).findings if one.certainty > HINT] == []
    bare = head(403, 139)
    assert bare.response is not None
    lines = tuple(one for one in bare.response.headers if one[0] != b"Content-Length")
    cut = replace(bare, exchange=replace(bare.exchange, response=replace(bare.response, headers=lines)))
    assert examine(cut).findings == ()


def test_what_the_key_lacks_is_told_of_a_head_too() -> None:
    """Less sure than where B2 said it."""
    found = seen(head(403, 139))
    assert found["not-entitled"] is LIKELY
    assert found["not-entitled-read"] is LIKELY
    assert error_length("AccessDenied", "not entitled") == 139


def test_the_sample_recording_is_accused_of_nothing() -> None:
    """Its answers are another server's, and what rclone and others ask on purpose is no trouble."""
    with Recording(TREE / "recordings" / "sample.db") as recording:
        examiner = Examiner(recording, lambda key_id: ())
        for row in recording.exchanges():
            diagnosis = examiner.recorded(row.id)
            assert diagnosis is not None
            assert [one for one in diagnosis.findings if one.certainty > HINT and one.cause in OWN] == []


# What is said of single calls


def test_the_capability_that_is_missing_is_named() -> None:
    """By the operation."""
    cases = {
        PUT: "PutObject needs writeFiles",
        LIST: "ListObjectsV2 needs listFiles",
        text("DELETE /photos/a?versionId=4_z"): "DeleteObject needs deleteFiles",
        text("DELETE /photos/a"): "DeleteObject needs writeFiles",
        text("HEAD /photos"): "",
        text("GET /"): "ListBuckets needs listAllBucketNames or listBuckets",
        text(COPY, "x-amz-copy-source: photos/a"): "CopyObject needs readFiles and writeFiles",
    }
    for request, words in cases.items():
        if words:
            assert words in examine(asked(request, DENIED)).findings[0].summary


def test_a_key_that_did_the_same_before_has_the_capability() -> None:
    """Then it is the name, or the bucket."""
    earlier = (worked(text("PUT /photos/ok.jpg")),)
    assert "not-entitled-write" not in seen(asked(PUT, DENIED, earlier=earlier))


def test_a_bucket_is_no_name_of_a_file() -> None:
    """What is asked of buckets is kept from no key by a prefix."""
    for first in ("GET /", "GET /photos?lifecycle"):
        found = seen(asked(text(first), DENIED, earlier=(worked(text(first)),)))
        assert "not-entitled-name-prefix" not in found
        assert "not-entitled-bucket" not in found


def test_the_first_finding_has_the_fix_of_what_is_likely() -> None:
    """A summary shows no more than the first."""
    create = examine(asked(text("PUT /photos", agent="rclone/v1.75.2"), DENIED)).findings[0]
    assert create.cause == "not-entitled"
    assert "--s3-no-check-bucket" in create.fix


def test_a_key_that_worked_before_is_known_no_more() -> None:
    """Deleted, or expired."""
    gone = said(403, "InvalidAccessKeyId", f"The key '{KEY_ID}' is not valid")
    found = examine(asked(text(), gone, earlier=(worked(text()),))).findings[0]
    assert found.cause == "key-unknown"
    assert "no more" in found.summary


def test_a_file_that_was_deleted_or_is_written_otherwise() -> None:
    """The calls before tell."""
    deleted = worked(text("DELETE /photos/a.jpg"), said(204, None))
    assert "was deleted" in examine(asked(text(), NO_KEY, earlier=(deleted,))).findings[0].summary
    for written in ("/photos/A.jpg", "/photos//a.jpg", "/photos/a%2Ejpg/"):
        near = worked(text(f"PUT {written}"))
        assert "is written otherwise" in examine(asked(text(), NO_KEY, earlier=(near,))).findings[0].summary
    far = worked(text("PUT /photos/b.jpg"))
    assert "otherwise" not in examine(asked(text(), NO_KEY, earlier=(far,))).findings[0].summary


def test_the_part_that_is_missing_or_differs_is_named() -> None:
    """By what went up before."""
    whole = (BEGUN, PART, LAST)
    cases = {
        (names((1, "aa"), (2, '"xx"')), whole): "Part 2 is named with another ETag",
        (BOTH, (BEGUN, PART)): "Part 2 was never uploaded",
        (BOTH, (BEGUN, PART, replace(LAST, worked=False))): "Part 2 was never uploaded",
        (names((2, '"bb"'), (1, '"aa"')), whole): "not named in ascending order",
        (names((1, ""), (2, '"bb"')), whole): "Part 1 is named without its ETag",
    }
    for (body, upload), words in cases.items():
        call = replace(asked(COMPLETE, INVALID, body), upload=upload)
        assert words in examine(call).findings[0].summary
    unseen = replace(asked(COMPLETE, INVALID, BOTH), upload=(PART,))
    assert "never" not in examine(unseen).findings[0].summary, "the recording did not see it begin"


def test_a_part_that_is_too_small_is_named_with_its_size() -> None:
    """By each server's own limit."""
    upload = (BEGUN, replace(PART, size=5_100_000), LAST)
    answer = said(400, "EntityTooSmall", "?")
    at_b2 = replace(asked(COMPLETE, answer, BOTH), upload=upload)
    elsewhere = replace(
        asked(COMPLETE.replace("s3.us-west-004.backblazeb2.com", "minio.example"), answer, BOTH), upload=upload
    )
    assert "5,100,000" not in examine(at_b2).findings[0].summary
    assert "5,100,000 bytes; every part but the last must have 5,242,880" in examine(elsewhere).findings[0].summary


def test_an_incident_in_json_keeps_its_id() -> None:
    """What SDKs drop (timmyomahony/craft-remote-backup#21)."""
    body = (
        b'{\n  "code": "internal_error",\n  "message": "incident id 199ec4f89122-40f425ccaab81307",\n  "status": 500\n}'
    )
    found = examine(json_answer(body)).findings[0]
    assert (found.cause, found.certainty) == ("internal-error-json", CERTAIN)
    assert "199ec4f89122-40f425ccaab81307" in found.summary
    assert "internal-error-json" not in seen(json_answer(body.replace(b"500", b"502"))), "its status is another"


def json_answer(body: bytes) -> Call:
    """A PUT that was answered 500, in JSON, without B2's ids."""
    from inspector.facts import facts_of

    call = asked(PUT, Answer(500))
    facts = facts_of(call.request, call.response, b"", body)
    return replace(call, facts=facts, response_body=body, response_info=known(body))


def test_the_fix_is_the_line_that_one_types() -> None:
    """By User-Agent."""
    tomes = said(503, "ServiceUnavailable", "no tomes available")
    lines = {
        "Boto3/1.44.5": "total_max_attempts",
        "rclone/v1.75.2": "--low-level-retries",
        "aws-sdk-js/3.1168.0": "maxAtt",
    }
    for agent, words in lines.items():
        assert words in examine(asked(text("PUT /photos/a", agent=agent), tomes)).findings[0].fix
    rclone = seen_fix(asked(text("PUT /photos", agent="rclone/v1.75.2"), DENIED), "not-entitled-create-bucket")
    assert "--s3-no-check-bucket" in rclone


def seen_fix(call: Call, cause: str) -> str:
    return next(one.fix for one in examine(call).findings if one.cause == cause)


def test_a_bucket_is_not_told_as_a_file() -> None:
    """A HEAD for a bucket names no file, whatever sentence its length allows."""
    call = asked(text("HEAD /photos"), NO_KEY)
    assert "no-such-key" not in {one.cause for one in examine(call).findings}


def test_an_answer_whose_body_did_not_come_is_told_by_its_length_too() -> None:
    """`curl -f` hangs up after the head of an error."""
    call = replace(asked(text("GET /photos/a.jpg"), replace(DENIED, headers=XML)), response_body=b"", error=None)
    call = replace(call, facts=replace(call.facts, error_code=None, error_message=None))
    (found, *_) = examine(call).findings
    assert (found.cause, found.certainty) == ("not-entitled", LIKELY)
    assert "whose body did not come, Content-Length 139 = 115 + 12 + 12" in found.seen
