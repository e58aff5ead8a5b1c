"""Binding by evidence: which recorded name one of now stands for, and which upload an upload id of now is.

A drawn name is bound when something is made under it: a bucket, an object of the same bytes, an upload; or when it is
asked for and was not there, then as now. A read of an object that exists binds nothing: a key may be the hash of what
it holds, and another hash is another object. An upload in parts says nothing of what it will hold when it begins: the
first part of other bytes than were recorded under its name shows which one it is.
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from typing import NamedTuple

from inspector.replay.match.payload import Payload, payload_of
from inspector.replay.match.question import Question
from inspector.replay.play.bindings import Bindings, skeleton, taken_apart
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Line
from inspector.s3.drawn import Drawn, in_one_frame

_MAKING = frozenset(
    (
        *("CreateBucket", "PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "PostObject"),
        *("b2_create_bucket", "b2_upload_file", "b2_start_large_file", "b2_copy_file", "b2_create_key"),
    )
)
_CREATING = frozenset(("CreateBucket", "b2_create_bucket"))
TRIED = 64
"""Candidates that are looked at for one name."""

LONGEST_NAMING = 256 * 1024
"""Bytes of a payload in which names of now are looked for."""


class _Candidate(NamedTuple):
    entry: Entry
    names: tuple[Drawn, ...]


class Binder:
    """Not to be used by two threads at a time.

    `again`: when all recorded names stand for others, they may stand for more: a suite is run a second time.
    """

    def __init__(self, shelf: Shelf, bindings: Bindings, *, again: bool) -> None:
        self._again = again
        self._shelf = shelf
        self._bindings = bindings
        self._waiting: dict[object, deque[_Candidate]] | None = None
        self._named: dict[object, list[_Candidate]] = {}  # those whose payloads may name what they are called
        self._weak: set[bytes] = set()  # tokens of now that only the beginning of an upload has bound

    def clear(self) -> None:
        """Begin anew."""
        self._waiting = None
        self._named.clear()
        self._weak.clear()

    # Names

    def bound(self, question: Question, now: float) -> Question | None:
        """The question under recorded names, where those of now can stand for them; they do so from here on."""
        for loose in (False, True):
            names = taken_apart(question, now, loose=loose)
            if any(one.tokens for one in names):
                found = self._bound(question, names, now, loose=loose)
                if found is not None:
                    return found
        return self._framed(question) if question.operation in _CREATING else None

    def _framed(self, question: Question) -> Question | None:
        """A bucket that is made under a name of another shape, in the frame of one that was made and waits."""
        if question.bucket in self._shelf.first_of_bucket:
            return None
        for entry in self._shelf.entries:
            then = entry.head.bucket
            waits = entry.head.operation == question.operation and entry.call.succeeded and not entry.played
            if waits and not self._bindings.has_bucket(then) and in_one_frame(then, question.bucket):
                self._bindings.bind_bucket(then, question.bucket)
                return question._replace(bucket=then)
        return None

    def _bound(self, question: Question, names: tuple[Drawn, ...], now: float, *, loose: bool) -> Question | None:
        if self._waiting is None:
            self._waiting = self._candidates()
        queue = self._waiting.get((loose, skeleton(question, names), question.payload))
        if not queue:
            return None
        again = question.operation == "UploadPart" and any(token in self._weak for one in names for token in one.tokens)
        return self._first(queue, names, question, now, again=again) or (
            self._first(queue, names, question, now, again=True) if self._again else None
        )

    def renamed(self, question: Question, payload: Payload, now: float) -> Payload | None:
        """The payload with recorded names in it, where it was recorded so; what is drawn in its own name is bound then.

        `question` is asked under names of now.
        """
        data = payload.document() if payload.size <= LONGEST_NAMING else None
        if not data:
            return None
        names = taken_apart(question, now)
        if self._waiting is None:
            self._waiting = self._candidates()
        if not any(one.tokens for one in names):
            changed = self._bindings.then(data)
            return None if changed == data else payload_of(changed)
        candidates = self._named.get(skeleton(question, names), [])[:TRIED]
        return self._by_content(candidates, names, data, again=False) or (
            self._by_content(candidates, names, data, again=True) if self._again else None
        )

    def _by_content(
        self, candidates: list[_Candidate], names: tuple[Drawn, ...], data: bytes, *, again: bool
    ) -> Payload | None:
        for candidate in candidates:
            tokens = self._bindings.fits(candidate.names, names, again=again)
            changed = data if tokens is None else self._bindings.then(data, tokens)
            if changed != data and sha256(changed).hexdigest() == self._shelf.completed(candidate.entry).payload:
                self._bindings.bind_names(tokens or ())
                return payload_of(changed)
        return None

    def _first(
        self, queue: deque[_Candidate], names: tuple[Drawn, ...], question: Question, now: float, *, again: bool
    ) -> Question | None:
        """The first candidate whose names fit, which goes to the end of the queue."""
        part = question.operation == "UploadPart"
        for _ in range(min(TRIED, len(queue))):
            candidate = queue[0]
            queue.rotate(-1)
            if not again and self._taken(candidate):
                continue
            tokens = self._bindings.fits(candidate.names, names, again=again, weak=self._weak if part else ())
            if tokens is not None and _are_drawn(candidate.names, names):
                self._bind(tokens, weakly=question.operation == "CreateMultipartUpload")
                return self._bindings.recorded(question, now)
        return None

    def _bind(self, tokens: list[tuple[bytes, bytes]], *, weakly: bool) -> None:
        now = {token for _, token in tokens if not self._bindings.has_token(token)} if weakly else set()
        self._weak.difference_update(token for _, token in tokens)
        self._weak |= now
        self._bindings.bind_names(tokens)

    def _taken(self, candidate: _Candidate) -> bool:
        """Whether all that is drawn in it stands for something already: the exact way finds it then."""
        return all(self._bindings.is_bound(token) for name in candidate.names for token in name.tokens)

    def _candidates(self) -> dict[object, deque[_Candidate]]:
        found: dict[object, deque[_Candidate]] = {}
        for entry in self._shelf.entries:
            if not _binds(entry):
                continue
            question = self._shelf.completed(entry)
            for loose in (False, True):
                names = taken_apart(question, entry.call.started_at, loose=loose)
                if not any(one.tokens for one in names):
                    continue
                key = (loose, skeleton(question, names), question.payload)
                candidate = _Candidate(entry, names)
                found.setdefault(key, deque()).append(candidate)
                if not loose and 0 < entry.call.payload.size <= LONGEST_NAMING:
                    self._named.setdefault(key[1], []).append(candidate)
        return found

    # Uploads

    def same_upload(self, line: Line, question: Question) -> bool:
        """Whether recorded calls may be those of the upload that is asked for: its own, or one that was handed out."""
        asked = _upload(question)
        if asked is None or _upload(self._shelf.completed(line.entries[0])) == asked:
            return True
        return asked in self._shelf.uploads

    def learn_upload(self, entry: Entry, question: Question) -> None:
        """An upload of now turned out to be another recorded one: two threads began theirs in another order."""
        asked, recorded = _upload(question), _upload(self._shelf.completed(entry))
        if asked is not None and recorded is not None and asked != recorded:
            self._bindings.bind(recorded, asked)


def _are_drawn(then: tuple[Drawn, ...], now: tuple[Drawn, ...]) -> bool:
    """Whether of two tokens that differ one, at least, has the look of what is drawn: two counters have not."""
    pairs = zip(
        (token for one in then for token in one.sure), (token for one in now for token in one.sure), strict=True
    )
    same = zip(
        (token for one in then for token in one.tokens), (token for one in now for token in one.tokens), strict=True
    )
    return all(one or other or before == after for (one, other), (before, after) in zip(pairs, same, strict=True))


def _binds(entry: Entry) -> bool:
    if entry.head.operation in _MAKING:
        return entry.call.succeeded
    answer = entry.call.response
    return not entry.writes and answer is not None and answer.status == 404


def _upload(question: Question) -> bytes | None:
    return next((value for name, value in question.handed if name == b"uploadId"), None)
