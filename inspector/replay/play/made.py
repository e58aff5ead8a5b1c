"""What is known of an object by the write that made it: its bytes are those of the upload, its ETag the answer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from inspector.replay.match.headers import moment
from inspector.replay.play.cassette import Body, Cassette, Taped, is_whole
from inspector.replay.play.scopes import object_scope
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry
from inspector.s3.chunked import content_codings
from inspector.s3.multipart import bare_etag, read_parts
from inspector.s3.xml import tree
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, get

Windows = Callable[[int, int | None], Iterator[bytes]]

LONGEST_ANSWER = 64 * 1024
"""Bytes that are read of an answer that names the tag of what was made."""

_STORED_LINES = frozenset((b"content-type", b"content-disposition", b"content-language", b"cache-control", b"expires"))


@dataclass(frozen=True, slots=True)
class Known:
    """An object, or that there is none (`exists` false). `lines` are those of an answer to GET, without its length.

    `windows` is None where no bytes are at hand; `covers` tells which of them are (None: all). `etag` without quotes;
    `modified` in Unix seconds. `how` says in words where it is known from.
    """

    call: Taped | None
    how: str
    exists: bool = True
    lines: tuple[Header, ...] = ()
    size: int = 0
    etag: bytes | None = None
    modified: float | None = None
    windows: Windows | None = None
    covers: Callable[[int, int], bool] | None = None

    def has(self, start: int, end: int) -> bool:
        """Whether the bytes from `start` to before `end` are at hand."""
        return self.windows is not None and (self.covers is None or self.covers(start, end))


def made_by(write: Entry | None, shelf: Shelf, cassette: Cassette) -> Known | None:
    """What is known of an object after this write; None where that is too little."""
    if write is None:
        return None
    maker = _MAKERS.get(write.head.operation)
    return None if maker is None else maker(write, shelf, cassette)


def _deleted(write: Entry, shelf: Shelf, cassette: Cassette) -> Known | None:
    if any(name == b"versionId" for name, _ in write.head.query):
        return None  # which version is the newest now is not known
    return Known(write.call, _how(write), exists=False)


def _put(write: Entry, shelf: Shelf, cassette: Cassette) -> Known | None:
    call = write.call
    etag = get(call.response.headers, b"etag") if call.response else None
    if etag is None:
        return None
    body = cassette.payload(call)
    whole = is_whole(body, call.request_info)
    return _object(write, call.request, etag.strip(b'"'), call.payload.size, body.windows if whole else None)


def _completed(write: Entry, shelf: Shelf, cassette: Cassette) -> Known | None:
    """An object that was put together: its parts as they were uploaded, in the order that completing them names."""
    begun, parts = upload_of(write, shelf)
    named = [part.number for part in read_parts(shelf.payload(write.call).document() or b"")]
    etag = _answered_etag(write.call, cassette)
    if begun is None or etag is None or not named or not all(number in parts for number in named):
        return None
    calls = [parts[number] for number in named]
    bodies = [cassette.payload(call) for call in calls]
    whole = all(is_whole(body, call.request_info) for body, call in zip(bodies, calls, strict=True))
    size = sum(call.payload.size for call in calls)
    return _object(write, begun.request, etag, size, one_after_another(bodies) if whole else None)


def _copied(write: Entry, shelf: Shelf, cassette: Cassette) -> Known | None:
    """A copy has the bytes that its source had then, and the tag that its answer says."""
    source = dict(write.head.source)
    bucket, _, key = source.get(b"x-amz-copy-source", b"").partition(b"/")
    etag = _answered_etag(write.call, cassette)
    if etag is None or b"x-amz-copy-source-range" in source or b"?versionId=" in key:
        return None
    story = shelf.stories.get(object_scope(bucket.decode("utf-8", "replace"), key))
    before = [one for one in story.entries if one.seq < write.seq] if story is not None else []
    made = _put(before[-1], shelf, cassette) if before and before[-1].head.operation == "PutObject" else None
    if made is None:
        return None
    replaced = source.get(b"x-amz-metadata-directive", b"").upper() == b"REPLACE"
    begun = write.call.request if replaced else before[-1].call.request
    return _object(write, begun, etag, made.size, made.windows)


_MAKERS: dict[str, Callable[[Entry, Shelf, Cassette], Known | None]] = {
    "DeleteObject": _deleted,
    "DeleteObjects": _deleted,
    "PutObject": _put,
    "CopyObject": _copied,
    "CompleteMultipartUpload": _completed,
}


def _how(write: Entry) -> str:
    return f"{write.head.operation} of call {write.call.id}"


def _object(write: Entry, begun: Request, etag: bytes, size: int, windows: Windows | None) -> Known | None:
    """An object that a write made; `begun` is the request whose lines say what it is."""
    answer = write.call.response
    if answer is None:
        return None
    at = get(answer.headers, b"date")
    modified = moment(at) if at else None
    lines: list[Header] = [(b"ETag", b'"%b"' % etag), (b"Accept-Ranges", b"bytes")]
    if at and modified is not None:
        lines.append((b"Last-Modified", at))
    lines += _kept_lines(begun)
    lines += [line for line in answer.headers if line[0].lower() == b"x-amz-version-id"]
    return Known(write.call, _how(write), True, tuple(lines), size, etag, modified, windows)


def _kept_lines(request: Request) -> list[Header]:
    """The lines of an upload that come back with the object (AWS documentation, PutObject), a type among them."""
    lines = [
        (name, value)
        for name, value in request.headers
        if name.lower() in _STORED_LINES or name.lower().startswith(b"x-amz-meta-")
    ]
    codings = [coding for coding in content_codings(request.headers) if coding != "aws-chunked"]
    if codings:
        lines.append((b"Content-Encoding", ",".join(codings).encode()))
    if get(lines, b"content-type") is None:
        lines.append((b"Content-Type", b"application/octet-stream"))
    return lines


def upload_of(write: Entry, shelf: Shelf) -> tuple[Taped | None, dict[int | None, Taped]]:
    """The call that began the upload which this one completed, and the last one that sent each of its parts."""
    upload = next((value for name, value in write.head.handed if name == b"uploadId"), b"")
    return upload_calls(upload, write.head.bucket, write.head.key, shelf)


def upload_calls(upload: bytes, bucket: str, key: bytes, shelf: Shelf) -> tuple[Taped | None, dict[int | None, Taped]]:
    """The call that was given this upload id, and the last one that sent each of its parts."""
    begun: Taped | None = None
    parts: dict[int | None, Taped] = {}
    for entry in shelf.story(("parts", bucket, key)).entries:
        call = entry.call
        if entry.head.operation == "CreateMultipartUpload" and call.upload_id and call.upload_id.encode() == upload:
            begun = call
        elif entry.head.operation == "UploadPart" and (b"uploadId", upload) in entry.head.handed:
            number = dict(entry.head.query).get(b"partNumber", b"")
            parts[int(number) if number.isdigit() else None] = call
    return begun, parts


def _answered_etag(call: Taped, cassette: Cassette) -> bytes | None:
    root = tree(b"".join(cassette.answer(call).windows(0, LONGEST_ANSWER)))
    text = next((child.text for child in root.children if child.name == "ETag"), None) if root else None
    bare = bare_etag(text)
    return bare.encode() if bare else None


def one_after_another(bodies: Sequence[Body]) -> Windows:
    """The bytes of several bodies as if they were one."""

    def windows(start: int = 0, end: int | None = None) -> Iterator[bytes]:
        at = 0
        for body in bodies:
            first, last = max(0, start - at), body.size if end is None else min(body.size, end - at)
            if first < last:
                yield from body.windows(first, last)
            at += body.size

    return windows
