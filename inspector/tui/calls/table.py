"""The list of calls on the screen: a virtual table, which draws only what is seen."""

from __future__ import annotations

import time

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.store.rows import Row
from inspector.tui.actions import bindings
from inspector.tui.actions.calls import LIST
from inspector.tui.calls.columns import Layout, cells, column_at, headings, layout, without_verdicts
from inspector.tui.calls.judging import Judging
from inspector.tui.cursor_table import CursorTable
from inspector.tui.length import set_length
from inspector.tui.paint import COMPONENTS, Span, painted
from inspector.tui.services import Services


class CallsTable(CursorTable):
    """The calls, one a line. What is selected stands in the `CallList`; this only draws it and asks for other."""

    BINDINGS = bindings(LIST)

    class Selected(Message):
        """The user has moved to another call."""

    class Scrolled(Message):
        """The user looks at older calls."""

    class Opened(Message):
        """The user wants to read the selected call."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._calls = services.calls
        self._glyphs = services.glyphs
        self._empty = ""
        self._judging = Judging(services, self)
        self._place = 0  # the row of the screen on which the selected call stands, or would

    def places(self) -> Layout:
        """The columns for the room there is."""
        chosen = self._services.settings.columns
        if not self._services.vault.keys:
            chosen = without_verdicts(chosen)
        return layout(self._room, self._calls.ids.largest, chosen)

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def show(self, empty: str, reveal: bool = True) -> None:
        """The list has changed: draw it anew, the selected call where it stood on the screen; `reveal` it if need be.

        `empty` is said when there is no call.
        """
        top = self._calls.cursor - self._place
        self._empty = empty
        set_length(self, len(self._calls))
        if reveal:
            self._reveal(top)
        else:
            self._scroll(top)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        position = y + self.scroll_offset.y
        if position >= len(self._calls):
            spans = [Span("quiet", f"  {self._empty}")] if position == 0 else []
            return painted(spans, self._room, self.visual_style.rich_style, self._style)
        row = self._calls.row(position)
        chosen = position == self._calls.cursor
        spans = [Span("text", self._glyphs.cursor if chosen else " ")]
        if row is None:
            spans.append(Span("quiet", f"{self._calls.ids[position]} is no longer in the recording"))
        else:
            spans.append(self._sign(row))
            places = self.places()
            spans += cells(row, places, time.time(), self._glyphs, self._services.judge_if_any)
            self._judging.look_at(row, places)
        return painted(spans, self._room, self._base(chosen), self._plain if chosen else self._style)

    def _sign(self, row: Row) -> Span:
        """A marked call's, or one's that has a note."""
        if row.marked or row.id in self._services.marks:
            return Span("note", self._glyphs.mark)
        return Span("note", self._glyphs.note if row.note else " ")

    @staticmethod
    def _plain(kind: str) -> Style:
        """On the selected line, whose background would make some colours hard to read, all is written alike."""
        return Style.null()

    def on_mouse_scroll_up(self) -> None:
        """The wheel leaves the selected call where it is."""
        self.post_message(self.Scrolled())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._place = self._calls.cursor - round(new_value)

    def on_resize(self) -> None:
        self.show(self._empty)

    def _count(self) -> int:
        return len(self._calls)

    def _at(self) -> int:
        return self._calls.cursor

    def _open(self) -> None:
        self.post_message(self.Opened())

    def _go(self, position: int) -> None:
        before, top = self._calls.cursor, self.scroll_offset.y
        if self._calls.select(position):
            self._reveal(top)
            if self.scroll_offset.y == top:
                self.refresh_line(before)
                self.refresh_line(self._calls.cursor)
            else:
                self.refresh()
            self.post_message(self.Selected())

    def _reveal(self, top: int) -> None:
        """Scroll so that this position is the first, or as near to that as shows the selected call."""
        self._scroll(self._top_for(top))

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, len(self._calls) - self.scrollable_content_region.height))
        self._place = self._calls.cursor - top
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)


class Headings(Widget):
    """The line above the list."""

    class Clicked(Message):
        """The user has clicked on the heading of this column."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    COMPONENT_CLASSES = COMPONENTS

    def __init__(self, table: CallsTable) -> None:
        super().__init__()
        self._table = table

    def render_line(self, y: int) -> Strip:
        return painted(headings(self._table.places()), self.size.width, self.rich_style, self._style)

    def on_click(self, event: events.Click) -> None:
        """A click on a heading sorts by it; another one turns the order round."""
        column = column_at(self._table.places(), event.get_content_offset_capture(self).x)
        if column is not None:
            self.post_message(self.Clicked(column))

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)
