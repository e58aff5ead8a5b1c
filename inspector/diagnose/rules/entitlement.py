"""What a key may do: B2 says `not entitled` to everything that it may not, whether by capability, bucket or prefix.

Which capability a call needs is known by its operation; that it is the capability, and not the bucket or a prefix of
names, follows from no byte of the answer. Calls that went well with the same key tell the three apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.advice import advised, sdk_of
from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.heard import Heard, by_b2, heard, spoken
from inspector.diagnose.neighbours import asked_the_same, first, number
from inspector.diagnose.reading import line, sent, shown
from inspector.diagnose.register import rule
from inspector.native.ids import is_master_key_id, read_key_id
from inspector.s3.capabilities import DELETES, needed
from inspector.s3.multipart import names_versions
from inspector.wire.query import pairs

READS = ("GetObject", "HeadObject")
WRITES = (
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "CopyObject",
    "UploadPartCopy",
    "DeleteObject",
    "DeleteObjects",
)
LISTS = ("ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts")
ON_FILES = frozenset((*READS, *WRITES, *LISTS))
"""Operations that a prefix of names, and a list of buckets, may keep a key from."""

LOCKS = (
    *("GetObjectLockConfiguration", "PutObjectLockConfiguration", "GetBucketEncryption", "PutBucketEncryption"),
    *("GetObjectRetention", "PutObjectRetention", "GetObjectLegalHold", "PutObjectLegalHold"),
)
LIFECYCLE = ("GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle")

BY_OPERATION = {
    "ListBuckets": "not-entitled-list-buckets",
    "CreateBucket": "not-entitled-create-bucket",
    **dict.fromkeys(READS, "not-entitled-read"),
    **dict.fromkeys(WRITES, "not-entitled-write"),
    **dict.fromkeys(LISTS, "not-entitled-list"),
    **dict.fromkeys(LOCKS, "not-entitled-object-lock-read"),
    **dict.fromkeys(LIFECYCLE, "not-entitled-lifecycle"),
}
"""Operation to what a key that may not do it usually lacks."""


def refused(call: Call) -> bool:
    """Whether it was refused as calls are that a key may not make."""
    return call.status in (400, 401, 403) and call.facts.api != "b2"


def versioned(call: Call) -> bool:
    """Whether it is a delete that names versions."""
    if call.facts.operation == "DeleteObject":
        return any(pair.name == b"versionId" and pair.value for pair in pairs(call.request.query))
    return call.facts.operation == "DeleteObjects" and names_versions(call.request_body)


def capabilities(call: Call) -> str:
    """The capabilities that a call needs, in words; empty where it is not known."""
    return " and ".join(" or ".join(sorted(one)) for one in needed(call.facts.operation, versioned(call)))


@rule(when=refused)
def not_entitled(call: Call) -> Iterator[Seen]:
    """B2 says that the key may not make this call; what it lacks is told by the operation and by other calls."""
    for one in heard(call, "not-entitled"):
        needs, name = capabilities(call), call.facts.operation or "the call"
        lacks = f": {name} needs {needs}" if needs else ""
        where = f" for the bucket {call.facts.bucket!r}" if call.facts.bucket else ""
        seen = one.seen + (f"\nkey id: {call.facts.key_id}" if call.facts.key_id else "")
        why = list(_why(call, one))
        words = f"The key is not entitled to {name}{where}{lacks}"
        fix = advised(call, why[0].cause) if why and why[0].certainty > Certainty.HINT else ""
        yield Seen("not-entitled", one.certainty, seen, words, fix)
        yield from why


def _why(call: Call, one: Heard) -> Iterator[Seen]:
    """What the key lacks. One that could do the same elsewhere has the capability, so it is bucket or prefix."""
    elsewhere = list(asked_the_same(call, versioned(call)))
    if elsewhere and call.facts.operation in ON_FILES:
        yield from _confined(call, one, elsewhere)
        return
    cause = "not-entitled-delete-version" if versioned(call) else BY_OPERATION.get(call.facts.operation or "")
    if cause is not None:
        weight = min(one.certainty, Certainty.LIKELY)
        yield Seen(cause, weight, f"{call.facts.operation}: {capabilities(call)}", _words(call, cause))
    if call.facts.operation in ON_FILES:
        yield Seen("not-entitled-name-prefix", Certainty.HINT, _name(call))


def _words(call: Call, cause: str) -> str:
    """The sentence for a cause where it depends on who called; empty: the cause's title."""
    if cause == "not-entitled-create-bucket" and sdk_of(call.facts.client) == "rclone":
        return "rclone makes the bucket before its first upload, and the key may not make buckets"
    if cause == "not-entitled-write" and call.facts.operation in DELETES:
        return "The key lacks writeFiles: a delete without a version writes a hide marker"
    return ""


def _confined(call: Call, one: Heard, elsewhere: list[Earlier]) -> Iterator[Seen]:
    """A call with the same needs went well: in this bucket under another name, or in another bucket."""
    weight, bucket = min(one.certainty, Certainty.LIKELY), call.facts.bucket
    here = first(iter(elsewhere), lambda other: other.facts.bucket == bucket)
    if here is not None:
        seen = f"refused:   {_name(call)}\nwent well: key={shown(here.facts.key or b'')} ({number(here)})"
        words = f"The key may {call.facts.operation} in {bucket!r}, and not under this name"
        yield Seen("not-entitled-name-prefix", weight, seen, words)
        return
    there = elsewhere[0]
    seen = f"refused:   {bucket}\nwent well: {there.facts.bucket} ({number(there)})"
    words = f"The key may do this in {there.facts.bucket!r}, and not in {bucket!r}: it seems to be limited to a bucket"
    yield Seen("not-entitled-bucket", weight, seen, words)


def _name(call: Call) -> str:
    """The object's key, or the prefix that was to be listed."""
    if call.facts.key is not None:
        return f"key={shown(call.facts.key)}"
    prefix = next((shown(pair.value or b"") for pair in pairs(call.request.query) if pair.name == b"prefix"), "")
    return f"prefix={prefix}" if prefix else "no prefix"


@rule(when=refused)
def cannot_access_bucket(call: Call) -> Iterator[Seen]:
    """B2 hides that an object is missing from a key that may not list buckets."""
    for one in heard(call, "cannot-access-bucket"):
        yield Seen("cannot-access-bucket", min(one.certainty, Certainty.LIKELY), one.seen)


@rule(when=refused)
def not_s3_enabled(call: Call) -> Iterator[Seen]:
    """The bucket is older than the S3 API."""
    for one in heard(call, "not-s3-enabled"):
        yield Seen("bucket-not-s3-enabled", one.certainty, f"{one.seen}\nbucket: {call.facts.bucket}")


OWNER = b"x-amz-expected-bucket-owner"


def _denied_without_a_word(call: Call) -> bool:
    """Whether it was refused 403 AccessDenied in words that are none of B2's known ones."""
    return (
        call.status == 403 and by_b2(call) and not any(heard(call)) and call.facts.error_code in (None, "AccessDenied")
    )


@rule(when=_denied_without_a_word)
def expected_owner(call: Call) -> Iterator[Seen]:
    """The request names an owner that the bucket has not."""
    owner, key_id = sent(call, OWNER), read_key_id(call.facts.key_id or "")
    if owner is None:
        return
    name = shown(owner).strip()
    if key_id is not None and key_id.account == name:
        return
    seen = line(OWNER, owner) + (f"\nkey id: {call.facts.key_id} (account {key_id.account})" if key_id else "")
    words = "" if is_master_key_id(name) else f"{name!r} is no account id of B2's, which have 12 hex digits"
    yield Seen("expected-bucket-owner-mismatch", Certainty.LIKELY, seen, words)


@rule(when=_denied_without_a_word)
def locked(call: Call) -> Iterator[Seen]:
    """A version was to be deleted, or its lock changed, that is under retention or legal hold."""
    if not (versioned(call) or call.facts.operation in ("PutObjectRetention", "PutObjectLegalHold")):
        return
    message = (call.facts.error_message or "").lower()
    told = any(word in message for word in ("lock", "retention", "legal hold"))
    seen = f"{spoken(call)}\nversion: {call.facts.version_id or 'in the body'}"
    yield Seen("object-lock-protected", Certainty.LIKELY if told else Certainty.HINT, seen)


@rule(when=refused)
def lock_on_existing_bucket(call: Call) -> Iterator[Seen]:
    """Object Lock was to be switched on for a bucket that is there already."""
    if call.facts.operation != "PutObjectLockConfiguration" or call.status != 400 or not by_b2(call):
        return
    told = "cannot be enabled on existing buckets" in (call.facts.error_message or "")
    weight = Certainty.CERTAIN if told else Certainty.HINT
    yield Seen("object-lock-existing-bucket", weight, spoken(call), fault=None if told else Fault.UNKNOWN)
