"""Uploads of the same bytes, cut otherwise: another client has parts of another size, or none.

boto3 cuts at 8 MiB, JS and obstore at 5 MiB, rclone sends up to 200 MiB in one piece. What they upload is the object
that was recorded, if its bytes are: each part is held against the place in the recorded object where it belongs, by its
number where parts are of one size, by the end of the object where it is the last. Other bytes are a miss, at that part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from inspector.replay.play.asked import Asked
from inspector.replay.play.cassette import Cassette
from inspector.replay.play.derived import Derived
from inspector.replay.play.made import Known, made_by, upload_calls, upload_of
from inspector.replay.play.scopes import object_scope
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry
from inspector.s3.multipart import read_parts
from inspector.s3.sentences import PROLOGUE, escape

OPERATIONS = frozenset(
    ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload")
)

LONGEST = 1 << 30
"""Bytes of a recorded object that are hashed to know them again."""

TRIED = 8
"""Recorded writes of an object that are looked at."""

_ID = b"b2-inspector-upload-"
_XML = (b"Content-Type", b"application/xml")


class _Place(NamedTuple):
    """Where in the object that a recorded write made the bytes of a part are."""

    write: Entry
    start: int
    end: int


class Recut:
    """The uploads of a run that are cut otherwise. Not to be used by two threads at a time."""

    def __init__(self, shelf: Shelf, cassette: Cassette) -> None:
        self._shelf = shelf
        self._cassette = cassette
        self._known: dict[int, Known | None] = {}
        self._hashes: dict[tuple[int, int, int], str] = {}
        self._uploads: dict[bytes, dict[int, _Place]] = {}
        self._begun = 0

    def clear(self) -> None:
        """Begin anew."""
        self._uploads.clear()

    def derive(self, asked: Asked) -> Derived | None:
        """The answer to a step of an upload that was not recorded so; None where its bytes were not recorded."""
        name = asked.question.operation
        if name == "PutObject":
            return self._put(asked)
        if name == "CreateMultipartUpload":
            return self._begin(asked)
        upload = next((value for key, value in asked.question.handed if key == b"uploadId"), b"")
        if name == "UploadPart" and (upload in self._uploads or upload in self._shelf.uploads):
            return self._part(asked, upload)
        if name == "CompleteMultipartUpload" and upload in self._uploads:
            return self._complete(asked, upload)
        if name == "AbortMultipartUpload" and upload.startswith(_ID) and self._uploads.pop(upload, None) is not None:
            return Derived(204, (), None, lambda: iter(()), 0, None, "an upload that was begun here")
        if name == "AbortMultipartUpload" and upload in self._shelf.uploads:
            return self._abort(asked, upload)
        return None

    # Steps

    def _put(self, asked: Asked) -> Derived | None:
        size = asked.payload.size
        for write, made in self._candidates(asked):
            # One that was recorded in one piece is no other cut: what tells it from this one is a difference.
            if write.head.operation == "PutObject":
                continue
            if made.size == size and self._hash(write, made, 0, size) == asked.payload.sha256:
                return self._done(asked, write, made, ((b"ETag", b'"%b"' % (made.etag or b"")),), b"")
        return None

    def _begin(self, asked: Asked) -> Derived | None:
        found = next(self._candidates(asked), None)
        if found is None:
            return None
        self._begun += 1
        upload = b"%b%d" % (_ID, self._begun)
        self._uploads[upload] = {}
        body = _document("InitiateMultipartUploadResult", asked, ("UploadId", upload.decode()))
        note = f"an upload of what was uploaded by call {found[0].call.id}"
        return Derived(200, (_XML,), len(body), lambda: iter((body,)), len(body), found[0].call, note)

    def _part(self, asked: Asked, upload: bytes) -> Derived | None:
        written, size = dict(asked.question.query).get(b"partNumber", b""), asked.payload.size
        if not written.isdigit() or not size:
            return None
        number = int(written)
        place = self._place(asked, number, size)
        if place is None:
            return None
        self._uploads.setdefault(upload, {})[number] = place
        etag = (b"ETag", b'"%b"' % (asked.payload.md5 or asked.payload.sha256[:32]).encode())
        note = f"bytes {place.start}-{place.end - 1} of what call {place.write.call.id} uploaded"
        return Derived(200, (etag,), 0, lambda: iter(()), 0, place.write.call, note)

    def _abort(self, asked: Asked, upload: bytes) -> Derived | None:
        """A recorded upload is given up: clients do that when a part failed, which it did not when it was recorded."""
        begun, _ = upload_calls(upload, asked.question.bucket, asked.question.key, self._shelf)
        self._uploads.pop(upload, None)
        if begun is None:
            return None
        return Derived(204, (), None, lambda: iter(()), 0, begun, f"the upload that call {begun.id} began")

    def _place(self, asked: Asked, number: int, size: int) -> _Place | None:
        for write, made in self._candidates(asked):
            for start in dict.fromkeys(((number - 1) * size, made.size - size)):
                end = start + size
                if start >= 0 and end <= made.size and self._hash(write, made, start, end) == asked.payload.sha256:
                    return _Place(write, start, end)
        return None

    def _complete(self, asked: Asked, upload: bytes) -> Derived | None:
        places = self._uploads[upload]
        named = [part.number for part in read_parts(asked.payload.document() or b"")]
        write = next((place.write for place in places.values()), None)
        made = self._object(write) if write is not None else None
        if write is None or made is None or not self._is_whole(named, places, made, write, upload):
            return None
        del self._uploads[upload]
        etag = (made.etag or b"").decode("latin-1")
        body = _document("CompleteMultipartUploadResult", asked, ("ETag", f'"{etag}"'))
        return self._done(asked, write, made, (_XML,), body)

    def _is_whole(
        self, named: list[int | None], places: dict[int, _Place], made: Known, write: Entry, upload: bytes
    ) -> bool:
        """Whether the parts, one after the other, are the object; some may have been answered as they were recorded."""
        _, recorded = upload_calls(upload, write.head.bucket, write.head.key, self._shelf)
        at = 0
        for number in named:
            place = places.get(number or 0)
            if place is None and number in recorded:
                end = at + recorded[number].payload.size
                same = end <= made.size and self._hash(write, made, at, end) == recorded[number].payload.sha256
                place = _Place(write, at, end) if same else None
            if place is None or place.write is not write or place.start != at:
                return False
            at = place.end
        return at == made.size

    def _done(
        self, asked: Asked, write: Entry, made: Known, lines: tuple[tuple[bytes, bytes], ...], body: bytes
    ) -> Derived:
        """An upload is complete: the object is what the recorded write made."""
        begun, parts = upload_of(write, self._shelf)
        used = [call.id for call in (begun, *parts.values()) if call is not None]
        note = f"the same bytes as by {made.how}"
        more = [line for line in made.lines if line[0].lower() == b"x-amz-version-id"]
        windows = (body,) if body else ()
        return Derived(
            200, (*lines, *more), len(body), lambda: iter(windows), len(body), write.call, note, write, tuple(used)
        )

    # What was recorded

    def _candidates(self, asked: Asked) -> Iterator[tuple[Entry, Known]]:
        """Recorded uploads to the same key in the same manner, those that are still to come first."""
        question = asked.question
        story = self._shelf.stories.get(object_scope(question.bucket, question.key))
        writes = story.entries if story is not None else []
        later = [entry for entry in writes if story is not None and entry.seq > story.at]
        for write in (later + writes[: len(writes) - len(later)])[:TRIED]:
            made = self._object(write)
            if made is not None and self._alike(asked, write):
                yield write, made

    def _alike(self, asked: Asked, write: Entry) -> bool:
        """Whether settings and encryption are those of the recorded upload; parts and their end name none."""
        if asked.question.operation not in ("PutObject", "CreateMultipartUpload"):
            return True
        if asked.question.conditions or asked.question.query:
            return False
        head = write.head
        if head.operation == "CompleteMultipartUpload":
            begun, _ = upload_of(write, self._shelf)
            if begun is None:
                return False
            head = self._shelf.read(begun.request)
        return (head.settings, head.encryption) == (asked.question.settings, asked.question.encryption)

    def _object(self, write: Entry) -> Known | None:
        """What a recorded upload made, where its bytes are at hand."""
        if write.head.operation not in ("PutObject", "CompleteMultipartUpload"):
            return None
        if write.seq not in self._known:
            made = made_by(write, self._shelf, self._cassette)
            usable = made is not None and made.windows is not None and made.size <= LONGEST
            self._known[write.seq] = made if usable else None
        return self._known[write.seq]

    def _hash(self, write: Entry, made: Known, start: int, end: int) -> str:
        key = (write.seq, start, end)
        found = self._hashes.get(key)
        if found is None:
            digest = hashlib.sha256()
            assert made.windows is not None
            for window in made.windows(start, end):
                digest.update(window)
            found = self._hashes[key] = digest.hexdigest()
        return found


def _document(name: str, asked: Asked, *fields: tuple[str, str]) -> bytes:
    """An answer of the multipart calls, under the names that the client uses."""
    key = asked.head.key.decode("utf-8", "replace")
    named = (("Bucket", asked.head.bucket), ("Key", key), *fields)
    inner = "".join(f"<{field}>{escape(text)}</{field}>" for field, text in named)
    return f'{PROLOGUE}<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</{name}>\n'.encode()
