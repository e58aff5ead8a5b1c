"""Two sessions aligned by what was asked: which calls are missing, new, changed in their outcome, or out of order."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Item(NamedTuple):
    """A call of a session as it is aligned. `payload` is the SHA-256 of what was sent, `answer` of what came back."""

    id: int
    operation: str | None
    method: str
    bucket: str | None
    key: str | None
    part_number: int | None
    status: int | None
    error_code: str | None
    failure: str | None
    payload: str | None
    answer: str | None

    @property
    def asked(self) -> Hashable:
        """What makes two calls the same question."""
        return (self.operation or self.method, self.bucket, self.key, self.part_number)

    @property
    def outcome(self) -> tuple[int | None, str | None, str | None]:
        """How it ended."""
        return (self.status, self.error_code, self.failure)


class Fate(str, Enum):
    """What became of a call from the first session to the second."""

    SAME = "same"
    CHANGED = "changed"
    PAYLOAD = "payload"
    ANSWER = "answer"
    """The same outcome, and another body: who has the bodies tells, see `with_answers`."""
    REORDERED = "reordered"
    MISSING = "missing"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A call of each session, or of one alone."""

    fate: Fate
    a: Item | None
    b: Item | None


def pairings(a: Iterable[Item], b: Iterable[Item]) -> Iterator[Pairing]:
    """The calls of two sessions side by side, in the order of the first, those of the second alone at their places.

    The same question asked several times is paired in order, those with the same payload first; O(n log n).
    """
    left, right = list(a), list(b)
    partner = _partners(left, right)
    moved = _out_of_order([partner[number] for number in range(len(left))])
    alone = deque(sorted(set(range(len(right))) - {other for other in partner if other is not None}))
    for number, item in enumerate(left):
        other = partner[number]
        if other is None:
            yield Pairing(Fate.MISSING, item, None)
            continue
        if number not in moved:
            while alone and alone[0] < other:
                yield Pairing(Fate.INSERTED, None, right[alone.popleft()])
        yield Pairing(_fate(item, right[other], number in moved), item, right[other])
    for other in alone:
        yield Pairing(Fate.INSERTED, None, right[other])


def with_answers(found: Iterable[Pairing], alike: Callable[[Item, Item], bool]) -> Iterator[Pairing]:
    """The pairings, with another fate where answers are not alike. `alike` is asked only where their hashes differ."""
    for one in found:
        told = one.fate in (Fate.SAME, Fate.REORDERED)
        if told and one.a and one.b and one.a.answer != one.b.answer and not alike(one.a, one.b):
            yield Pairing(Fate.ANSWER, one.a, one.b)
        else:
            yield one


def _partners(left: Sequence[Item], right: Sequence[Item]) -> list[int | None]:
    """For each call of the first session its partner in the second: same payload before same question."""
    partner: list[int | None] = [None] * len(left)
    taken = [False] * len(right)
    for exact in (True, False):
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for number, item in enumerate(right):
            if not taken[number]:
                waiting[item.asked, item.payload if exact else None].append(number)
        for number, item in enumerate(left):
            queue = waiting.get((item.asked, item.payload if exact else None))
            if partner[number] is None and queue:
                partner[number] = other = queue.popleft()
                taken[other] = True
    return partner


def _out_of_order(partners: Sequence[int | None]) -> set[int]:
    """Which calls of the first session must be moved so that the rest keep the second's order: as few as can be."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number, other in enumerate(partners):
        if other is None:
            continue
        place = bisect_left(tails, other)
        before[number] = ends[place - 1] if place else None
        tails[place : place + 1] = [other]
        ends[place : place + 1] = [number]
    kept: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return set(before) - kept


def _fate(a: Item, b: Item, moved: bool) -> Fate:
    if a.outcome != b.outcome:
        return Fate.CHANGED
    if a.payload != b.payload:
        return Fate.PAYLOAD
    return Fate.REORDERED if moved else Fate.SAME
