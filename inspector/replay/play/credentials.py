"""Whose key a key of now stands for: `b2_authorize_account` is the one call whose question is who asks it.

A suite that was recorded with one account is replayed with another's key, or with none that is real. A key that the
recording itself made (`b2_create_key`) is asked for under the id that was handed out.
"""

from __future__ import annotations

from inspector.wire.headers import Header

Lines = tuple[Header, ...]


class Credentials:
    """Recorded pairs of key id and key, in the order in which they appeared, and the pairs of now that stand for them.

    Not to be used by two threads at a time.
    """

    def __init__(self) -> None:
        self.made: set[bytes] = set()
        self._recorded: dict[Lines, bool] = {}
        self._bound: dict[Lines, Lines] = {}

    def add(self, pair: Lines, *, succeeded: bool) -> None:
        """A recorded pair, and whether it was let in."""
        if pair:
            self._recorded[pair] = self._recorded.get(pair, False) or succeeded

    def clear(self) -> None:
        """Begin anew."""
        self._bound.clear()

    def recorded(self, now: Lines) -> Lines:
        """The recorded pair that one of now stands for: of the same id, else the next that nobody has asked under."""
        if not now or not self._recorded:
            return now
        found = self._bound.get(now)
        if found is None:
            found = self._bound[now] = self._chosen(now)
        return found

    def _chosen(self, now: Lines) -> Lines:
        key_id = now[0][1]
        alike = [pair for pair in self._recorded if pair[0][1] == key_id]
        others = [pair for pair in self._recorded if pair[0][1] not in self.made]
        candidates = alike or others or list(self._recorded)
        taken = set(self._bound.values())
        free = [pair for pair in candidates if pair not in taken]
        return next(iter(free or [pair for pair in candidates if self._recorded[pair]] or candidates))
