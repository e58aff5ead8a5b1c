"""Downloads of the native API that were not recorded, and follow: a range, the whole, the head, out of what made them.

The bytes are those of the upload, or of the parts of a large file, where the download itself was not kept whole; the
lines are those of a recorded download of the same file, whatever part of it that read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from inspector.native.body import read_object
from inspector.replay.match.question import HEAD, Question
from inspector.replay.play.cassette import Body, Cassette, Taped, is_whole
from inspector.replay.play.conditions import OK, PARTIAL, UNSATISFIABLE, Part, read_range
from inspector.replay.play.derived import Derived
from inspector.replay.play.heads import sendable
from inspector.replay.play.made import LONGEST_ANSWER, Known, one_after_another
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Story
from inspector.wire.headers import Header, get

DOWNLOADS = frozenset(("b2_download_file_by_id", "b2_download_file_by_name"))
_OF_A_RANGE = frozenset((b"content-range", b"content-length"))
_LINES = {
    "fileId": b"X-Bz-File-Id",
    "fileName": b"X-Bz-File-Name",
    "contentType": b"Content-Type",
    "contentSha1": b"X-Bz-Content-Sha1",
    "uploadTimestamp": b"X-Bz-Upload-Timestamp",
}
_JSON = (b"Content-Type", b"application/json;charset=utf-8")
_AT_END = b"hex_digits_at_end"
_DIGITS = 40


def derive_natively(question: Question, shelf: Shelf, cassette: Cassette) -> Derived | None:
    """What follows for a download; None: nothing."""
    if question.operation not in DOWNLOADS or question.encryption:
        return None
    story = shelf.stories.get(_scope(question))
    if story is None:
        return None
    write = _maker(story, question)
    if write is not None and write.head.operation == "b2_hide_file":
        return _refused(question, write.call, 404, "not_found", "File with such name does not exist.", "it was hidden")
    reads = [one for one in _reads(question, shelf) if _is_of(one, write)]
    found = _known(reads, write, cassette)
    return None if found is None else _content(question, found)


def _scope(question: Question) -> tuple[object, ...]:
    if question.operation == "b2_download_file_by_name":
        return ("b2", "file", question.key)
    return ("b2", "version", dict(question.query).get(b"fileId", b"").decode("utf-8", "replace"))


def _maker(story: Story, question: Question) -> Entry | None:
    """What made the newest version under a name as it is now, or this version of a file, whatever came after it."""
    if question.operation == "b2_download_file_by_name":
        if story.at < 0 and story.entries and story.first_read > story.entries[0].seq:
            story.begin(story.first_read)
        return story.last_write
    return story.entries[0] if story.entries else None


def _reads(question: Question, shelf: Shelf) -> list[Entry]:
    """Recorded downloads of the file that went well, whole or in part, by the same name or id."""
    same = shelf.by_operation.get(question.operation, ())
    here = (one for one in same if (one.head.bucket, one.head.key) == (question.bucket, question.key))
    answers = [one for one in here if one.head.query == question.query]
    return [one for one in answers if one.call.response is not None and one.call.response.status in (OK, PARTIAL)]


def _is_of(read: Entry, write: Entry | None) -> bool:
    """Whether a read is of what this write made: it came between it and the next one."""
    if write is None or read.head.operation == "b2_download_file_by_id":
        return True
    later = [one.seq for one in read.story.entries if one.seq > write.seq]
    return write.seq < read.seq < (later[0] if later else read.seq + 1)


def _known(reads: Sequence[Entry], write: Entry | None, cassette: Cassette) -> Known | None:
    """The file by its reads and by what made it: lines of a read, and bytes of a whole one or of the upload."""
    if not reads:
        return _by_upload(write, cassette)
    answer = reads[0].call.response
    assert answer is not None
    lines = tuple(line for line in sendable(answer)[0] if line[0].lower() not in _OF_A_RANGE)
    how = f"{reads[0].head.operation} of call {reads[0].call.id}"
    for one in reads:
        body = cassette.answer(one.call)
        if one.call.request.method == b"GET" and not one.head.range and is_whole(body, one.call.response_info):
            return Known(one.call, how, True, lines, body.size, windows=body.windows)
    bodies = _uploaded(write, cassette)
    size = _size(reads)
    if bodies is None or sum(body.size for body in bodies) != size:
        return None if size is None else Known(reads[0].call, how, True, lines, size)
    return Known(reads[0].call, how, True, lines, size, windows=one_after_another(bodies))


def _by_upload(write: Entry | None, cassette: Cassette) -> Known | None:
    """A file that nobody read, as the answer to its upload tells of it."""
    bodies = _uploaded(write, cassette)
    if write is None or bodies is None:
        return None
    told = read_object(b"".join(cassette.answer(write.call).windows(0, LONGEST_ANSWER)))
    size = sum(body.size for body in bodies)
    if told.get("contentLength") != size:
        return None
    how = f"{write.head.operation} of call {write.call.id}"
    return Known(write.call, how, True, tuple(_lines(told)), size, windows=one_after_another(bodies))


def _lines(told: Mapping[str, Any]) -> Iterator[Header]:
    """The lines of a download, out of what an upload is answered."""
    for member, name in _LINES.items():
        value = told.get(member)
        if value is not None:
            yield name, str(value).encode() if member != "fileName" else quote(str(value)).encode()
    info = told.get("fileInfo")
    for name, value in info.items() if isinstance(info, dict) else ():
        yield b"X-Bz-Info-" + str(name).encode(), quote(str(value)).encode()
    yield b"Accept-Ranges", b"bytes"


def _size(reads: Sequence[Entry]) -> int | None:
    """Bytes of the whole file, as its reads say."""
    for one in reads:
        headers = one.call.response.headers if one.call.response else ()
        written = (get(headers, b"content-range") or b"").rpartition(b"/")[2] or get(headers, b"content-length") or b""
        if written.strip().isdigit():
            return int(written)
    return None


def _uploaded(write: Entry | None, cassette: Cassette) -> list[Body] | None:
    """What was sent to make a file; None where that is not all at hand."""
    if write is None:
        return None
    if write.head.operation == "b2_upload_file":
        calls = [write.call]
    elif write.head.operation == "b2_finish_large_file":
        numbered = {one.head.settings: one.call for one in _parts(write) if one.head.operation == "b2_upload_part"}
        calls = [call for _, call in sorted(numbered.items(), key=lambda pair: _number(pair[0]))]
    else:
        return None
    bodies = [_Payload(cassette.payload(call), call) for call in calls]
    whole = all(is_whole(body.sent, call.request_info) for body, call in zip(bodies, calls, strict=True))
    return list(bodies) if whole and bodies else None


def _parts(write: Entry) -> list[Entry]:
    """The calls that a large file was put together from: they are of the same story."""
    return [one for one in write.story.entries if one.seq < write.seq]


def _number(settings: tuple[Header, ...]) -> int:
    written = dict(settings).get(b"x-bz-part-number", b"0")
    return int(written) if written.isdigit() else 0


@dataclass(frozen=True, slots=True)
class _Payload:
    """A file's bytes in an upload: the SHA-1 at their end is none of them."""

    sent: Body
    call: Taped

    @property
    def size(self) -> int:
        last = (get(self.call.request.headers, b"x-bz-content-sha1") or b"").strip() == _AT_END
        return max(0, self.sent.size - _DIGITS) if last else self.sent.size

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self.sent.windows(start, self.size if end is None else min(end, self.size))


def _content(question: Question, found: Known) -> Derived | None:
    bodiless = HEAD in question.settings
    # `bytes=0-` is answered 200 with the whole (backblaze-b2-samples/cloudflare-b2#7)
    part = read_range(question.range, found.size) if question.range not in (b"", b"bytes=0-") else None
    if part == UNSATISFIABLE:
        return _refused(question, found.call, UNSATISFIABLE, "range_not_satisfiable", "", found.how)
    start, end = part if isinstance(part, Part) else (0, found.size)
    read = found.windows
    if not bodiless and read is None:
        return None
    lines = found.lines
    if isinstance(part, Part):
        lines = (*lines, (b"Content-Range", b"bytes %d-%d/%d" % (start, end - 1, found.size)))

    def windows() -> Iterator[bytes]:
        return iter(()) if bodiless or read is None else read(start, end)

    note = f"bytes {start}-{end - 1} of {found.how}" if isinstance(part, Part) else f"from {found.how}"
    status = PARTIAL if isinstance(part, Part) else OK
    return Derived(status, lines, end - start, windows, 0 if bodiless else end - start, found.call, note)


def _refused(question: Question, call: Taped | None, status: int, code: str, message: str, how: str) -> Derived:
    body = json.dumps({"code": code, "message": message, "status": status}, indent=2).encode()
    told = () if HEAD in question.settings else (body,)
    return Derived(status, (_JSON,), len(body), lambda: iter(told), sum(map(len, told)), call, f"{code}: {how}")
