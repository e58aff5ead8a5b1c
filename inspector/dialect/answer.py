"""An upstream's answer, put into B2's words: its errors where B2's sentence is known, its ids and headers as B2's."""

from __future__ import annotations

from inspector.dialect.refusal import Refusal, said, unsaid
from inspector.facts import Facts
from inspector.s3.errors import read_error
from inspector.wire.headers import Headers

_TRANSLATED = {
    "NoSuchKey": ("no-such-key", "no-such-key"),
    "InvalidPart": ("invalid-part", "invalid-part"),
    "MalformedXML": ("xml-malformed", "lifecycle-xml-malformed"),
    "NoSuchLifecycleConfiguration": ("lifecycle-none", "lifecycle-none"),
}
"""The code of another server's error to B2's sentence."""

_OF_THE_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch")
"""The key was looked at before: what the server behind says of it is about its own."""

_CAUSES = {
    "NoSuchUpload": "no-such-upload",
    "BucketNotEmpty": "bucket-not-empty",
    "EntityTooSmall": "entity-too-small",
    "BucketAlreadyExists": "bucket-name-taken",
    "BucketAlreadyOwnedByYou": "bucket-name-taken",
}
"""What is wrong by the code alone, where B2's sentence is not known."""

_NOT_B2S = frozenset(
    {b"server", b"x-amz-request-id", b"x-amz-id-2", b"x-amzn-requestid", b"connection", b"x-amz-bucket-region"}
)


def translated(facts: Facts, status: int, body: bytes) -> Refusal | None:
    """B2's own refusal for an upstream's; None for what is no error. What B2 says is not known for every code."""
    if status < 400:
        return None
    error = read_error(body)
    if error is None and status >= 500:
        return _failed(facts, status)
    code = error.code if error else _OF_STATUS.get(status, "InternalError")
    if code == "NoSuchBucket" or (error is None and status == 404 and facts.operation == "HeadBucket"):
        return said("no-such-bucket", "no-such-bucket", bucket=facts.bucket or "")
    if code in _OF_THE_KEY:
        words = (
            f"the server of --local-upstream does not take the key that it was signed with ({code}): set"
            " B2_INSPECTOR_UPSTREAM_KEY_ID and B2_INSPECTOR_UPSTREAM_SECRET; this says nothing of B2"
        )
        return Refusal(403, "AccessDenied", words, "", "unknown")
    if code in _TRANSLATED:
        return said(*_TRANSLATED[code])
    if error is None and status == 404 and facts.operation in ("HeadObject", "GetObject"):
        return said("no-such-key", "no-such-key")
    message = error.message if error else ""
    words = f"{message or code} (the local server's words, B2's are not known)"
    return Refusal(status, code, words, _CAUSES.get(code, ""), "unknown")


def _failed(facts: Facts, status: int) -> Refusal:
    """The local server broke. moto does where an upload id is unknown to it, which S3 servers call NoSuchUpload."""
    if facts.upload_id is not None and facts.operation in ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload"):
        return unsaid(404, "NoSuchUpload", "no-such-upload", "there is no such upload")
    words = f"the local server behind --local failed (HTTP {status}); this says nothing of B2"
    return Refusal(500, "InternalError", words, "", "unknown")


_OF_STATUS = {
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
}


def headers_of(upstream: Headers, request_id: str, host_id: str) -> Headers:
    """A good answer's header lines with B2's ids in place of the upstream's."""
    kept = tuple(line for line in upstream if line[0].lower() not in _NOT_B2S)
    return (*kept, (b"x-amz-request-id", request_id.encode()), (b"x-amz-id-2", host_id.encode()))
