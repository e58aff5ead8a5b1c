"""The query of a request target, cut at its `&` and `=` with nothing decoded: where each pair stands is kept.

Not `urllib.parse.parse_qsl`: it takes `+` for a space, forgets whether a key had an `=`, and loses the places.
"""

from __future__ import annotations

from typing import NamedTuple


class Pair(NamedTuple):
    """One `name=value` as written; `value` is None where no `=` stands, `start` the offset of the name in the query."""

    name: bytes
    value: bytes | None
    start: int

    @property
    def value_start(self) -> int:
        """The offset in the query of the first byte of the value, or of where it would stand."""
        return self.start + len(self.name) + (self.value is not None)


def pairs(query: bytes) -> list[Pair]:
    """The pairs of a query in their order; empty pieces (`a&&b`) are left out."""
    found: list[Pair] = []
    start = 0
    for piece in query.split(b"&"):
        if piece:
            name, equals, value = piece.partition(b"=")
            found.append(Pair(name, value if equals else None, start))
        start += len(piece) + 1
    return found
