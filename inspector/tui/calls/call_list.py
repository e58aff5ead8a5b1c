"""The list of calls as a value: which there are, which is selected, and the rows of those that are looked at."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable

from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.tui.calls.ids import Backwards, IdList, Ids, Sorted
from inspector.tui.calls.order import ARRIVAL, Order

_PAGE = 64
_PAGES = 16


class CallList:
    """The matching calls of a recording, read a page at a time. `selected` is an id, so that it stays with its call."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._pages: OrderedDict[int, dict[int, Row]] = OrderedDict()
        self.order = ARRIVAL
        self._by_id = Ids()
        self.ids: IdList = self._by_id
        self.selected: int | None = None
        self.trouble: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    # What the watcher tells

    def begin(self, ids: range | Iterable[int], order: Order) -> None:
        """Show these ids from now on: in the order of `order` where that is no order of arrival, else in their own."""
        self.order = order
        if order.is_arrival:
            self._by_id = Ids(ids)
            self.ids = Backwards(self._by_id) if order.descending else self._by_id
        else:
            self.ids = Sorted(ids, self._recording.last_id())
        self.forget()

    def more(self, ids: Iterable[int]) -> None:
        """Further ones of the same search: older ones, or what is to be sorted behind those that are there."""
        if isinstance(self.ids, Sorted):
            self.ids.put_behind(ids)
        else:
            self._by_id.put_before(ids)
        self.forget()

    def change(self, added: Iterable[int], removed: Iterable[int]) -> None:
        """Calls came, or match no longer. A list that is sorted is told anew as a whole."""
        if not isinstance(self.ids, Sorted):
            self._by_id.add(added)
            self._by_id.remove(removed)
        self.forget()

    # What is looked at

    @property
    def cursor(self) -> int:
        """The position of the selected call, or of the one that follows where it stood; 0 in an empty list."""
        if self.selected is None or not len(self.ids):
            return 0
        return min(self.ids.position(self.selected), len(self.ids) - 1)

    def select(self, position: int) -> bool:
        """Select the call at a position, or the nearest there is; whether that is another one than before."""
        before = self.selected
        last = len(self.ids) - 1
        place = max(0, min(position, last))
        self.selected = self.ids[place] if last >= 0 else None
        if isinstance(self.ids, Sorted) and self.selected is not None:
            self.ids.stands(self.selected, place)
        return self.selected != before

    def row(self, position: int) -> Row | None:
        """The row at a position; None when it is no longer in the recording, or that cannot be read."""
        number = position // _PAGE
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._read(number)
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        return page.get(self.ids[position])

    def forget(self) -> None:
        """Something has changed: read rows anew when they are looked at."""
        self._pages.clear()

    def _read(self, number: int) -> dict[int, Row]:
        try:
            rows = self._recording.rows(self.ids.page(number * _PAGE, _PAGE))
        except sqlite3.Error as error:
            self.trouble = f"the recording cannot be read: {error}"
            return {}
        return {row.id: row for row in rows}
