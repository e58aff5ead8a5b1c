"""Buckets, objects, their names and their lifecycle: what is not there, taken, in the way, or may not be called so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from inspector.diagnose.advice import advised, sdk_of
from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, heard, spoken
from inspector.diagnose.neighbours import ago, first, number, of_object, worked
from inspector.diagnose.reading import line, sent, shown
from inspector.diagnose.register import rule
from inspector.s3.names import bucket_name_fault

WRITING = ("PutObject", "CreateMultipartUpload", "CopyObject")
COPIES = ("CopyObject", "UploadPartCopy")

LONGEST_KEY = 1024
PROBERS = ("rclone", "restic", "kopia", "mc ", "minio-", "goofys", "juicefs", "s3fs", "litestream", "mountpoint-s3")
"""Clients that ask whether something is there before they write it (rclone/rclone#4689, kopia/kopia#5329; minio's
`bucket_exists`): `no` is an answer to them, and no trouble."""

MOST_INFO, MOST_INFO_ENCRYPTED = 7000, 2048
"""Bytes of name and metadata together, and the same with encryption or Object Lock (apidocs/b2-upload-file)."""


def refused(call: Call) -> bool:
    """Whether an S3 call was refused, for what it asks or for what is not there."""
    return call.facts.api != "b2" and call.failed and 400 <= (call.status or 0) < 500


def _refused_by_b2(call: Call) -> bool:
    return refused(call) and by_b2(call)


# What is not there


@rule(when=_refused_by_b2)
def no_such_bucket(call: Call) -> Iterator[Seen]:
    """The bucket is not there, or the name was read out of the wrong place."""
    bucket = call.facts.bucket or ""
    for one in heard(call, "no-such-bucket"):
        yield Seen("no-such-bucket", _asked(call, one.certainty), one.seen, *_of_bucket(call, bucket))
        return
    if call.facts.error_code == "NoSuchBucket":
        yield Seen("no-such-bucket", Certainty.CERTAIN, spoken(call), *_of_bucket(call, bucket))


def _of_bucket(call: Call, bucket: str) -> tuple[str, str]:
    """A sentence about a bucket that is not there, and a fix where it is another than to look at the name."""
    name = bucket.encode()
    if name and (call.facts.key or b"").startswith(name + b"/"):
        twice = f"There is no bucket {bucket!r}; it stands in the host and in the path, and is only wanted once"
        return twice, advised(call, "host-vhost-vs-path")
    other = first(iter(call.earlier), lambda one: worked(one) and (one.facts.bucket or "").lower() == bucket.lower())
    if other is not None and other.facts.bucket != bucket:
        return f"There is no bucket {bucket!r}; {number(other)} went to {other.facts.bucket!r}", ""
    return f"There is no bucket {bucket!r} in this region that anyone may see", ""


@rule(when=_refused_by_b2)
def no_such_key(call: Call) -> Iterator[Seen]:
    """The object is not there; calls before may tell what became of it."""
    if call.facts.operation in COPIES or not call.facts.key:
        return
    for one in heard(call, "no-such-key"):
        words, seen = _of_key(call)
        yield Seen("no-such-key", _asked(call, one.certainty), one.seen + seen, words)


def _asked(call: Call, certainty: Certainty) -> Certainty:
    """How sure it is that something is amiss, where the client may only have asked."""
    asks = (call.facts.client or "").lower().startswith(PROBERS) and call.request.method == b"HEAD"
    return Certainty.HINT if asks else certainty


def _of_key(call: Call) -> tuple[str, str]:
    """What is known of an object that is not there, and the call that it is known from."""
    key = call.facts.key or b""
    gone = of_object(call, "DeleteObject")
    put = of_object(call, "PutObject", "CopyObject", "CompleteMultipartUpload")
    if gone is not None and (put is None or (gone.id or 0) > (put.id or 0)):
        return f"It was deleted {ago(call, gone)} ({number(gone)})", f"\ndeleted: {number(gone)}"
    near = first(iter(call.earlier), lambda one: worked(one) and _nearly(call, one))
    if near is not None:
        written = shown(near.facts.key or b"")
        seen = f"\nasked for:  {shown(key)}\nthere is:   {written} ({number(near)})"
        return f"There is no such file; {written!r}, which {number(near)} names, is written otherwise", seen
    return f"There is no file {shown(key)!r}", ""


def _nearly(call: Call, one: Earlier) -> bool:
    """Whether another call names an object that differs by case, a slash, or how it is percent-encoded alone."""
    mine, other = call.facts.key, one.facts.key
    if one.facts.bucket != call.facts.bucket or not mine or not other or mine == other:
        return False
    return one.facts.operation != "DeleteObject" and _folded(mine) == _folded(other)


def _folded(key: bytes) -> bytes:
    return unquote_to_bytes(key.replace(b"+", b" ")).strip(b"/").lower()


@rule(when=_refused_by_b2)
def copy_source(call: Call) -> Iterator[Seen]:
    """The source of a copy is not there: mostly it is not written as a URL is."""
    source = sent(call, b"x-amz-copy-source")
    if source is None or call.facts.operation not in COPIES or call.facts.error_code != "NoSuchKey":
        return
    why = _badly_encoded(source)
    if why:
        yield Seen("copy-source-encoding", Certainty.LIKELY, line("x-amz-copy-source", source), why)
    else:
        words = f"The source of the copy, {shown(unquote_to_bytes(source))!r}, is not there"
        yield Seen("no-such-key", Certainty.CERTAIN, f"{spoken(call)}\n{line('x-amz-copy-source', source)}", words)


def _badly_encoded(source: bytes) -> str:
    path = source.partition(b"?")[0]
    if re.search(rb"%25[0-9a-fA-F]{2}", path):
        return "The copy's source looks percent-encoded twice"
    if re.search(rb"%2[fF]", path):
        return "The slashes of the copy's source are percent-encoded"
    if re.search(rb"[^\x21-\x7e]", path):
        return "The copy's source has spaces or letters beyond ASCII that are not percent-encoded"
    if b"+" in path:
        return "The copy's source has a + that is not percent-encoded"
    return "The copy's source has a % that begins no escape" if re.search(rb"%(?![0-9a-fA-F]{2})", path) else ""


# Buckets in the way


@rule(when=refused)
def bucket_taken(call: Call) -> Iterator[Seen]:
    """A bucket of that name is there already."""
    code = call.facts.error_code or ""
    if call.facts.operation != "CreateBucket" or not code.startswith("BucketAlready"):
        return
    own = code == "BucketAlreadyOwnedByYou" or _used_before(call)
    words = f"The bucket {call.facts.bucket!r} is there already" + (", and is yours" if own else "")
    probing = own or sdk_of(call.facts.client) == "rclone"  # it makes a bucket before its first upload (rclone#4689)
    yield Seen("bucket-name-taken", Certainty.HINT if probing else Certainty.CERTAIN, spoken(call), words)


def _used_before(call: Call) -> bool:
    return any(worked(one) and one.facts.bucket == call.facts.bucket for one in call.earlier)


@rule(when=refused)
def bucket_not_empty(call: Call) -> Iterator[Seen]:
    """A bucket that is to go still holds something."""
    if call.facts.operation != "DeleteBucket" or call.facts.error_code != "BucketNotEmpty":
        return
    begun = {one.facts.upload_id for one in call.earlier if one.facts.operation == "CreateMultipartUpload"}
    ended = {one.facts.upload_id for one in call.earlier if one.facts.operation in _ENDS and worked(one)}
    left = sorted(filter(None, begun - ended))
    seen = spoken(call) + "".join(f"\nunfinished upload: {name}" for name in left[:3])
    yield Seen("bucket-not-empty", Certainty.CERTAIN, seen, f"The bucket {call.facts.bucket!r} is not empty")


_ENDS = ("CompleteMultipartUpload", "AbortMultipartUpload")


# Names


@rule(when=_refused_by_b2)
def bucket_name(call: Call) -> Iterator[Seen]:
    """A bucket was to have a name that B2 does not allow."""
    bucket = call.facts.bucket or ""
    why = bucket_name_fault(bucket)
    if call.facts.operation != "CreateBucket" or call.status != 400:
        return
    told = call.facts.error_code == "InvalidBucketName"
    if why:
        weight = Certainty.CERTAIN if told else Certainty.LIKELY
        yield Seen("bucket-name-invalid", weight, f"bucket: {bucket}", f"The bucket's name {why}")
    elif told:
        yield Seen("bucket-name-invalid", Certainty.CERTAIN, spoken(call))


@rule(when=_refused_by_b2)
def key_name(call: Call) -> Iterator[Seen]:
    """An object was to have a name that B2 does not allow."""
    key = call.facts.key or b""
    long, controls = len(key) > LONGEST_KEY, re.search(rb"[\x00-\x1f\x7f]", key) is not None
    if call.facts.operation not in WRITING or call.status != 400 or not (long or controls):
        return
    words = (
        f"The name has {len(key)} bytes; B2 takes {LONGEST_KEY}" if long else "The name has control characters in it"
    )
    weight = Certainty.CERTAIN if long and call.facts.error_code == "KeyTooLongError" else Certainty.LIKELY
    yield Seen("key-name-invalid", weight, f"key: {shown(key)[:80]!r}", words)


@rule(when=_refused_by_b2)
def metadata(call: Call) -> Iterator[Seen]:
    """Name and metadata together are more than B2 keeps."""
    if call.facts.operation not in WRITING or call.status != 400:
        return
    lines = [(name, value) for name, value in call.request.headers if name.lower().startswith(b"x-amz-meta-")]
    size = len(call.facts.key or b"") + sum(len(name) - len(b"x-amz-meta-") + len(value) for name, value in lines)
    told = call.facts.error_code == "MetadataTooLarge"
    encrypted = sent(call, b"x-amz-server-side-encryption") is not None or sent(call, b"x-amz-object-lock-mode")
    words = (
        f"Name and metadata have {size} bytes; B2 keeps {MOST_INFO}, and {MOST_INFO_ENCRYPTED} with encryption or lock"
    )
    if told or size > MOST_INFO or (encrypted and size > MOST_INFO_ENCRYPTED):
        weight = Certainty.CERTAIN if told else Certainty.LIKELY
    elif size > MOST_INFO_ENCRYPTED and not any(heard(call)):
        weight = Certainty.HINT
    else:
        return
    yield Seen("metadata-too-large", weight, f"{len(lines)} x-amz-meta- headers and the key: {size} bytes", words)


# Lifecycle and Live Read


@rule(when=refused)
def malformed_xml(call: Call) -> Iterator[Seen]:
    """The XML of a request is none that the server can read."""
    if call.facts.error_code != "MalformedXML":
        for one in heard(call, "xml-malformed"):
            yield Seen("xml-malformed", one.certainty, one.seen)
        return
    if call.facts.operation == "PutBucketLifecycleConfiguration" and by_b2(call):
        empty = b"<Rule>" not in call.request_body
        words = "The lifecycle configuration has no Rule in it" if empty else ""
        yield Seen("lifecycle-xml-malformed", Certainty.CERTAIN if empty else Certainty.LIKELY, spoken(call), words)
    else:
        yield Seen("xml-malformed", Certainty.CERTAIN, spoken(call))


@rule(when=refused)
def no_lifecycle(call: Call) -> Iterator[Seen]:
    """The bucket has no lifecycle rules, which is no fault."""
    if call.facts.error_code == "NoSuchLifecycleConfiguration":
        yield Seen("lifecycle-none", Certainty.HINT, spoken(call))


LIVE_READ = {
    "live-read-size-invalid": "live-read-part-size-invalid",
    "live-read-size-small": "live-read-part-size-small",
    "live-read-size-large": "live-read-part-size-large",
    "live-read-part-mismatch": "live-read-part-mismatch",
}
"""B2's sentence to the cause."""


@rule(when=_refused_by_b2)
def live_read(call: Call) -> Iterator[Seen]:
    """A Live Read upload whose parts have no size that B2 takes."""
    for one in heard(call, *LIVE_READ):
        size = sent(call, b"x-backblaze-live-read-part-size")
        asked = f"\n{line('x-backblaze-live-read-part-size', size)}" if size is not None else ""
        yield Seen(LIVE_READ[one.sentence.name], one.certainty, one.seen + asked)
