"""The list of calls as a value: which there are, which is selected, and the rows of those that are looked at."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict

from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.tui.calls.ids import Ids

_PAGE = 64
_PAGES = 16


class CallList:
    """The matching calls of a recording, read a page at a time. `selected` is an id, so that it stays with its call."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._pages: OrderedDict[int, dict[int, Row]] = OrderedDict()
        self.ids = Ids()
        self.selected: int | None = None
        self.trouble: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

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
        self.selected = self.ids[max(0, min(position, last))] if last >= 0 else None
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
