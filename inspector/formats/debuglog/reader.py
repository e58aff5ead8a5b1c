"""A log read from its beginning to its end: every signing that it shows, in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from inspector.formats.debuglog import botocore, crt, go, java, node, s3cmd
from inspector.formats.debuglog.lines import blocks, plain, unescaped
from inspector.formats.debuglog.record import Origin, Record
from inspector.formats.debuglog.shape import Kind, Mark, Shape
from inspector.sigv4.logged import Logged, parts_of
from inspector.sigv4.steps import sha256_hex

SHAPES = (java.SHAPE, go.SHAPE, crt.SHAPE, s3cmd.SHAPE, botocore.SHAPE)
"""The programs whose logs are read."""

_MARKS: tuple[tuple[Shape, Kind, Mark, re.Pattern[bytes]], ...] = tuple(
    (shape, kind, mark, re.compile(mark.pattern if mark.inline else rb"(?:%b)(?=\s*$|\\n)" % mark.pattern))
    for shape in SHAPES
    for kind, mark in shape.marks
)
"""What is not inline ends its line, or what a line feed was made of in JSON."""

_BEGINNINGS = (*(mark.word for _, kind, mark, _ in _MARKS if kind == "canonical"), node.WORD)
"""One of them stands in every block in which an entry begins."""

_WORDS = (*(mark.word for _, _, mark, _ in _MARKS), node.WORD)
"""One of them stands in every line that is not the next of a text."""

_OPEN = 16
"""Texts that are read at once: so many processes may write into one log at the same time."""
_PENDING = 256
"""Signings that wait for their next text."""
_WHEN = re.compile(rb"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?")


@dataclass(slots=True, eq=False)
class _Draft:
    """A signing of which some texts are known. `writer` is what stands before its mark, but for the clock."""

    shape: Shape
    line: int
    writer: bytes
    canonical: bytes
    string: bytes | None = None
    signature: str | None = None

    @property
    def whole(self) -> bool:
        string, signature = self.shape.string, self.shape.signature
        return (string is None or self.string is not None) and (signature is None or self.signature is not None)

    def finish(self) -> Iterator[Logged]:
        parts = parts_of(self.canonical)
        yield Logged(self.shape.source, self.line, parts, self.canonical, self.string, self.signature)


def read(stream: BinaryIO) -> Iterator[Logged]:
    """Every signing of a log that can be made out. Never raises but what reading the stream raises."""
    reader, number = _Reader(), 1
    for block in blocks(stream):
        if not reader.idle or any(word in block for word in _BEGINNINGS):
            for passed, line in _worth_reading(block, reader):
                yield from reader.feed(plain(line), number + passed)
        number += block.count(b"\n")
    yield from reader.end()


def _worth_reading(block: bytes, reader: _Reader) -> Iterator[tuple[int, bytes]]:
    """The lines with a word, and all while the reader listens; how many lines of the block stand before each."""
    cursor = passed = 0
    places = _places(block)
    while cursor < len(block):
        if not reader.listening:
            word = next((place for place in places if place >= cursor), None)
            if word is None:
                return
            start = max(cursor, block.rfind(b"\n", cursor, word) + 1)
            passed += block.count(b"\n", cursor, start)
            cursor = start
        end = block.find(b"\n", cursor)
        end = len(block) if end < 0 else end
        yield passed, block[cursor:end]
        passed += 1
        cursor = end + 1


def _places(block: bytes) -> Iterator[int]:
    """Where words stand, in their order. An iterator: who skips some asks for no more than he needs."""
    found: list[int] = []
    for word in _WORDS:
        place = block.find(word)
        while place >= 0:
            found.append(place)
            place = block.find(word, place + 1)
    return iter(sorted(found))


class _Marked(NamedTuple):
    """A mark that stands in a line, and where."""

    shape: Shape
    kind: Kind
    mark: Mark
    start: int
    end: int


def _marked(line: bytes) -> _Marked | None:
    for shape, kind, mark, pattern in _MARKS:
        if mark.word in line:
            found = pattern.search(line)
            if found:
                return _Marked(shape, kind, mark, *found.span())
    return None


class _Reader:
    def __init__(self) -> None:
        self._open: list[Record] = []
        self._drafts: list[_Draft] = []
        self._node = node.Reader()

    @property
    def idle(self) -> bool:
        """Whether nothing is expected of the next lines."""
        return not self._drafts and not self.listening

    @property
    def listening(self) -> bool:
        """Whether a text is being read, so that any line may be its next."""
        return bool(self._open) or not self._node.idle

    def feed(self, line: bytes, number: int) -> Iterator[Logged]:
        """The signings that are whole with this line."""
        yield from self._node.feed(line, number)
        found = _marked(line)
        if found is None:
            yield from self._offer(line)
        elif b"\\n" in line[found.end :]:
            unfolded = line[: found.end] + unescaped(line[found.end :])
            for one in unfolded.split(b"\n"):
                again = _marked(one)
                yield from self._offer(one) if again is None else self._begin(one, number, again)
        else:
            yield from self._begin(line, number, found)

    def _begin(self, line: bytes, number: int, found: _Marked) -> Iterator[Logged]:
        if found.kind != "canonical" and not any(draft.shape is found.shape for draft in self._drafts):
            return  # another program's words, or the end of what the log does not hold the beginning of
        origin = Origin(found.shape, found.kind, number, line[: found.start])
        record = Record(origin, found.mark, line[found.end :])
        if record.done:
            yield from self._finish(record)
        else:
            self._open = [*self._open[1 - _OPEN :], record]

    def _offer(self, line: bytes) -> Iterator[Logged]:
        taker = next((record for record in self._open if record.offer(line)), None)
        if taker is not None and taker.done:
            self._open.remove(taker)
            yield from self._finish(taker)
        self._open = [record for record in self._open if not record.lost]

    def _finish(self, record: Record) -> Iterator[Logged]:
        text = b"\n".join(record.lines)
        if record.origin.kind == "canonical":
            yield from self._canonical(record.origin, text)
        elif record.origin.kind == "string":
            yield from self._string(record.origin, text)
        else:
            yield from self._signature(record.origin, text[-64:].decode())

    def _canonical(self, origin: Origin, text: bytes) -> Iterator[Logged]:
        """A new signing; what its writer had begun before will not be continued."""
        draft = _Draft(origin.shape, origin.line, _WHEN.sub(b"", origin.head), text)
        over = [one for one in self._drafts if (one.shape, one.writer) == (draft.shape, draft.writer) and one.string]
        yield from self._let_go([*over, *self._drafts[: max(0, len(self._drafts) - _PENDING)]])
        self._drafts.append(draft)

    def _string(self, origin: Origin, text: bytes) -> Iterator[Logged]:
        """It names its canonical request by the hash."""
        waiting = [one for one in self._drafts if one.shape is origin.shape and one.string is None]
        named = text.rpartition(b"\n")[2]
        own = [one for one in waiting if sha256_hex(one.canonical) == named]
        for draft in own[:1] or waiting[-1:]:
            draft.string = text
            yield from self._let_go([draft] if draft.whole else [])

    def _signature(self, origin: Origin, signature: str) -> Iterator[Logged]:
        """It names nothing: where several signings wait for theirs, its writer's does; else nobody can tell."""
        waiting = [one for one in self._drafts if one.shape is origin.shape and (one.string or not one.shape.string)]
        writer = _WHEN.sub(b"", origin.head)
        own = [one for one in waiting if one.writer == writer] or waiting
        if len(own) == 1 or origin.shape.string is None:
            own = own[-1:]
            for draft in own:
                draft.signature = signature
        yield from self._let_go(own)

    def _let_go(self, drafts: Iterable[_Draft]) -> Iterator[Logged]:
        for draft in drafts:
            if draft in self._drafts:
                self._drafts.remove(draft)
                yield from draft.finish()

    def end(self) -> Iterator[Logged]:
        """What was still waiting when the log ended."""
        yield from self._let_go(list(self._drafts))
