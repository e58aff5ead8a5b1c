"""A table of some hundred rows with a cursor, below its headings. The rows are drawn when they are seen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.actions import bindings
from inspector.tui.actions.listing import LISTING
from inspector.tui.cursor_table import CursorTable
from inspector.tui.glyphs import Glyphs
from inspector.tui.length import set_length
from inspector.tui.paint import COMPONENTS, Span, painted

T = TypeVar("T")
Drawn = Callable[[T, int], list[Span]]
"""From a row and the cells it has to what is drawn; escaped."""


class ListingRows(CursorTable, Generic[T]):
    """The rows. `name_of` tells a row from others, so that the cursor stays with it when the table changes."""

    BINDINGS = bindings(LISTING)

    def __init__(self, glyphs: Glyphs, drawn: Drawn[T], name_of: Callable[[T], Hashable]) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._drawn = drawn
        self._name_of = name_of
        self._rows: Sequence[T] = ()
        self._empty = ""
        self.cursor = 0

    def show(self, rows: Sequence[T], empty: str) -> None:
        """Show these rows; `empty` is said where there are none."""
        name = None if self.chosen is None else self._name_of(self.chosen)
        self._rows, self._empty = rows, empty
        place = next((place for place, row in enumerate(rows) if self._name_of(row) == name), self.cursor)
        set_length(self, len(rows))
        self._go(place)

    @property
    def chosen(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    @property
    def room(self) -> int:
        """Cells of a row, without that of the cursor."""
        return self.scrollable_content_region.width - 1

    def choose(self, name: Hashable) -> None:
        """Put the cursor on the row with this name, if it is there."""
        place = next((place for place, row in enumerate(self._rows) if self._name_of(row) == name), None)
        if place is not None:
            self._go(place)

    def render_line(self, y: int) -> Strip:
        place = y + self.scroll_offset.y
        chosen = place == self.cursor and bool(self._rows)
        base = self._base(chosen)
        if place >= len(self._rows):
            spans = [Span("quiet", f"  {self._empty}")] if place == 0 else []
            return painted(spans, self.room + 1, base, self._style)
        spans = [Span("text", self._glyphs.cursor if chosen else " "), *self._drawn(self._rows[place], self.room)]
        spans = [Span(span.kind, self._glyphs.text(span.text)) for span in spans]
        return painted(spans, self.room + 1, base, self._plain if chosen and self.has_focus else self._style)

    @staticmethod
    def _plain(kind: str) -> Style:
        """On the selected line, whose background would make some colours hard to read, all is written alike."""
        return Style(reverse=True) if kind == "marked" else Style.null()

    def action_open(self) -> None:
        self._open()

    def on_resize(self) -> None:
        set_length(self, len(self._rows))
        self.refresh()

    def _count(self) -> int:
        return len(self._rows)

    def _at(self) -> int:
        return self.cursor

    def _go(self, place: int) -> None:
        moved, self.cursor = self.cursor, max(0, min(place, len(self._rows) - 1))
        top = self._top_for(self.scroll_offset.y)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.refresh()
        if moved != self.cursor:
            self.post_message(Listing.Moved())

    def _open(self) -> None:
        if self.chosen is not None:
            self.post_message(Listing.Opened())


class ListingHeadings(Widget):
    """The line above the rows."""

    COMPONENT_CLASSES = COMPONENTS

    def __init__(self, glyphs: Glyphs, headings: Callable[[int], list[Span]]) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._headings = headings

    def render_line(self, y: int) -> Strip:
        spans = [Span("heading", " "), *self._headings(self.size.width - 2)]
        spans = [Span(span.kind, self._glyphs.text(span.text)) for span in spans]
        return painted(spans, self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)


class Listing(Vertical, Generic[T]):
    """Headings and rows."""

    class Opened(Message):
        """The user wants what stands behind the row under the cursor."""

    class Moved(Message):
        """The cursor is on another row."""

    def __init__(
        self,
        glyphs: Glyphs,
        headings: Callable[[int], list[Span]],
        drawn: Drawn[T],
        name_of: Callable[[T], Hashable],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._headings = headings
        self.rows = ListingRows(glyphs, drawn, name_of)

    def compose(self) -> ComposeResult:
        yield ListingHeadings(self._glyphs, self._headings)
        yield self.rows

    def show(self, rows: Sequence[T], empty: str) -> None:
        """Show these rows; `empty` is said where there are none."""
        self.rows.show(rows, empty)
        self.query_one(ListingHeadings).refresh()
