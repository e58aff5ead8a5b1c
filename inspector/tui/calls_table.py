"""The list of calls on the screen: a virtual table, which draws only what is seen."""

from __future__ import annotations

import time

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.actions import Place, bindings
from inspector.tui.calls import CallList
from inspector.tui.columns import Layout, cells, headings, layout
from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import COMPONENTS, Span, painted


class CallsTable(ScrollView, can_focus=True):
    """The calls, one a line. What is selected stands in the `CallList`; this only draws it and asks for other."""

    COMPONENT_CLASSES = COMPONENTS
    BINDINGS = bindings(Place.LIST)

    class Selected(Message):
        """The user has moved to another call."""

    class Opened(Message):
        """The user wants to read the selected call."""

    class Cleared(Message):
        """The user wants the whole list back."""

    def __init__(self, calls: CallList, glyphs: Glyphs) -> None:
        super().__init__()
        self._calls = calls
        self._glyphs = glyphs
        self._empty = ""

    def places(self) -> Layout:
        """The columns for the room there is."""
        ids = self._calls.ids
        return layout(self._room, ids[len(ids) - 1] if len(ids) else 0)

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def show(self, empty: str) -> None:
        """The list has changed, or what is selected in it: draw it anew. `empty` is said when there is no call."""
        self._empty = empty
        self.virtual_size = Size(self._room, len(self._calls))
        self._reveal()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        position = y + self.scroll_offset.y
        if position >= len(self._calls):
            spans = [Span("quiet", f"  {self._empty}")] if position == 0 else []
            return painted(spans, self._room, self.rich_style, self._style)
        row = self._calls.row(position)
        chosen = position == self._calls.cursor
        base = self.rich_style
        if chosen:
            base += self._style("cursor" if self.has_focus else "marked")
        spans = [Span("text", self._glyphs.cursor if chosen else " ")]
        if row is None:
            spans.append(Span("quiet", f"{self._calls.ids[position]} is no longer in the recording"))
        else:
            spans += cells(row, self.places(), time.time(), self._glyphs)
        return painted(spans, self._room, base, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    # Moving

    def action_move(self, steps: int) -> None:
        self._go(self._calls.cursor + steps)

    def action_page(self, pages: int) -> None:
        self._go(self._calls.cursor + pages * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, last: int) -> None:
        self._go(len(self._calls) - 1 if last else 0)

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def action_clear(self) -> None:
        self.post_message(self.Cleared())

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        position = event.get_content_offset_capture(self).y + self.scroll_offset.y
        if position < len(self._calls):
            self._go(position)
            if event.chain == 2:
                self.action_open()

    def on_resize(self) -> None:
        self.show(self._empty)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _go(self, position: int) -> None:
        if self._calls.select(position):
            self._reveal()
            self.refresh()
            self.post_message(self.Selected())

    def _reveal(self) -> None:
        """Scroll no further than it takes to see the selected call."""
        height = max(1, self.scrollable_content_region.height)
        top, cursor = self.scroll_offset.y, self._calls.cursor
        wanted = min(top, cursor) if cursor < top else max(top, cursor - height + 1)
        wanted = max(0, min(wanted, len(self._calls) - height))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)


class Headings(Widget):
    """The line above the list."""

    COMPONENT_CLASSES = COMPONENTS

    def __init__(self, table: CallsTable) -> None:
        super().__init__()
        self._table = table

    def render_line(self, y: int) -> Strip:
        return painted(headings(self._table.places()), self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)
