"""The calls that the user has marked to compare them."""

from __future__ import annotations


class Marks:
    """Ids in the order in which they were marked; the last two are the pair."""

    def __init__(self) -> None:
        self._ids: list[int] = []

    def __contains__(self, number: object) -> bool:
        return number in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them, those marked last at the end."""
        return tuple(self._ids)

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two that were marked last, the earlier one first; None while there are fewer."""
        return (self._ids[-2], self._ids[-1]) if len(self._ids) > 1 else None

    def toggle(self, number: int) -> bool:
        """Mark a call, or take its mark away; whether it is marked now."""
        if number in self._ids:
            self._ids.remove(number)
            return False
        self._ids.append(number)
        return True

    def clear(self) -> None:
        """Take all marks away."""
        self._ids.clear()
