"""Calls, headers and values that B2 does not have: by its sentence, else by what was asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, heard, spoken
from inspector.diagnose.reading import line, sent, shown, wordless
from inspector.diagnose.register import rule
from inspector.s3.lifecycle import oddities_of_lifecycle
from inspector.s3.operations import BY_NAME, NOT_LISTED, Support
from inspector.s3.sentences import recognise

CONDITIONS = (b"If-None-Match", b"If-Match")
WRITES = ("PutObject", "CompleteMultipartUpload", "CopyObject", "UploadPart", "DeleteObject")
CANNED = (b"private", b"public-read")
ACL_CALLS = ("PutObjectAcl", "PutBucketAcl", "CreateBucket", "PutObject", "CopyObject", "CreateMultipartUpload")
TAGGING = ("PutObjectTagging", "DeleteObjectTagging", "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging")
SSE_C = b"x-amz-server-side-encryption-customer-"
SSE_C_COPY = b"x-amz-copy-source-server-side-encryption-customer-"
SSE_C_PARTS = (b"algorithm", b"key", b"key-md5")


def _failed(call: Call) -> bool:
    return call.failed and call.facts.api == "s3"


def _without_sentence(call: Call) -> bool:
    """Whether B2 refused it, and not in a sentence that is known to mean something."""
    if not _failed(call) or call.status not in (400, 401, 403, 405, 501) or not by_b2(call):
        return False
    if wordless(call):
        return not any(heard(call))
    return recognise(call.facts.error_code, call.facts.error_message or "") is None


NOT_IMPLEMENTED = ("NotImplemented", "InvalidArgument", "InvalidRequest", "NotSupported", "MethodNotAllowed", None)
"""Codes under which S3 servers refuse what they do not have; B2's own are not published for every case."""


def _may_be_why(call: Call) -> Certainty:
    return Certainty.LIKELY if call.facts.error_code in NOT_IMPLEMENTED else Certainty.HINT


def _lines(call: Call, *names: bytes) -> list[str]:
    return [line(name, value) for name in names if (value := sent(call, name)) is not None]


@rule(when=_failed)
def condition_on_write(call: Call) -> Iterator[Seen]:
    """B2 says that a header asks for what it does not have; on a write that is its condition."""
    for said in heard(call, "header-not-implemented"):
        conditions = _lines(call, *CONDITIONS)
        if conditions and call.facts.operation in WRITES:
            yield Seen("conditional-write", said.certainty, "\n".join([said.seen, *conditions]))
        else:
            names = [shown(name) for name, _ in call.request.headers if name.lower().startswith(b"x-amz-")]
            words = "B2 does not have what one of the headers asks for, and does not say which"
            yield Seen("unsupported-header", Certainty.HINT, f"{said.seen}\nheaders: {', '.join(names)}", words)


@rule(when=_failed)
def call_refused(call: Call) -> Iterator[Seen]:
    """B2 says that it does not have the call."""
    for said in heard(call, "call-not-supported", "call-not-supported-short"):
        cause, words = _of_operation(call.facts.operation)
        asked = f"{shown(call.request.method)} {shown(call.request.target)}"
        yield Seen(cause, said.certainty, f"{said.seen}\n{asked}", words)


def _of_operation(operation: str | None) -> tuple[str, str]:
    """Cause and words for an operation that B2 does not have."""
    known = BY_NAME.get(operation or "")
    note = f": {known.note}".rstrip(".") if known and known.note != NOT_LISTED else ""
    words = f"B2 does not have {operation}{note}" if operation else ""
    if known is not None and known.b2 is not Support.NO:
        words = f"B2 refused {operation}, which its documentation lists by now"
    if operation == "PostObject":
        return "post-object", ""
    return ("object-tagging-call" if operation in TAGGING else "api-call-not-supported"), words


@rule(when=_without_sentence)
def call_not_listed(call: Call) -> Iterator[Seen]:
    """The call is not among those that B2 lists, and was refused in words that are not known."""
    known = BY_NAME.get(call.facts.operation or "")
    if known is None or known.b2 is not Support.NO:
        return
    cause = _of_operation(known.name)[0]
    words = f"{known.name}: {known.note}".rstrip(".")
    cause = "unsupported-subresource" if cause == "api-call-not-supported" else cause
    yield Seen(cause, _may_be_why(call), f"{spoken(call)}\n{shown(call.request.target)}", words)


@rule(when=_failed)
def class_refused(call: Call) -> Iterator[Seen]:
    """B2 names a storage class that it does not have."""
    for said in heard(call, "storage-class"):
        yield Seen("storage-class", said.certainty, "\n".join([said.seen, *_lines(call, b"x-amz-storage-class")]))


@rule(when=_without_sentence)
def class_foreign(call: Call) -> Iterator[Seen]:
    """A storage class other than STANDARD was asked for, and refused in words that are not known."""
    value = sent(call, b"x-amz-storage-class")
    if value is not None and value.strip() not in (b"STANDARD", b""):
        certainty = Certainty.LIKELY if call.facts.error_code == "InvalidStorageClass" else _may_be_why(call)
        yield Seen("storage-class", certainty, f"{spoken(call)}\n{line(b'x-amz-storage-class', value)}")


@rule(when=_failed)
def acl_refused(call: Call) -> Iterator[Seen]:
    """B2 does not take the canned ACL."""
    for said in heard(call, "canned-acl"):
        acl = said.parts.get("acl", "")
        differs = acl.encode() in CANNED
        words = f"The bucket is not {acl}: objects have their bucket's ACL" if differs else f"B2 has no ACL {acl!r}"
        yield Seen("canned-acl-unsupported", said.certainty, "\n".join([said.seen, *_lines(call, b"x-amz-acl")]), words)


@rule(when=_without_sentence)
def acl_foreign(call: Call) -> Iterator[Seen]:
    """An ACL that B2 is documented not to take, refused in words that are not known."""
    if call.facts.operation not in ACL_CALLS:
        return
    grants = [line(name, value) for name, value in call.request.headers if name.lower().startswith(b"x-amz-grant-")]
    if b"<AccessControlPolicy" in call.request_body[:512]:
        grants.append("<AccessControlPolicy> in the body")
    acl = sent(call, b"x-amz-acl")
    if grants:
        yield Seen("acl-grants-xml", _may_be_why(call), "\n".join([spoken(call), *grants]))
    elif acl is not None and acl.strip() not in CANNED:
        yield Seen("canned-acl-unsupported", _may_be_why(call), f"{spoken(call)}\n{line(b'x-amz-acl', acl)}")
    elif acl is not None and call.facts.operation == "PutObjectAcl" and call.status == 403:
        yield Seen("object-acl-mismatch", Certainty.LIKELY, f"{spoken(call)}\n{line(b'x-amz-acl', acl)}")


PAYMENT = ("email_not_verified", "no_payment_history")


@rule(when=_without_sentence)
def public_bucket(call: Call) -> Iterator[Seen]:
    """A bucket should become public, and B2 refused in words that are not known."""
    acl = sent(call, b"x-amz-acl")
    if call.facts.operation not in ("CreateBucket", "PutBucketAcl") or acl is None or acl.strip() != b"public-read":
        return
    certainty = Certainty.CERTAIN if call.facts.error_code in PAYMENT else Certainty.HINT
    if certainty is Certainty.CERTAIN or call.status in (401, 403):
        yield Seen("public-bucket-needs-payment", certainty, f"{spoken(call)}\n{line(b'x-amz-acl', acl)}")


@rule(when=_without_sentence)
def kms(call: Call) -> Iterator[Seen]:
    """Encryption under a KMS key was asked for, and refused in words that are not known."""
    asked = [one for one in _lines(call, b"x-amz-server-side-encryption") if "aws:kms" in one.lower()]
    asked += _lines(call, b"x-amz-server-side-encryption-aws-kms-key-id", b"x-amz-server-side-encryption-context")
    if call.facts.operation == "PutBucketEncryption":
        found = re.search(rb"<SSEAlgorithm>\s*(aws:kms[^<]*)", call.request_body)
        asked += [f"<SSEAlgorithm>{shown(found[1])}"] if found else []
    if asked:
        yield Seen("sse-kms", _may_be_why(call), "\n".join([spoken(call), *asked]))


@rule(when=_without_sentence)
def customer_key(call: Call) -> Iterator[Seen]:
    """The three headers of a customer's own key are not all there."""
    names = {name.lower() for name, _ in call.request.headers}
    for start in (SSE_C, SSE_C_COPY):
        missing = [shown(start + part) for part in SSE_C_PARTS if start + part not in names]
        if missing and len(missing) < len(SSE_C_PARTS):
            words = f"Missing: {', '.join(missing)}"
            yield Seen("sse-c-headers", Certainty.LIKELY, f"{spoken(call)}\nmissing: {', '.join(missing)}", words)
    algorithm = sent(call, SSE_C + b"algorithm")
    if algorithm is not None and algorithm.strip() != b"AES256":
        seen = f"{spoken(call)}\n{line(SSE_C + b'algorithm', algorithm)}"
        yield Seen("sse-c-headers", Certainty.LIKELY, seen, "The algorithm of a customer's key is AES256")


@rule(when=_failed)
def lifecycle_refused(call: Call) -> Iterator[Seen]:
    """B2 says that a lifecycle configuration asks for what it does not have."""
    for said in heard(call, "lifecycle-unsupported"):
        odd = list(oddities_of_lifecycle(call.request_body))
        words = f"B2's lifecycle rules do not have {odd[0]}" if odd else ""
        yield Seen("lifecycle-unsupported", said.certainty, "\n".join([said.seen, *odd]), words)
