"""Multipart uploads: parts that are missing, differ or are too small, uploads that are over.

What a CompleteMultipartUpload names is held against the parts that the recording saw go up. These rules hold for any S3
server: the codes are S3's, and which part it was follows from the requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.diagnose.call import Call, Step
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, spoken
from inspector.diagnose.reading import at_b2, sent, span
from inspector.diagnose.register import rule
from inspector.s3.multipart import (
    MOST_PARTS,
    SMALLEST_PART,
    SMALLEST_PART_OF_S3,
    NamedPart,
    bare_etag,
    read_parts,
)
from inspector.wire.query import pairs

COMPLETE = "CompleteMultipartUpload"
PARTS = ("UploadPart", "UploadPartCopy")
OF_UPLOADS = (*PARTS, COMPLETE, "AbortMultipartUpload", "ListParts")
SHOWN = 5
"""Parts that are named at most."""

GIGABYTES_5 = 5_000_000_000
"""The most of a single PUT, a copy or a part."""


def refused(call: Call) -> bool:
    """Whether an S3 call failed that was answered."""
    return call.facts.api != "b2" and call.failed and call.status is not None


def uploaded(call: Call) -> dict[int, Step]:
    """The parts of the upload that went well before this call, by number; of several the latest counts."""
    return {
        step.part: step for step in call.upload if step.operation in PARTS and step.part is not None and step.worked
    }


def begun_here(call: Call) -> bool:
    """Whether the recording saw the upload begin, so that it knows all of it."""
    return any(step.operation == "CreateMultipartUpload" for step in call.upload)


@rule(when=refused)
def invalid_part(call: Call) -> Iterator[Seen]:
    """A part that is to be put together was not uploaded, or has another ETag than the one named."""
    if call.facts.operation != COMPLETE or call.facts.error_code not in ("InvalidPart", "InvalidPartOrder"):
        return
    named, there = read_parts(call.request_body), uploaded(call)
    faults = list(_faults(named, there, begun_here(call)))
    if faults:
        seen = "\n".join(words for _, words in faults[:SHOWN])
        yield Seen("invalid-part", Certainty.CERTAIN, f"{spoken(call)}\n{seen}", faults[0][0])
    else:
        yield Seen("invalid-part", Certainty.CERTAIN, spoken(call))


def _faults(named: list[NamedPart], there: Mapping[int, Step], whole: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the parts that a request names: a sentence, and the bytes."""
    numbers = [part.number for part in named if part.number is not None]
    if numbers != sorted(set(numbers)):
        yield "The parts are not named in ascending order", f"order: {', '.join(map(str, numbers[: SHOWN * 2]))}"
    for part in named:
        if part.number is None or not part.etag or part.etag in ("undefined", "null", "None"):
            yield f"Part {part.number} is named without its ETag", f"part {part.number}: <ETag>{part.etag or ''}</ETag>"
            continue
        step = there.get(part.number)
        if step is None:
            if whole:
                yield f"Part {part.number} was never uploaded", f"part {part.number}: named, and not uploaded before"
        elif step.etag and bare_etag(step.etag) != part.etag:
            known = f"part {part.number}: named {part.etag}, uploaded as {bare_etag(step.etag)} ({_number(step)})"
            yield f"Part {part.number} is named with another ETag than it was given", known


def _number(step: Step) -> str:
    return f"#{step.id}" if step.id is not None else "before"


@rule(when=refused)
def too_small(call: Call) -> Iterator[Seen]:
    """A part that is not the last has fewer bytes than a part must have."""
    told = call.facts.error_code == "EntityTooSmall"
    if call.facts.operation != COMPLETE or not (told or _left_open(call)):
        return
    least = SMALLEST_PART if at_b2(call.request) else SMALLEST_PART_OF_S3
    named = {part.number for part in read_parts(call.request_body)}
    parts = sorted((number, step) for number, step in uploaded(call).items() if number in named or not named)
    small = [(number, step) for number, step in parts[:-1] if step.operation == "UploadPart" and step.size < least]
    if not (small or told):
        return
    seen = "".join(f"\npart {number}: {step.size} bytes ({_number(step)})" for number, step in small[:SHOWN])
    words = (
        f"Part {small[0][0]} has {_bytes(small[0][1].size)}; every part but the last must have {least:,}"
        if small
        else ""
    )
    yield Seen("entity-too-small", Certainty.CERTAIN if told else Certainty.LIKELY, spoken(call) + seen, words)


@rule(when=refused)
def no_such_upload(call: Call) -> Iterator[Seen]:
    """The upload is over, or was never begun."""
    if call.facts.operation not in OF_UPLOADS or call.facts.error_code != "NoSuchUpload":
        return
    seen = f"{spoken(call)}\nuploadId: {call.facts.upload_id}"
    over = next((step for step in reversed(call.upload) if _ends(step)), None)
    if over is None:
        yield Seen("no-such-upload", Certainty.CERTAIN, seen)
        return
    how = "completed" if over.operation == COMPLETE else "aborted"
    words = (
        f"The upload was {how} {span(call.exchange.timing.request_start - over.started_at)} before ({_number(over)})"
    )
    yield Seen("no-such-upload", Certainty.CERTAIN, f"{seen}\n{how}: {_number(over)}", words)


def _bytes(size: int) -> str:
    return "1 byte" if size == 1 else f"{size:,} bytes"


def _left_open(call: Call) -> bool:
    """Whether it was refused by a code that may mean anything."""
    return call.status == 400 and call.facts.error_code in ("InvalidRequest", "InvalidArgument")


def _ends(step: Step) -> bool:
    return step.operation in (COMPLETE, "AbortMultipartUpload") and step.worked


@rule(when=refused)
def part_number(call: Call) -> Iterator[Seen]:
    """A part has a number that parts do not have."""
    if call.facts.operation not in PARTS or not 400 <= (call.status or 0) < 500:
        return
    written = next((pair.value or b"" for pair in pairs(call.request.query) if pair.name == b"partNumber"), b"")
    if not (written.isdigit() and 1 <= int(written[:9]) <= MOST_PARTS):
        words = f"Part number {written.decode('utf-8', 'replace')!r}; parts have the numbers 1 to {MOST_PARTS}"
        yield Seen("part-number-range", Certainty.LIKELY, f"partNumber={written.decode('utf-8', 'replace')}", words)


@rule(when=refused)
def single_put(call: Call) -> Iterator[Seen]:
    """A single PUT has more bytes than one may have."""
    declared = sent(call, b"x-amz-decoded-content-length") or sent(call, b"content-length") or b""
    size = int(declared) if declared.isdigit() and len(declared) < 16 else call.signed.body.sent.size
    if call.facts.operation in ("PutObject", "UploadPart") and size > GIGABYTES_5:
        told = call.facts.error_code == "EntityTooLarge"
        words = f"{size:,} bytes in one PUT; the most is 5 GB"
        yield Seen("single-put-too-big", Certainty.CERTAIN if told else Certainty.LIKELY, f"{size} bytes", words)


def begins(call: Call) -> bool:
    """Whether a recorded call began an upload."""
    return call.facts.operation == "CreateMultipartUpload" and call.succeeded and bool(call.id and call.upload)


@rule(when=begins)
def left_unfinished(call: Call) -> Iterator[Seen]:
    """The recording has neither the end nor the abort of an upload."""
    if any(_ends(step) for step in call.upload):
        return
    parts = uploaded(call).values()
    size = sum(step.size for step in parts)
    seen = f"uploadId: {call.facts.upload_id}\n{len(parts)} parts, {size} bytes went up"
    yield Seen("unfinished-multipart-left", Certainty.HINT, seen)


@rule(when=refused)
def copy_too_large(call: Call) -> Iterator[Seen]:
    """The source of a copy is too large for a single one."""
    message = (call.facts.error_message or "").lower()
    if call.facts.operation == "CopyObject" and by_b2(call) and ("too big" in message or "too large" in message):
        yield Seen("copy-source-too-large", Certainty.LIKELY, spoken(call))
