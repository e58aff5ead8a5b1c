"""A scrolling table with a cursor on one of its rows: moving it by keys and clicks, and what it looks like there."""

from __future__ import annotations

from rich.style import Style
from textual import events
from textual.scroll_view import ScrollView

from inspector.tui.paint import COMPONENTS


class CursorTable(ScrollView, can_focus=True):
    """Whoever has rows says how many and where the cursor is, puts it elsewhere, and opens what is under it."""

    COMPONENT_CLASSES = COMPONENTS

    def _count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def _at(self) -> int:
        """The row under the cursor."""
        raise NotImplementedError

    def _go(self, place: int) -> None:
        """Put the cursor on this row, or on the nearest that there is, and show it."""
        raise NotImplementedError

    def _open(self) -> None:
        """Show what stands behind the row under the cursor."""
        raise NotImplementedError

    @property
    def _height(self) -> int:
        """Rows that are seen at once."""
        return max(1, self.scrollable_content_region.height)

    def _top_for(self, top: int) -> int:
        """The first row to show: this one, or the nearest to it with which the cursor is seen."""
        return min(self._at(), max(top, self._at() - self._height + 1))

    def _base(self, chosen: bool) -> Style:
        """What all of a row is drawn on: under the cursor, brighter where keys are heard."""
        base = self.visual_style.rich_style
        return base + self._style("cursor" if self.has_focus else "marked") if chosen else base

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def action_move(self, steps: int) -> None:
        self._go(self._at() + steps)

    def action_page(self, pages: int) -> None:
        self._go(self._at() + pages * max(1, self._height - 1))

    def action_edge(self, last: int) -> None:
        self._go(self._count() - 1 if last else 0)

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        place = event.get_content_offset_capture(self).y + self.scroll_offset.y
        if place < self._count():
            self._go(place)
            if event.chain == 2:
                self._open()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
