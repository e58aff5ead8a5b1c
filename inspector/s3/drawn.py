"""Names that a program draws anew each time: what in a bucket's or an object's name looks drawn, and what is fixed.

`it-3f9c21aa/uploads/0b1e…-4c2d.bin` was recorded, `it-77d0e4b2/uploads/9a60…-11fe.bin` is asked for: the same skeleton,
other tokens. A token is drawn when its shape says so: UUIDs, hex and mixed runs that no word or counter looks like,
`tempfile`'s names; or when it is a moment, and of now: a date of last year in a key is a name like any other.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_UUID = rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_DATE = rb"20\d\d[-_/]?[01]\d[-_/]?[0-3]\d(?:[T_-]?[0-2]\d[-_:.]?[0-5]\d(?:[-_:.]?[0-5]\d)?(?:[.]?\d{3,6})?Z?)?"
_EPOCH = rb"1\d{9}(?:\d{3}){0,3}(?:[.]\d{1,9})?"
_RUN = rb"[0-9A-Za-z]{8,}"
_CANDIDATE = re.compile(
    rb"(?P<uuid>%b)|(?P<tmp>tmp[a-z0-9_]{8}(?![a-z0-9_]))|(?<![0-9])(?P<date>%b)(?![0-9])"
    rb"|(?<![0-9A-Za-z.])(?P<epoch>%b)(?![0-9A-Za-z])|(?P<run>%b)" % (_UUID, _DATE, _EPOCH, _RUN)
)
_HEX = re.compile(rb"[0-9a-f]{8,}|[0-9A-F]{8,}")
_TAIL_HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{8,}\Z")
_CHANGE = re.compile(rb"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_DAY = 86_400.0
_FEWEST_CHANGES = 4
_SHORTEST_MIXED = 10


class Drawn(NamedTuple):
    """A name taken apart: `skeleton` with a mark for each token, and the tokens, in order.

    `kinds`: of what kind each is; `sure`: whether it has the look of what is drawn, and is not only of its kind.
    """

    skeleton: bytes
    tokens: tuple[bytes, ...]
    kinds: tuple[bytes, ...] = ()
    sure: tuple[bool, ...] = ()


def drawn(name: bytes, now: float, *, loose: bool = False) -> Drawn:
    """What in a name looks drawn; `now` (Unix seconds) is the moment at which it was used.

    `loose`: also hex that happens to have figures alone, or letters: of eight digits that are drawn one in forty has.
    """
    tokens: list[bytes] = []
    pieces: list[bytes] = []
    kinds: list[bytes] = []
    at = 0
    for match in _CANDIDATE.finditer(name):
        found = _token(match, now, loose)
        if found is None:
            continue
        kind, start, end = found
        pieces += (name[at:start], b"\0%b\0" % kind)
        tokens.append(name[start:end])
        kinds.append(kind)
        at = end
    sure = tuple(kind[:3] != b"hex" or _is_both(token) for token, kind in zip(tokens, kinds, strict=True))
    return Drawn(b"".join((*pieces, name[at:])), tuple(tokens), tuple(kinds), sure)


def _token(match: re.Match[bytes], now: float, loose: bool) -> tuple[bytes, int, int] | None:
    """The mark of a token and where it is; None where it is none."""
    kind = match.lastgroup or ""
    text = match[0]
    start, end = match.span()
    if kind in ("uuid", "tmp"):
        return kind.encode(), start, end
    if kind == "date":
        return (b"date", start, end) if _is_near(_moment_of(text), now) else None
    if kind == "epoch":
        return (b"epoch%d" % len(text.partition(b".")[0]), start, end) if _is_near(_epoch(text), now) else None
    return _run(text, start, end, loose)


def _run(text: bytes, start: int, end: int, loose: bool) -> tuple[bytes, int, int] | None:
    """A run of letters and digits: hex with both of them, or one that changes between them as no word does."""
    if _HEX.fullmatch(text) and (loose or _is_both(text)):
        return b"hex%d" % len(text), start, end
    tail = _TAIL_HEX.search(text)
    if tail is not None and (loose or _is_both(tail[0])):
        return b"hex%d" % len(tail[0]), start + tail.start(), end
    if len(text) >= _SHORTEST_MIXED and len(_CHANGE.findall(text)) >= _FEWEST_CHANGES:
        return b"mixed%d" % len(text), start, end
    return None


def _is_both(text: bytes) -> bool:
    return not text.isdigit() and not text.isalpha()


def _is_near(moment: float | None, now: float) -> bool:
    """Whether it is a moment of now: the same day, the one before or after, for the time zones' sake."""
    return moment is not None and abs(moment - now) <= 1.5 * _DAY


def _epoch(text: bytes) -> float | None:
    digits = text.partition(b".")[0]
    return float(digits[:10]) + (float(digits[10:] or b"0") / 10 ** len(digits[10:]) if digits[10:] else 0.0)


def _moment_of(text: bytes) -> float | None:
    """The noon of a date."""
    digits = re.sub(rb"\D", b"", text)[:8].decode()
    try:
        day = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (day + timedelta(hours=12)).timestamp()


_SHORTEST_SEGMENT = 4
_SHORTEST_WORD = 8
_SEPARATOR = re.compile(r"[-_.]")


def in_one_frame(then: str, now: str) -> bool:
    """Whether two names of buckets are one but for what was drawn in them, whatever that looks like.

    `it-q8z0mm` and `it-7fh2pw`: something is the same, and what differs has figures on one side at least, or is as
    long as no two words are by chance. Too weak a sign for an object's name; a bucket that is made can only be missed.
    """
    old, new = _SEPARATOR.split(then), _SEPARATOR.split(now)
    if len(old) != len(new) or _SEPARATOR.findall(then) != _SEPARATOR.findall(now):
        return False
    differing = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return 0 < len(differing) < len(old) and all(_may_be_drawn(*pair) for pair in differing)


def _may_be_drawn(one: str, other: str) -> bool:
    shortest = min(len(one), len(other))
    if any(char.isdigit() for char in one + other):
        return shortest >= _SHORTEST_SEGMENT
    return len(one) == len(other) and shortest >= _SHORTEST_WORD
