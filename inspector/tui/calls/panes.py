"""Which panes of the calls view are seen, how much room each has, and which has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

STACKED_HEIGHT = 30
"""Rows from which the call is shown below the list: 80x24 shows one pane at a time."""

WIDE = 120
"""Columns from which the findings stand beside the call."""

_STEP = 8
_LEAST, _MOST = 15, 85


class Pane(str, Enum):
    """A part of the calls view. The order is that of the key which goes from one to the next."""

    LIST = "list"
    DETAIL = "detail"
    WHY = "why"


@dataclass(slots=True)
class Panes:
    """The panes.

    `keys`: the one that has the keys. `alone` is the user's word on whether it is shown alone, None while the size of
    the terminal decides. Shares in percent: of the list in the height, of the findings in the width.
    """

    keys: Pane = Pane.LIST
    alone: bool | None = None
    list_share: int = 42
    why_share: int = 36

    def shown(self, width: int, height: int) -> frozenset[Pane]:
        """What is seen on a terminal of so many columns and rows."""
        if self.alone or (self.alone is None and height < STACKED_HEIGHT):
            return frozenset((self.keys,))
        if width >= WIDE:
            return frozenset(Pane)
        return frozenset((Pane.LIST, Pane.WHY if self.keys is Pane.WHY else Pane.DETAIL))

    def turn(self, width: int, height: int) -> None:
        """All that have room, then each of them alone, and again."""
        order = [None, *Pane]
        now = self.keys if len(self.shown(width, height)) == 1 else None
        wanted = order[(order.index(now) + 1) % len(order)]
        self.alone = wanted is not None
        self.keys = wanted or Pane.LIST

    def after(self, steps: int) -> Pane:
        """The pane so many steps from the one that has the keys."""
        order = list(Pane)
        return order[(order.index(self.keys) + steps) % len(order)]

    def resize(self, steps: int) -> None:
        """Give the pane that has the keys more room, or less."""
        if self.keys is Pane.WHY:
            self.why_share = _within(self.why_share + steps * _STEP)
        else:
            self.list_share = _within(self.list_share + (steps if self.keys is Pane.LIST else -steps) * _STEP)


def _within(share: int) -> int:
    return max(_LEAST, min(share, _MOST))
