"""All that the terminal UI knows of itself between two keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inspector.tui.watch import Totals

_STACKED_HEIGHT = 30
"""Rows from which on both panes are shown: 80x24 shows one at a time."""


class Layout(str, Enum):
    """Which panes are seen."""

    BOTH = "both"
    LIST = "list"
    DETAIL = "detail"


@dataclass(slots=True)
class State:
    """The filter as text, the tab, the layout...; the list and its selection are the `CallList`'s.

    `asked` is the number of the last search, `search` of the one whose result the list shows. `stacked` is the user's
    word on whether both panes are shown, None while the size of the terminal decides.
    """

    filter: str = ""
    asked: int = 0
    search: int = -1
    searching: bool = True
    follow: bool = True
    tab: int = 0
    as_hex: bool = False
    stacked: bool | None = None
    reading: bool = False  # the keys belong to the detail
    totals: Totals | None = None
    trouble: str = ""

    def layout(self, height: int) -> Layout:
        """The panes for a terminal so many rows high."""
        if self.stacked or (self.stacked is None and height >= _STACKED_HEIGHT):
            return Layout.BOTH
        return Layout.DETAIL if self.reading else Layout.LIST

    def turn_layout(self, height: int) -> None:
        """Both, the list alone, the call alone, and again."""
        order = list(Layout)
        wanted = order[(order.index(self.layout(height)) + 1) % len(order)]
        self.stacked = wanted is Layout.BOTH
        self.reading = wanted is Layout.DETAIL
