"""A multipart upload as a row of parts: which arrived, at which try, and which are missing where it was completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from inspector.s3.multipart import NamedPart
from inspector.store.timed import PartRow

Named = Callable[[PartRow], Sequence[NamedPart]]
"""From a CompleteMultipartUpload to the parts that its body names."""


class Part(str, Enum):
    """What became of a part. The value is its sign, the same in ASCII."""

    DONE = "#"
    RETRIED = "2"
    UNDER_WAY = ">"
    FAILED = "!"
    MISSING = "."
    OTHER_ETAG = "~"


MEANING = {
    Part.DONE: "arrived",
    Part.RETRIED: "arrived after a retry",
    Part.UNDER_WAY: "under way",
    Part.FAILED: "failed",
    Part.MISSING: "not seen",
    Part.OTHER_ETAG: "completed with another ETag than was answered",
}


@dataclass(slots=True)
class Upload:
    """One upload. `parts` from part 1 on; `end` is how it ended, `last` the id of its last call."""

    upload_id: str
    bucket: str | None
    key: str | None
    first: int
    started_at: float
    session: int
    last: int = 0
    parts: list[Part] = field(default_factory=list)
    size: int = 0
    retries: int = 0
    end: str = "never completed"
    troubled: bool = True

    @property
    def missing(self) -> list[int]:
        """The numbers of the parts that were not seen, or did not arrive."""
        return [number for number, part in enumerate(self.parts, 1) if part in (Part.MISSING, Part.FAILED)]

    @property
    def others(self) -> list[int]:
        """The numbers of the parts that were completed with another ETag."""
        return [number for number, part in enumerate(self.parts, 1) if part is Part.OTHER_ETAG]


def uploads(rows: Iterable[PartRow], named: Named) -> list[Upload]:
    """The uploads that some calls belong to, in the order in which they began."""
    groups: dict[tuple[int, str], list[PartRow]] = {}
    for row in rows:
        groups.setdefault((row.session, row.upload_id), []).append(row)
    return [_upload(calls, named) for calls in groups.values()]


def _upload(calls: Sequence[PartRow], named: Named) -> Upload:
    first = calls[0]
    upload = Upload(first.upload_id, first.bucket, first.key, first.id, first.started_at, first.session, calls[-1].id)
    tries: dict[int, list[PartRow]] = {}
    for call in calls:
        if call.part_number is not None and call.operation in ("UploadPart", "UploadPartCopy"):
            tries.setdefault(call.part_number, []).append(call)
    completing = [call for call in calls if call.operation == "CompleteMultipartUpload"]
    told = _told(completing, named)
    for number in range(1, max((*tries, *told), default=0) + 1):
        upload.parts.append(_part(tries.get(number, ()), told.get(number)))
    for attempts in tries.values():
        upload.retries += len(attempts) - 1
        upload.size += attempts[-1].request_size
    upload.end, upload.troubled = _end(calls, completing)
    upload.troubled = upload.troubled or bool(upload.others) or (bool(completing) and bool(upload.missing))
    return upload


def _told(completing: Sequence[PartRow], named: Named) -> dict[int, str | None]:
    """The ETag by number that the last completing request names."""
    parts = named(completing[-1]) if completing else ()
    return {part.number: part.etag for part in parts if part.number is not None and 0 < part.number <= 10_000}


def _part(tries: Sequence[PartRow], etag: str | None) -> Part:
    good = [call for call in tries if call.state != "open" and not call.failed]
    if not good:
        if any(call.state == "open" for call in tries):
            return Part.UNDER_WAY
        return Part.FAILED if tries else Part.MISSING
    if etag is not None and good[-1].etag is not None and etag not in {call.etag for call in good}:
        return Part.OTHER_ETAG
    return Part.RETRIED if len(tries) > 1 else Part.DONE


def _end(calls: Sequence[PartRow], completing: Sequence[PartRow]) -> tuple[str, bool]:
    """How an upload ended, and whether that is trouble."""
    if any(not call.failed and call.state != "open" for call in completing):
        return "completed", False
    if any(call.operation == "AbortMultipartUpload" and not call.failed for call in calls):
        return "aborted", False
    if completing:
        last = completing[-1]
        if last.state == "open":
            return "being completed", False
        return f"completing failed: {last.error_code or last.failure or last.status}", True
    return "never completed", True
