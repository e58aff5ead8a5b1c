"""In which order the list shows its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

BY: Mapping[str, str] = {
    "id": "as they came",
    "time": "when they began",
    "dur": "how long they took",
    "ttfb": "how long the answer was waited for",
    "status": "status",
    "op": "operation",
    "key": "key",
    "bucket": "bucket",
    "host": "host",
    "req.size": "bytes sent",
    "resp.size": "bytes received",
}
"""What a list can be sorted by, and how that is said: each is found by an index."""

LARGEST_FIRST = frozenset(("dur", "ttfb", "status", "req.size", "resp.size"))
"""What one sorts by to find the largest."""

COLUMN_SORTS = {"id": "id", "time": "time", "op": "op", "status": "status", "subject": "key", "req": "req.size"}
COLUMN_SORTS |= {"resp": "resp.size", "dur": "dur", "ttfb": "ttfb", "bucket": "bucket", "key": "key", "host": "host"}
"""The order that a column is sorted by, for those that can be."""


@dataclass(frozen=True, slots=True)
class Order:
    """By a field of `BY`, the least first or the greatest."""

    by: str = "id"
    descending: bool = False

    @property
    def is_arrival(self) -> bool:
        """Whether calls stand as they came, the newest at one end: then new ones need no sorting."""
        return self.by == "id"

    def reversed(self) -> Order:
        """The same from its other end."""
        return replace(self, descending=not self.descending)

    def words(self) -> str:
        """For the head line; empty for the usual order."""
        if self == ARRIVAL:
            return ""
        return f"by {self.by} {'↓' if self.descending else '↑'}"


ARRIVAL = Order()
"""The newest last."""


def order_by(field: str) -> Order:
    """The order by this field that is wanted most often."""
    return Order(field, field in LARGEST_FIRST)
