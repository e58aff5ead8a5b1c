"""What came nearest to a question that has no answer, and which part differs, in S3's words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from zlib import crc32

from inspector.diff.bodies import first_difference as first_byte
from inspector.diff.hunk import Section
from inspector.diff.trees import tree_hunks
from inspector.diff.trees import tree_of as any_tree
from inspector.replay.match.dimensions import DIMENSIONS, apart
from inspector.replay.match.document import is_document, tree_of
from inspector.replay.match.payload import BLOCK, Payload
from inspector.replay.match.question import Lines, Question
from inspector.replay.play.asked import Asked
from inspector.replay.play.cassette import Cassette
from inspector.replay.play.miss import Near
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry
from inspector.wire.exchange import Request

MOST = 3
LOOKED_AT = 2_000
"""How many recorded calls of an operation are looked at."""

COMPARED = 16 << 20
"""Bytes of a recorded payload that are read to find where another one departs from it."""

_LONGEST_SHOWN = 80

_WORDS = {
    "range": "Range",
    "scheme": "scheme",
    "host": "host",
    "port": "port",
    "path": "path as written",
    "uri": "URL",
    "method": "method",
    "region": "region of the host",
}


def nearest(asked: Asked, shelf: Shelf, cassette: Cassette, names: Sequence[str]) -> tuple[Near, ...]:
    """At most three recorded calls that came near, the nearest first."""
    scored = sorted(_scored(asked.question, asked.request, shelf, names), key=lambda one: one[:2])
    found = []
    for _, _, entry in islice(scored, MOST):
        parts = apart(names, (shelf.completed(entry), entry.call.request), (asked.question, asked.request))
        found.append(Near(entry.call, tuple(parts), _sentence(asked, entry, parts, shelf, cassette)))
    return tuple(found)


def _scored(
    question: Question, request: Request, shelf: Shelf, names: Sequence[str]
) -> Iterator[tuple[int, int, Entry]]:
    """Recorded calls that are like it, with how far they are: parts that differ, the key counting by its likeness."""
    heads = [name for name in names if name != "payload"]
    for entry in _alike(question, shelf):
        parts = apart(heads, (entry.head, entry.call.request), (question, request))
        far = sum(_WEIGHTS.get(name, 2) for name in parts)
        if "key" in parts:
            far += 0 if _likeness(entry.head.key, question.key) > 0.5 else 3
        yield far, entry.seq, entry


_WEIGHTS = {"operation": 6, "bucket": 3, "key": 3, "query": 1}


def _alike(question: Question, shelf: Shelf) -> Iterable[Entry]:
    """Calls of the same operation; without any, those to the same object."""
    same = shelf.by_operation.get(question.operation, ())
    if same:
        exact = [entry for entry in same if entry.head.key == question.key]
        return exact[:LOOKED_AT] or same[:LOOKED_AT]
    if not question.key:
        return ()
    here = (entry for entry in shelf.entries if entry.head.key == question.key)
    return islice((entry for entry in here if entry.head.bucket == question.bucket), LOOKED_AT)


def _likeness(one: bytes, other: bytes) -> float:
    shared = first_byte(one, other) + first_byte(one[::-1], other[::-1])
    return shared / (max(len(one), len(other)) or 1)


# Words


def _sentence(asked: Asked, entry: Entry, parts: Sequence[str], shelf: Shelf, cassette: Cassette) -> str:
    then, now = shelf.completed(entry), asked.question
    told = [_told(name, then, now, entry, asked.request) for name in parts if name != "payload"]
    if "payload" in parts:
        told.append(_payload_words(now, asked.payload, entry, shelf, cassette))
    if then.handed != now.handed and not told:
        told.append("it belongs to another upload")
    what = f"same {named(then)}" if "operation" not in parts else f"{named(then)} of the same object"
    return f"{what}, {'; '.join(told) or 'alike in every part'}"


def named(question: Question) -> str:
    """A question in words: `UploadPart, part 3`."""
    number = dict(question.query).get(b"partNumber")
    return f"{question.operation}, part {number.decode('latin-1')}" if number else question.operation


def _told(name: str, then: Question, now: Question, entry: Entry, request: Request) -> str:
    if name == "operation":
        return f"recorded was {then.operation}, asked is {now.operation}"
    if name == "style":
        recorded, asked = ("virtual-host", "path-style") if _in_host(entry, then) else ("path-style", "virtual-host")
        return f"recorded {recorded}, you sent {asked}"
    one = DIMENSIONS[name](then, entry.call.request)
    other = DIMENSIONS[name](now, request)
    if isinstance(one, tuple) and isinstance(other, tuple) and name not in ("uri",):
        return _lines(one, other)
    return f"{_WORDS.get(name, name)} differs: recorded {_shown(one)}, asked {_shown(other)}"


def _in_host(entry: Entry, then: Question) -> bool:
    return bool(DIMENSIONS["style"](then, entry.call.request))


def _lines(one: Lines, other: Lines) -> str:
    """Which of two sets of named values differ."""
    then, now = dict(one), dict(other)
    told = []
    for name in dict.fromkeys((*then, *now)):
        text = _text(name)
        if name not in now:
            told.append(f"{text} is missing (recorded {_shown(then[name])})")
        elif name not in then:
            told.append(f"{text} is new: {_shown(now[name])}")
        elif then[name] != now[name]:
            told.append(f"{text} differs: recorded {_shown(then[name])}, asked {_shown(now[name])}")
    return "; ".join(told)


def _payload_words(now: Question, payload: Payload, entry: Entry, shelf: Shelf, cassette: Cassette) -> str:
    recorded = shelf.payload(entry.call)
    if not recorded.size or not payload.size:
        return f"body differs: recorded {recorded.size:,} bytes, asked {payload.size:,}"
    if is_document(now.operation):
        said = _document_words(now.operation, recorded.document() or b"", payload.document() or b"")
        if said:
            return said
    place = first_difference(payload, cassette.payload(entry.call).windows(0, COMPARED))
    sizes = "" if recorded.size == payload.size else f", recorded {recorded.size:,} bytes, asked {payload.size:,}"
    return f"body differs {place} (decoded){sizes}"


def _document_words(operation: str, one: bytes, other: bytes) -> str | None:
    """Where two documents part, by element."""
    left, right = (tree_of(operation, data) or any_tree(data) for data in (one, other))
    if left is None or right is None:
        return None
    hunk = next(tree_hunks(Section.REQUEST_BODY, left, right), None)
    if hunk is None:
        return None
    return f"body differs at {hunk.where}: recorded {_shown(hunk.a)}, asked {_shown(hunk.b)}"


def first_difference(payload: Payload, windows: Iterable[bytes]) -> str:
    """Where a payload departs from recorded bytes: `at byte 4,096`, or the block in which it does."""
    at, block = 0, bytearray()
    for number, piece in enumerate(_in_blocks(windows)):
        block[:] = piece
        mine = payload.head[at : at + len(piece)]
        whole = len(mine) == len(piece)
        if whole and mine != piece:
            return f"at byte {at + first_byte(mine, piece):,}"
        if number >= len(payload.blocks) or (not whole and at + len(piece) > payload.size):
            return f"at byte {min(at + first_byte(mine, piece), payload.size):,}"
        if not whole and crc32(piece) != payload.blocks[number]:
            return f"between bytes {at:,} and {at + len(piece):,}"
        at += len(piece)
    return f"at byte {at:,}" if at < COMPARED else f"after byte {at:,}"


def _in_blocks(windows: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for window in windows:
        waiting += window
        while len(waiting) >= BLOCK:
            yield bytes(waiting[:BLOCK])
            del waiting[:BLOCK]
    if waiting:
        yield bytes(waiting)


def _shown(value: Hashable) -> str:
    if value is None or value in (b"", ""):
        return "none"
    text = _text(value) if isinstance(value, bytes) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")
