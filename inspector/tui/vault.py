"""The secrets at hand: in memory, for as long as the terminal UI runs or until they are forgotten.

Nothing here is written anywhere, and no secret shows in a `repr`. Python cannot wipe a value from memory: a secret that
is forgotten is out of reach for everything that is computed from then on, and freed like any other value.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspector.sigv4.key import Key

TYPED = "typed in"
"""Where a secret came from that the user was asked for."""


class Vault:
    """The keys; `version` is another after each change, for those who keep what was computed with them."""

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        self._keys = tuple(keys)
        self._asked: set[str] = set()
        self.version = 0

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of them: those typed in first."""
        return self._keys

    def holds(self, key_id: str | None) -> bool:
        """Whether there is a secret of this key id."""
        return any(key.key_id == key_id for key in self._keys)

    def for_call(self, key_id: str | None) -> tuple[Key, ...]:
        """The keys with which a call of this key id is examined: all, for it may have been signed with another."""
        return self._keys

    def may_ask(self, key_id: str) -> bool:
        """Whether the user was not asked for this one yet."""
        return key_id not in self._asked

    def asked(self, key_id: str) -> None:
        """The user is asked now: not again, unless he wants to be."""
        self._asked.add(key_id)

    def add(self, key_id: str, secret: bytes) -> None:
        """Hold the secret that the user has typed, in place of another of the same key id that was typed before."""
        others = (key for key in self._keys if (key.key_id, key.name) != (key_id, TYPED))
        self._keys = (Key(key_id, secret, TYPED), *others)
        self.version += 1

    def forget(self) -> int:
        """Drop all secrets, wherever they came from; how many there were."""
        count, self._keys = len(self._keys), ()
        self._asked.clear()
        self.version += 1
        return count
