"""Recorded bytes in which pseudonyms stand for secrets, and bytes of now with the secrets: whether they agree.

Whoever replays a scrubbed recording need not have the key of its pseudonyms, and their secrets may be others than were
recorded: CI has none of them. So nothing is looked up. A pseudonym may stand for any value, in whatever wrapping, but
each for one alone; all round them has to be the same. gzip names the moment at which it was made, so that the same
bytes compressed again are others: what is inside is held against what is inside.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.leaks.find import DEPTH, finds
from inspector.leaks.layers import LAYERS, PACKED, Budget, Layer, inflated
from inspector.wire.redaction import is_removed_signature

LONGEST_VALUE = 16 * 1024
"""Bytes that a pseudonym may stand for: a chain of certificates with its key."""

_PSEUDONYM = re.compile(rb"redacted-[0-9a-f]{16}")
_REMOVED = re.compile(rb"(?:7265646163746564){2,}[0-9a-f]{0,15}|(?:cmVkYWN0ZWRyZWRhY3RlZ)[A-Za-z0-9+/]*=*")
_UNPACKED = 8 * 1024 * 1024

_ESCAPING = tuple(layer for layer in LAYERS if layer.name in ("URL", "escapes", "entities") for _ in range(2))

Values = dict[bytes, bytes]
"""What pseudonyms stand for."""


class _Hole(NamedTuple):
    """Where in the recorded bytes something stands for something else: bare (`inside` None), or wrapped."""

    start: int
    end: int
    layer: Layer | None = None
    inside: bytes = b""


def is_veiled(data: bytes) -> bool:
    """Whether pseudonyms stand in these bytes as they are."""
    return b"redacted-" in data and _PSEUDONYM.search(data) is not None


def agreed(recorded: bytes, now: bytes, known: Mapping[bytes, bytes]) -> Values | None:
    """What the pseudonyms in the recorded bytes stand for in those of now; None where the bytes do not agree.

    `known`: what pseudonyms stand for already.
    """
    if recorded == now:
        return {}
    values: Values = dict(known)
    if not _agree(recorded, now, values, DEPTH, Budget(_UNPACKED)):
        return None
    return {veil: value for veil, value in values.items() if veil not in known}


def _agree(recorded: bytes, now: bytes, values: Values, depth: int, budget: Budget) -> bool:
    if recorded == now:
        return True
    if recorded.startswith(PACKED) and now.startswith(PACKED):
        said, asked = inflated(recorded, budget), inflated(now, budget)
        return bool(said and asked and depth and not budget.spent and _agree(said, asked, values, depth - 1, budget))
    holes = list(_holes(recorded, depth, budget))
    return bool(holes) and _filled(recorded, now, holes, values, depth, budget)


def _filled(recorded: bytes, now: bytes, holes: list[_Hole], values: Values, depth: int, budget: Budget) -> bool:
    """Whether what stands between the holes is the same, and each hole holds what it may."""
    if len(holes) == 1 and len(recorded) == holes[0].end - holes[0].start and holes[0].layer is None:
        # Nothing else is there to be the same: it has to look like a secret.
        return _is_secret(now) and _holds(holes[0], recorded, now, values, depth, budget)
    at, before = 0, 0
    for hole, following in zip(holes, (*holes[1:], None), strict=True):
        plain = recorded[before : hole.start]
        if not now.startswith(plain, at):
            return False
        at += len(plain)
        after = recorded[hole.end : following.start if following else None]
        end = _end_of_hole(now, at, after, known=_known(hole, recorded, values), is_last=following is None)
        if end is None or not _holds(hole, recorded, now[at:end], values, depth, budget):
            return False
        at, before = end, hole.end
    return now[at:] == recorded[before:]


def _end_of_hole(now: bytes, at: int, after: bytes, *, known: bytes | None, is_last: bool) -> int | None:
    """Where the value ends that begins at `at`: before what follows."""
    if known is not None and now.startswith(known, at):
        return at + len(known)
    if is_last:
        end = len(now) - len(after)
        return end if at < end <= at + LONGEST_VALUE and now.endswith(after) else None
    if not after:
        return None  # two values with nothing between them: nobody knows where the first ends
    end = now.find(after, at + 1, at + LONGEST_VALUE + len(after))
    return end if end > 0 else None


def _known(hole: _Hole, recorded: bytes, values: Values) -> bytes | None:
    return values.get(recorded[hole.start : hole.end]) if hole.layer is None else None


def _holds(hole: _Hole, recorded: bytes, value: bytes, values: Values, depth: int, budget: Budget) -> bool:
    """Whether a hole may hold a value; notes what its pseudonyms stand for."""
    if hole.layer is None:
        veil = recorded[hole.start : hole.end]
        if is_removed_signature(veil):
            return len(value) == len(veil)
        plain = _plain(value)
        return values.setdefault(veil, plain) == plain
    runs = list(hole.layer.runs(value, budget))
    if len(runs) != 1 or len(runs[0].raw) != len(value):
        return False
    exact = hole.layer.name in ("base64", "hex")  # these have one way of being written, and are read leniently
    if exact and hole.layer.wrap(runs[0].inside, value) != value:
        return False
    return _agree(hole.inside, runs[0].inside, values, depth - 1, budget)


def _holes(data: bytes, depth: int, budget: Budget) -> Iterator[_Hole]:
    """The holes of recorded bytes, from the first to the last: bare ones, and between them wrapped ones."""
    found = sorted(_Hole(*match.span()) for pattern in (_PSEUDONYM, _REMOVED) for match in pattern.finditer(data))
    if depth:
        for layer in LAYERS:
            for run in (layer.small or layer.runs)(data, budget):
                hole = _Hole(run.start, run.start + len(run.raw), layer, run.inside)
                at = bisect_left(found, hole.start, key=lambda one: one.start)
                before, after = found[at - 1 : at], found[at : at + 1]
                apart = (not before or before[0].end <= hole.start) and (not after or hole.end <= after[0].start)
                if apart and _is_veiled_inside(run.inside, depth - 1, budget):
                    found.insert(at, hole)
    return iter(found)


def _is_veiled_inside(data: bytes, depth: int, budget: Budget) -> bool:
    return is_veiled(data) or (depth > 0 and next(_holes(data, depth, budget), None) is not None)


def _plain(value: bytes) -> bytes:
    """A value as it is: a secret may be escaped in one place and bare in another, its pseudonym needs no escapes."""
    for layer in _ESCAPING:
        runs = list(layer.runs(value, Budget(4 * LONGEST_VALUE)))
        if len(runs) == 1 and len(runs[0].raw) == len(value):
            value = runs[0].inside
    return value


def _is_secret(value: bytes) -> bool:
    return next(finds(value), None) is not None
