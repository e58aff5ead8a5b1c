"""Two bodies: as trees where both are documents, as lines where both are text, else by where they part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from inspector.diff.documents import document_hunks
from inspector.diff.hunk import Hunk, Kind, Section

LONGEST = 32 << 20
"""Bytes of a body that are compared by what they mean; of longer ones it is told whether and where they part."""

LONGEST_TEXT = 1 << 20
MOST_LINES = 5_000
_AROUND = 8


@dataclass(frozen=True, slots=True)
class BodySide:
    """A body as it is compared: the payload, decoded (at most `LONGEST` bytes), its true size and SHA-256."""

    data: bytes
    size: int
    sha256: str

    @property
    def whole(self) -> bool:
        """Whether all of it is at hand."""
        return len(self.data) == self.size


def body_hunks(section: Section, a: BodySide, b: BodySide) -> Iterator[Hunk]:
    """How two bodies differ."""
    if a.sha256 == b.sha256 and a.size == b.size:
        return
    if not a.size or not b.size:
        kind = Kind.ADDED if not a.size else Kind.MISSING
        yield Hunk(section, kind, "", _sized(a) if a.size else None, _sized(b) if b.size else None)
        return
    hunks = document_hunks(section, a.data, b.data) if a.whole and b.whole else None
    if hunks is not None:
        yield from hunks or [Hunk(section, Kind.ENCODING, "", _sized(a), _sized(b), quiet=True)]
    elif _is_text(a) and _is_text(b):
        yield from _line_hunks(section, a.data.decode(), b.data.decode())
    else:
        yield from _parting(section, a, b)


def _sized(side: BodySide) -> str:
    return f"{side.size} bytes, sha256 {side.sha256[:16]}…"


def _is_text(side: BodySide) -> bool:
    if not side.whole or side.size > LONGEST_TEXT or b"\0" in side.data or side.data.count(b"\n") > MOST_LINES:
        return False
    try:
        side.data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_hunks(section: Section, a: str, b: str) -> Iterator[Hunk]:
    left, right = a.splitlines(), b.splitlines()
    for word, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if word != "equal":
            kind = {"insert": Kind.ADDED, "delete": Kind.MISSING}.get(word, Kind.CHANGED)
            yield Hunk(section, kind, f"line {i + 1}", "\n".join(left[i:j]) or None, "\n".join(right[k:m]) or None)


def _parting(section: Section, a: BodySide, b: BodySide) -> Iterator[Hunk]:
    """Where two runs of bytes part, in hex."""
    offset = first_difference(a.data, b.data)
    yield Hunk(section, Kind.CHANGED, "size and hash", _sized(a), _sized(b))
    if offset < min(len(a.data), len(b.data)):
        start = max(0, offset - _AROUND)
        here = slice(start, offset + _AROUND)
        yield Hunk(section, Kind.CHANGED, f"byte {offset}", a.data[here].hex(" "), b.data[here].hex(" "))


def first_difference(a: bytes, b: bytes) -> int:
    """The offset of the first byte that differs; the shorter one's length where it is the other's beginning."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low
