"""The calls that are marked: here, and in the recording, where marked calls are not pruned."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.store.filters import Node, to_text


class Marks:
    """Ids in the order in which they were marked; the last two are the pair."""

    def __init__(self) -> None:
        self._marked: dict[int, None] = {}

    def __contains__(self, number: object) -> bool:
        return number in self._marked

    def __len__(self) -> int:
        return len(self._marked)

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them, those marked last at the end."""
        return tuple(self._marked)

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two that were marked last, the earlier one first; None while there are fewer."""
        if len(self._marked) < 2:
            return None
        last = reversed(self._marked)
        second, first = next(last), next(last)
        return first, second

    def toggle(self, number: int) -> bool:
        """Mark a call, or take its mark away; whether it is marked now."""
        if number in self._marked:
            del self._marked[number]
            return False
        self._marked[number] = None
        return True

    def known(self, ids: Iterable[int]) -> None:
        """These are marked in the recording, since before those that were marked here."""
        self._marked = dict.fromkeys((*ids, *self._marked))

    def clear(self) -> None:
        """Take all marks away."""
        self._marked.clear()


def shows_words(where: Node) -> bool:
    """Whether marks or notes decide what a filter finds."""
    text = to_text(where)
    return any(word in text for word in ("is:marked", "is:noted", "note:", "note~"))
