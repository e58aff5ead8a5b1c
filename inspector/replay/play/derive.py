"""Answers that were not recorded, and follow from what was.

A range of an object out of the whole of it, its head out of a GET, 304 and 412 out of its tag and date, "not there"
before the first upload and after a deletion, a bucket that is there because calls to it succeeded, and its region.
Nothing is guessed: what does not follow is a miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from inspector.replay.match.question import Question
from inspector.replay.play.cassette import Cassette, Taped
from inspector.replay.play.conditions import (
    FAILED,
    NOT_MODIFIED,
    OK,
    PARTIAL,
    UNSATISFIABLE,
    Part,
    condition_status,
    holds_if_range,
    read_range,
)
from inspector.replay.play.derived import Derived
from inspector.replay.play.known import OVERRIDES, known
from inspector.replay.play.made import Known
from inspector.replay.play.native_derive import derive_natively
from inspector.replay.play.scopes import object_scope
from inspector.replay.play.shelf import Shelf
from inspector.s3.addressing import region_of_host
from inspector.s3.sentences import BY_NAME, PROLOGUE, error_body
from inspector.sigv4.authorization import read_authorization
from inspector.wire.exchange import Request
from inspector.wire.headers import Header
from inspector.wire.host import host_name

_NOT_IN_304 = frozenset(
    b"content-type content-encoding content-language content-disposition content-range accept-ranges".split()
)
_OF_THE_WHOLE = b"x-amz-checksum-"
_XML = (b"Content-Type", b"application/xml")


def _speaks_of_content(name: bytes) -> bool:
    """Whether a line is not for a 304: botocore would check an empty body against a checksum."""
    return name in _NOT_IN_304 or name.startswith(_OF_THE_WHOLE)


def derive(question: Question, request: Request, shelf: Shelf, cassette: Cassette, now: float) -> Derived | None:
    """What follows from the recording for a question that it has no literal answer to; None: nothing."""
    if question.api == "b2":
        return derive_natively(question, shelf, cassette)
    if question.api != "s3":
        return None
    if question.operation in ("GetObject", "HeadObject"):
        found = known(question, request, shelf, cassette) or _unlisted(question, shelf)
        return None if found is None else _of_object(question, found)
    if question.operation == "CopyObject":
        return _copy_onto_itself(question, request, shelf, cassette, now)
    if question.operation == "HeadBucket":
        return _bucket(question, shelf)
    if question.operation == "GetBucketLocation":
        return _location(question, shelf)
    return None


# Objects


def _of_object(question: Question, found: Known) -> Derived | None:
    if not found.exists:
        return _absent(question, found)
    conditions = dict(question.conditions)
    status = condition_status(conditions, found.etag, found.modified)
    if status is None:
        return None
    if status == NOT_MODIFIED:
        lines = tuple(line for line in found.lines if not _speaks_of_content(line[0].lower()))
        return Derived(status, lines, None, lambda: iter(()), 0, found.call, f"not modified since {found.how}")
    if status == FAILED:
        message = "At least one of the preconditions did not hold (b2-inspector, from the recorded object)"
        return _error(question, found, status, "PreconditionFailed", message)
    if_range = conditions.get(b"if-range")
    asked = question.range
    if if_range is not None and not holds_if_range(if_range, found.etag, found.modified):
        asked = b""
    part = read_range(asked, found.size) if asked else None
    if part == UNSATISFIABLE:
        unsatisfied = ((b"Content-Range", b"bytes */%d" % found.size),)
        message = "The requested range is not satisfiable (b2-inspector, from the recorded object)"
        return _error(question, found, UNSATISFIABLE, "InvalidRange", message, unsatisfied)
    return _content(question, found, part if isinstance(part, Part) else None)


def _unlisted(question: Question, shelf: Shelf) -> Known | None:
    """What was never asked for, and is in no list that would have it, was not there."""
    if object_scope(question.bucket, question.key) in shelf.stories or question.query:
        return None
    covering = [one for one in shelf.whole_lists.get(question.bucket, ()) if question.key.startswith(one[0])]
    if not covering or any(question.key in keys for _, keys, _ in covering):
        return None
    call = covering[0][2].call
    return Known(call, f"it is not in the list of call {call.id}", exists=False)


def _content(question: Question, found: Known, part: Part | None) -> Derived | None:
    bodiless = question.operation == "HeadObject"
    start, end = part or (0, found.size)
    if not bodiless and not found.has(start, end):
        return None
    lines = _overridden(found.lines, question)
    if part is not None:
        lines = tuple(line for line in lines if not line[0].lower().startswith(_OF_THE_WHOLE))
        lines = (*lines, (b"Content-Range", b"bytes %d-%d/%d" % (start, end - 1, found.size)))
    read = found.windows

    def windows() -> Iterator[bytes]:
        return iter(()) if bodiless or read is None else read(start, end)

    note = f"bytes {start}-{end - 1} of {found.how}" if part else f"from {found.how}"
    size = 0 if bodiless else end - start
    return Derived(PARTIAL if part else OK, lines, end - start, windows, size, found.call, note)


def _overridden(lines: tuple[Header, ...], question: Question) -> tuple[Header, ...]:
    """The lines with those that the query writes."""
    written = [(OVERRIDES[name], value) for name, value in question.query if name in OVERRIDES]
    if not written:
        return lines
    names = {name.lower() for name, _ in written}
    return (*(line for line in lines if line[0].lower() not in names), *written)


def _absent(question: Question, found: Known) -> Derived:
    said = BY_NAME["no-such-key"]
    return _error(question, found, 404, said.code or "NoSuchKey", said.text)


def _error(
    question: Question, found: Known, status: int, code: str, message: str, more: tuple[Header, ...] = ()
) -> Derived:
    body = error_body(code, message)
    told = () if question.operation.startswith("Head") else (body,)
    size = sum(map(len, told))
    note = f"{code}: {found.how}"
    return Derived(status, (_XML, *more), len(body), lambda: iter(told), size, found.call, note)


def _copy_onto_itself(
    question: Question, request: Request, shelf: Shelf, cassette: Cassette, now: float
) -> Derived | None:
    """A copy of an object onto itself changes its metadata alone: rclone writes the time of a file so."""
    source = dict(question.source)
    if source.get(b"x-amz-copy-source") != question.bucket.encode() + b"/" + question.key:
        return None
    if source.keys() - {b"x-amz-copy-source", b"x-amz-metadata-directive"} or question.encryption:
        return None
    head = question._replace(operation="HeadObject", source=(), settings=(), metadata=())
    found = known(head, request, shelf, cassette)
    if found is None or not found.exists or found.etag is None:
        return None
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    etag = found.etag.decode("latin-1")
    inner = f'<LastModified>{at}</LastModified><ETag>"{etag}"</ETag>'
    body = (PROLOGUE + f"<CopyObjectResult>{inner}</CopyObjectResult>\n").encode()
    return Derived(200, (_XML,), len(body), lambda: iter((body,)), len(body), found.call, f"onto itself: {found.how}")


# Buckets


def _bucket(question: Question, shelf: Shelf) -> Derived | None:
    """A bucket is there when calls to it succeeded, unless the last thing that came was its deletion."""
    call = _call_to(question.bucket, shelf)
    if call is None:
        return None
    settings = shelf.story(("settings", question.bucket))
    if settings.last_write is not None and settings.last_write.head.operation == "DeleteBucket":
        return None
    return Derived(200, (), 0, lambda: iter(()), 0, call, f"call {call.id} to this bucket succeeded")


def _location(question: Question, shelf: Shelf) -> Derived | None:
    """The region of the recorded host, or that recorded calls were signed for. minio-py asks before it signs."""
    call = _call_to(question.bucket, shelf)
    if call is None:
        return None
    region = region_of_host(host_name(call.request)) or read_authorization(call.request).region
    if not region:
        return None
    body = (
        PROLOGUE
        + f'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{region}</LocationConstraint>\n'
    ).encode()
    return Derived(200, (_XML,), len(body), lambda: iter((body,)), len(body), call, f"the region of call {call.id}")


def _call_to(bucket: str, shelf: Shelf) -> Taped | None:
    """The first call to a bucket that succeeded."""
    entry = shelf.first_of_bucket.get(bucket)
    return None if entry is None else entry.call
