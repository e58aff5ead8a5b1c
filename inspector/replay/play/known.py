"""What the recording knows of an object at a point of its story: from a read of it, or from the write that made it."""

from __future__ import annotations

from inspector.replay.match.headers import moment
from inspector.replay.match.question import Question
from inspector.replay.play.cassette import Cassette, Taped, is_whole
from inspector.replay.play.heads import sendable
from inspector.replay.play.made import Known, Windows, made_by
from inspector.replay.play.scopes import object_scope
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.spans import Span, Spans, span_of
from inspector.replay.play.story import END, Entry, Story, first_read
from inspector.s3.checksums import CHECKSUMS
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers, get

OVERRIDES = {
    b"response-cache-control": b"Cache-Control",
    b"response-content-disposition": b"Content-Disposition",
    b"response-content-encoding": b"Content-Encoding",
    b"response-content-language": b"Content-Language",
    b"response-content-type": b"Content-Type",
    b"response-expires": b"Expires",
}
"""Parameters of a GET that write a header of its answer (AWS documentation, GetObject)."""

_STORED_LINES = (b"content-type", b"content-disposition", b"content-language", b"cache-control", b"expires")


_OF_A_RANGE = frozenset((b"content-range",)) | CHECKSUMS.keys()


def base_of(question: Question) -> Question:
    """The question without range, conditions and overrides: the object itself."""
    query = tuple(pair for pair in question.query if pair[0] not in OVERRIDES)
    return question._replace(range=b"", conditions=(), query=query, metadata=(), handed=())


def known(question: Question, request: Request, shelf: Shelf, cassette: Cassette) -> Known | None:
    """What is known of the object that a GET or HEAD is about, in its present state; None: nothing."""
    base = base_of(question)
    story = shelf.stories.get(object_scope(base.bucket, base.key))
    if story is None:
        return None
    of_version = any(name == b"versionId" for name, _ in base.query)
    window = (-1, END) if of_version else story.window()
    found = _of_reads(base, request, shelf, cassette, window)
    if found is None and story.at < 0:
        found = _of_reads(base, request, shelf, cassette, None)
    enough = found is not None and (found.windows is not None or not found.exists)
    if found is not None and (enough or question.operation == "HeadObject"):
        return found
    made = None if base.query else _before_first_write(story) or made_by(_present(story), shelf, cassette)
    if made is None or (made.exists and made.windows is None):
        made = _of_ranges(base, shelf, cassette, window if of_version else story.window()) or made
    return found if found is not None and (made is None or made.windows is None) else made


def _of_ranges(base: Question, shelf: Shelf, cassette: Cassette, window: tuple[int, int]) -> Known | None:
    """What ranges of the object tell, where those that were read in a window are of one size and bear one tag."""
    alike = shelf.ranges.get(base._replace(operation="GetObject"), ())
    pieces: dict[tuple[bytes | None, int], list[Span]] = {}
    calls: list[Taped] = []
    for entry in alike:
        span = span_of(entry.call, cassette) if window[0] < entry.seq < window[1] else None
        if span is not None and entry.call.response is not None:
            pieces.setdefault((_etag(entry.call.response.headers), span.size), []).append(span)
            calls.append(entry.call)
    if len(pieces) != 1 or calls[0].response is None:
        return None
    (((tag, size), spans),) = pieces.items()
    if tag is None:
        return None
    lines = tuple(line for line in sendable(calls[0].response)[0] if line[0].lower() not in _OF_A_RANGE)
    how = f"what was read of it by call {calls[0].id}" + (" and others" if len(calls) > 1 else "")
    whole = Spans(spans)
    return Known(calls[0], how, True, lines, size, tag, _modified(lines), whole.windows, whole.covers)


def _of_reads(
    base: Question, request: Request, shelf: Shelf, cassette: Cassette, window: tuple[int, int] | None
) -> Known | None:
    """What reads of the object tell: GETs before HEADs. Those in a window, or (None) where the story can begin."""
    found: Known | None = None
    for operation in ("GetObject", "HeadObject"):
        line = shelf.line(base._replace(operation=operation), request)
        if line is None:
            continue
        entry = first_read(line) if window is None else line.within(*window)[1]
        if entry is None or entry.passing:
            continue
        told = _of_read(entry, cassette)
        if told is not None and window is None:
            entry.story.begin(entry.seq)
            window = entry.story.window()
        if told is not None and (found is None or found.windows is None):
            found = found or told
    return found


def _present(story: Story) -> Entry | None:
    """The write that made the present state; for a story that has not begun, that of its first read."""
    if story.at < 0 and story.entries and story.first_read < END:
        story.begin(story.first_read)
    return story.last_write


def _of_read(entry: Entry, cassette: Cassette) -> Known | None:
    call = entry.call
    if call.response is None or call.failure is not None:
        return None
    how = f"{entry.head.operation} of call {call.id}"
    if call.response.status == 404:
        return Known(call, how, exists=False)
    if call.response.status != 200:
        return None
    lines, _ = sendable(call.response)
    size = get(call.response.headers, b"content-length")
    windows: Windows | None = None
    if entry.head.operation == "GetObject":
        body = cassette.answer(call)
        if not is_whole(body, call.response_info):
            return None
        windows = body.windows
        size = b"%d" % body.size
    if size is None or not size.strip().isdigit():
        return None
    return Known(call, how, True, lines, int(size), _etag(lines), _modified(lines), windows)


def _etag(lines: Headers) -> bytes | None:
    written = get(lines, b"etag")
    return None if written is None else written.strip().removeprefix(b"W/").strip(b'"')


def _modified(lines: Headers) -> float | None:
    written = get(lines, b"last-modified")
    return None if written is None else moment(written)


def _before_first_write(story: Story) -> Known | None:
    """Nothing was there, as far as the recording knows: its first word on the object is an upload, and its last.

    Where reads of it were recorded too, whoever asks first may be one who only reads.
    """
    if story.at >= 0 or not story.entries or story.first_read < END:
        return None
    first = story.entries[0]
    if first.head.operation not in ("PutObject", "CompleteMultipartUpload", "CopyObject"):
        return None
    return Known(first.call, f"it was first written by call {first.call.id}", exists=False)
