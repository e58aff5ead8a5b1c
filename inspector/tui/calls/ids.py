"""The ids of a list of calls: a million of them in 8 MB, or in nothing at all where none is missing."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class Ids:
    """Ids in order, each once. A range while they are without a gap, an array of 64-bit integers else."""

    def __init__(self, ids: range | Iterable[int] = ()) -> None:
        self._ids: range | array[int] = ids if isinstance(ids, range) else array("q", ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> int:
        return self._ids[position]

    def page(self, first: int, count: int) -> list[int]:
        """At most `count` ids from a position on."""
        return list(self._ids[first : first + count])

    def position(self, number: int) -> int:
        """Where this id stands, or would stand."""
        return bisect_left(self._ids, number)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        place = self.position(number)
        return place < len(self._ids) and self._ids[place] == number

    def add(self, ids: Iterable[int]) -> None:
        """Add ids, most often newer than all others; those that are there already change nothing."""
        for number in ids:
            if not self._ids or number > self._ids[-1]:
                self._append(number)
            elif number not in self:
                self._flat().insert(self.position(number), number)

    def put_before(self, ids: Iterable[int]) -> None:
        """Add ids that are all older than the others, in order."""
        older = array("q", ids)
        older.extend(self._ids)
        self._ids = older

    def remove(self, ids: Iterable[int]) -> None:
        """Take ids out; those that are not there change nothing."""
        for number in ids:
            if number in self:
                del self._flat()[self.position(number)]

    def _append(self, number: int) -> None:
        if isinstance(self._ids, range) and number == self._ids.stop:
            self._ids = range(self._ids.start, number + 1)
        elif not self._ids:
            self._ids = range(number, number + 1)
        else:
            self._flat().append(number)

    def _flat(self) -> array[int]:
        if isinstance(self._ids, range):
            self._ids = array("q", self._ids)
        return self._ids
