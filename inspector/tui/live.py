"""What is known of the recording at this moment: the watcher's words taken into the list of calls."""

from __future__ import annotations

from collections.abc import Callable

from inspector.store.filters import Node
from inspector.tui.calls.call_list import CallList
from inspector.tui.calls.order import Order
from inspector.tui.state import State
from inspector.tui.watch import Event, Found, News, Totals, Trouble


class Live:
    """Takes what the watcher tells. `look_for` begins a search and gives its number."""

    def __init__(self, state: State, calls: CallList, look_for: Callable[[Node, Order], int]) -> None:
        self._state = state
        self._calls = calls
        self._look_for = look_for

    def search(self, text: str, where: Node) -> None:
        """Show these calls from now on, as they are found."""
        state = self._state
        state.filter, state.where, state.searching = text.strip(), where, True
        state.asked = self._look_for(where, state.order)

    def sort(self, order: Order) -> None:
        """Show the same calls in this order from now on."""
        state = self._state
        state.order, state.searching = order, True
        state.follow = state.follow and order.is_arrival
        state.asked = self._look_for(state.where, order)

    def take(self, event: Event) -> None:
        """Something was found, or has changed."""
        state = self._state
        match event:
            case Found():
                self._take_found(event)
            case News() if event.search == state.search:
                self._calls.change(event.added, event.removed)
            case Totals():
                state.totals = event
            case Trouble():
                state.trouble = event.text

    def _take_found(self, found: Found) -> None:
        if found.search != self._state.asked:
            return  # of a search that is no longer wanted
        if found.first:
            self._calls.begin(found.ids, found.order)
            self._state.search = found.search
        else:
            self._calls.more(found.ids)
        self._state.searching = not found.done

    def select(self) -> None:
        """The selection follows the newest call, or stays with its call while that may still be found."""
        calls = self._calls
        if self._state.follow:
            calls.select(calls.ids.newest)
        elif not self._state.searching and (calls.selected is None or calls.selected not in calls.ids):
            calls.select(calls.cursor)
