"""The ids of a list of calls: a million of them in 8 MB, or in nothing at all where none is missing."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol


class IdList(Protocol):
    """Ids in the order of a list, each once."""

    def __len__(self) -> int: ...

    def __getitem__(self, position: int) -> int: ...

    def __contains__(self, number: object) -> bool: ...

    @property
    def newest(self) -> int:
        """The position of the call that came last; 0 in an empty list."""
        ...

    @property
    def largest(self) -> int:
        """The id of the call that came last; 0 in an empty list."""
        ...

    def page(self, first: int, count: int) -> list[int]:
        """At most `count` ids from a position on."""
        ...

    def position(self, number: int) -> int:
        """Where this id stands; where it would stand, or stood, if it is not there."""
        ...


class Ids:
    """Ids in order, each once. A range while they are without a gap, an array of 64-bit integers else."""

    def __init__(self, ids: range | Iterable[int] = ()) -> None:
        self._ids: range | array[int] = ids if isinstance(ids, range) else array("q", ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> int:
        return self._ids[position]

    @property
    def newest(self) -> int:
        return max(0, len(self._ids) - 1)

    @property
    def largest(self) -> int:
        return self._ids[-1] if self._ids else 0

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


class Backwards:
    """The same, the newest first."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    newest = 0

    @property
    def largest(self) -> int:
        return self._ids.largest

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> int:
        return self._ids[len(self._ids) - 1 - position]

    def __contains__(self, number: object) -> bool:
        return number in self._ids

    def page(self, first: int, count: int) -> list[int]:
        end = len(self._ids) - first
        start = max(0, end - count)
        return self._ids.page(start, end - start)[::-1]

    def position(self, number: int) -> int:
        return max(0, len(self._ids) - self._ids.position(number) - (number in self._ids))


class Sorted:
    """Ids in an order that is not theirs: the place of one must be searched for, so the last that was found is kept.

    `largest` is the newest id there may be.
    """

    def __init__(self, ids: Iterable[int] = (), largest: int = 0) -> None:
        self._ids = array("q", ids)
        self.largest = largest
        self._place = 0
        self._missed, self._missed_to = 0, 0

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: int) -> int:
        return self._ids[position]

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._find(number)

    @property
    def newest(self) -> int:
        return self.position(self.largest)

    def page(self, first: int, count: int) -> list[int]:
        return list(self._ids[first : first + count])

    def position(self, number: int) -> int:
        self._find(number)
        return min(self._place, len(self._ids))

    def put_behind(self, ids: Iterable[int]) -> None:
        """More of them, all behind the others."""
        self._ids.extend(array("q", ids))

    def stands(self, number: int, place: int) -> None:
        """Somebody knows where this id stands."""
        if place < len(self._ids) and self._ids[place] == number:
            self._place = place

    def _find(self, number: int) -> bool:
        if self._place < len(self._ids) and self._ids[self._place] == number:
            return True
        place = self._search(number, self._missed_to if number == self._missed else 0)
        if place is None:
            self._missed, self._missed_to = number, len(self._ids)  # each row that is drawn asks for the same
            return False
        self._place = place
        return True

    def _search(self, number: int, begin: int) -> int | None:
        """The position of an id from another on. Bytes are searched ten times as fast as integers compared."""
        if begin >= len(self._ids):
            return None
        wide = self._ids.itemsize
        data, wanted = self._ids.tobytes(), array("q", [number]).tobytes()
        found = data.find(wanted, begin * wide)
        while found >= 0 and found % wide:
            found = data.find(wanted, found + 1)
        return None if found < 0 else found // wide
