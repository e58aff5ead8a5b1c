"""Pseudonyms of a scrubbed recording, lifted: which secrets of now they stand for, on the way in and on the way out.

What a program uploads with its secrets in it is the upload that was recorded with pseudonyms in their place; and when
it reads the object again, its secrets stand there, and length and digests are those of what it reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from inspector.leaks.layers import PACKED
from inspector.leaks.rewrite import Rewriter
from inspector.replay.match.payload import Payload
from inspector.replay.match.question import Lines, Question
from inspector.replay.match.veiled import Values, agreed, is_veiled
from inspector.replay.play.asked import Asked
from inspector.replay.play.bindings import Bindings
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Line
from inspector.s3.restated import changes, restated
from inspector.wire.headers import Headers

TRIED = 256
"""Recorded calls that are looked at for one of now."""

_HEADS = 64
"""Calls whose heads are looked at for whether there are pseudonyms at all."""

LONGEST = 8 * 1024 * 1024
"""Bytes of a body in which secrets take the place of pseudonyms again."""


_SAID = (b"x-amz-meta-", b"x-bz-info-")


class Veils:
    """Not to be used by two threads at a time."""

    def __init__(self, shelf: Shelf, bindings: Bindings) -> None:
        self._shelf = shelf
        self._bindings = bindings
        self._heads: dict[str, list[Entry]] | None = None
        self._values: Values = {}
        self._sizes: dict[bytes, tuple[int, int]] = {}
        self._lift: Rewriter | None = None
        self._names = False

    def clear(self) -> None:
        """Begin anew."""
        self._names = False
        self._values.clear()
        self._sizes.clear()
        self._lift = None

    @property
    def is_lifted(self) -> bool:
        """Whether any pseudonym is known to stand for something, or a name in an object for another."""
        return bool(self._values) or self._names

    @cached_property
    def are_there(self) -> bool:
        """Whether the recording was scrubbed: then signatures and key ids are words in every call."""
        heads = (call.call.request for call in self._shelf.entries[:_HEADS])
        return any(b"redacted-" in value for request in heads for _, value in (*request.headers, (b"", request.target)))

    # In

    def learn(self, recorded: Lines, now: Lines) -> None:
        """What a call that was answered said beside its question: metadata, which an object gives back."""
        for (name, then), (other, value) in zip(recorded, now, strict=False):
            if name == other and is_veiled(then):
                values = agreed(then, value, {})
                self._values |= values or {}
                self._lift = None

    def line(self, asked: Asked) -> Line | None:
        """The answers to a question that was recorded under pseudonyms; `asked` is then what was recorded."""
        for known in (self._values, {}) if self._values else ({},):
            candidates = list(self._candidates(asked, known))
            for entry, values in sorted(candidates, key=lambda one: one[0].stamp == one[0].story.round):
                question = self._shelf.completed(entry)._replace(handed=asked.question.handed)
                line = self._shelf.line(question, entry.call.request)
                if line is not None:
                    self._learn(values, entry, asked)
                    asked.question = question
                    return line
        return None

    def _candidates(self, asked: Asked, known: Mapping[bytes, bytes]) -> Iterator[tuple[Entry, Values]]:
        """Recorded calls that ask the same but for pseudonyms in head or payload, with what these stand for."""
        seen: set[Question] = set()
        for entry in self._alike(asked):
            recorded = self._shelf.completed(entry)
            if recorded in seen and entry.stamp == entry.story.round:
                continue
            seen.add(recorded)
            values = _agreed_heads(entry.head, asked.question, known)
            if values == {} and recorded.payload == asked.question.payload:
                continue  # what it differs in is nothing that a pseudonym stands for
            if values is not None and recorded.payload != asked.question.payload:
                more = self._agreed_payloads(entry, asked, {**known, **values})
                values = None if more is None else values | more
            if values is not None:
                yield entry, values

    def _alike(self, asked: Asked) -> Iterable[Entry]:
        group = self._shelf.group(asked.question, asked.request)
        if group is not None:
            return group.entries[:TRIED] if asked.payload.size else ()
        if self._heads is None:
            self._heads = {}
            for entry in self._shelf.entries:
                if any(is_veiled(text) for text in _texts(entry.head)):
                    self._heads.setdefault(entry.head.operation, []).append(entry)
        return self._heads.get(asked.question.operation, ())[:TRIED]

    def _agreed_payloads(self, entry: Entry, asked: Asked, known: Mapping[bytes, bytes]) -> Values | None:
        if not self._shelf.by_payload:
            return {}
        now = asked.payload.document()
        recorded = self._shelf.payload(entry.call).document() if now else None
        # Most payloads hold no pseudonym, and are not taken apart to learn it: a scrubbed recording shows in its heads.
        if not recorded or not now or not (self.are_there or recorded.startswith(PACKED) or is_veiled(recorded)):
            return None
        return agreed(recorded, now, known)

    def _learn(self, values: Values, entry: Entry, asked: Asked) -> None:
        self._values |= values
        self._lift = None
        then, now = self._shelf.payload(entry.call).document(), asked.payload.document()
        if values and then and now:
            self._speak(then, now)

    def renamed(self, recorded: Payload, now: Payload) -> None:
        """An object was uploaded with names of now in it, where recorded ones stood."""
        self._names = True
        self._speak(recorded.document() or b"", now.document() or b"")

    def _speak(self, then: bytes, now: bytes) -> None:
        """What speaks of these bytes is another tag, another length."""
        if then != now:
            tags = [hashlib.md5(data, usedforsecurity=False).hexdigest().encode() for data in (then, now)]
            self._bindings.bind(tags[0], tags[1])
            self._sizes[tags[1]] = (len(then), len(now))

    # Out

    def lifted(self, body: bytes) -> bytes:
        """A body with the secrets of now in it, and the names."""
        if self._values and self._lift is None:
            self._lift = Rewriter(lambda value: value, (), signatures=False, others=self._values.items())
        lifted = self._lift(body) if self._lift else body
        return self._bindings.now(lifted) if self._names else lifted

    def lines(self, lines: Headers, then: bytes, now: bytes) -> Headers:
        """Header lines that say of the bytes of now what they said of the recorded ones."""
        return restated(lines, changes(then, now), {})

    def line_of(self, name: bytes, value: bytes) -> bytes:
        """A header's value with the secrets of now in it: of what an application said of its object."""
        return self.lifted(value) if name.lower().startswith(_SAID) and is_veiled(value) else value

    def length(self, lines: Headers, length: int) -> int:
        """The length of the object whose tag these lines have, where `length` is the recorded one."""
        tag = next((value.strip(b'"') for name, value in lines if name.lower() == b"etag"), b"")
        then, now = self._sizes.get(tag, (length, length))
        return now if length == then else length


# Heads


def _texts(question: Question) -> Iterator[bytes]:
    yield question.key
    for lines in (question.query, question.source, question.settings):
        yield from (value for _, value in lines)


def _agreed_heads(recorded: Question, now: Question, known: Mapping[bytes, bytes]) -> Values | None:
    """What pseudonyms in a recorded head stand for; None where the heads differ otherwise."""
    if recorded[:10] == now[:10]:
        return {}
    fixed = ("api", "operation", "bucket", "range", "conditions", "encryption")
    if any(getattr(recorded, name) != getattr(now, name) for name in fixed):
        return None
    pairs = [(((b"", recorded.key),), ((b"", now.key),))]
    pairs += ((getattr(recorded, name), getattr(now, name)) for name in ("query", "source", "settings"))
    values: Values = {}
    for then, asked in pairs:
        more = _agreed_lines(then, asked, {**known, **values})
        if more is None:
            return None
        values |= more
    return values


def _agreed_lines(recorded: Lines, now: Lines, known: Mapping[bytes, bytes]) -> Values | None:
    if [name for name, _ in recorded] != [name for name, _ in now]:
        return None
    values: Values = {}
    for (_, then), (_, asked) in zip(recorded, now, strict=True):
        more = agreed(then, asked, {**known, **values})
        if more is None:
            return None
        values |= more
    return values
