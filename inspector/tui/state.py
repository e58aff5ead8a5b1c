"""All that the terminal UI knows of itself between two keys; the list and its selection are the `CallList`'s."""

from __future__ import annotations

from dataclasses import dataclass, field

from inspector.store.filters import EVERYTHING, Node
from inspector.tui.calls.order import ARRIVAL, Order
from inspector.tui.calls.panes import Panes
from inspector.tui.watch import Totals


@dataclass(slots=True)
class State:
    """What is looked at.

    `filter` is the filter as text, `where` as a tree. `asked` is the number of the last search, `search` of the one
    whose result the list shows. `view` is the name of the view in front.
    """

    filter: str = ""
    where: Node = EVERYTHING
    order: Order = ARRIVAL
    asked: int = 0
    search: int = -1
    searching: bool = True
    follow: bool = True
    view: str = "calls"
    tab: int = 0
    panes: Panes = field(default_factory=Panes)
    totals: Totals | None = None
    trouble: str = ""
