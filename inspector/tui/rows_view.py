"""A scroll view over rows that are made when they are seen: pages of a call, findings, reports."""

from __future__ import annotations

from typing import Protocol

from rich.style import Style
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from inspector.tui.actions import bindings
from inspector.tui.actions.text import TEXT
from inspector.tui.glyphs import Glyphs
from inspector.tui.length import set_length
from inspector.tui.paint import COMPONENTS, Span, painted
from inspector.tui.report import Report, said
from inspector.view.render import safe

_AROUND = 4
"""Rows above and below the screen that are read with those on it: what is marked may begin, or end, in them."""


class Rows(Protocol):
    """Rows for a terminal of some width."""

    @property
    def height(self) -> int:
        """Rows that are known up to now."""
        ...

    @property
    def width(self) -> int:
        """The cells for which they are cut."""
        ...

    def resize(self, width: int) -> None:
        """Cut them for another width."""
        ...

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on; what they say is escaped."""
        ...


class NoRows:
    """Nothing to show."""

    height = width = 0

    def resize(self, width: int) -> None:
        """Nothing changes."""

    def rows(self, first: int, count: int) -> list[list[Span]]:
        return []


class RowsView(ScrollView, can_focus=True):
    """Draws what is seen of some rows, and scrolls by the usual actions."""

    COMPONENT_CLASSES = COMPONENTS
    BINDINGS = bindings(TEXT)

    class Recut(Message):
        """The rows have another width now: what was found of them holds no longer."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self.page: Rows = NoRows()
        self._first = 0
        self._seen: list[list[Span]] = []  # the rows on the screen, from the first on: read together

    def show(self, page: Rows, keep_place: bool = False) -> None:
        """Draw these rows from their beginning, or from where the last ones were left."""
        self.page = page
        place = self.scroll_offset.y if keep_place else 0
        self._fit()
        self.scroll_to(y=place, animate=False, force=True, immediate=True)
        self.refresh()

    def grown(self) -> None:
        """More rows are known, or other ones."""
        self._seen = []
        set_length(self, self.page.height)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        row = self.decorated(y + self.scroll_offset.y)
        spans = [Span(span.kind, self._glyphs.text(span.text)) for span in row]
        return painted(spans, self.scrollable_content_region.width, self.visual_style.rich_style, self._style)

    def decorated(self, number: int) -> list[Span]:
        """A row as it is drawn, for those who mark something in it."""
        return self.row(number)

    def row(self, number: int) -> list[Span]:
        """A row; an empty one where there is none. Those on the screen, and some around it, are read together."""
        if not self._first <= number < self._first + len(self._seen):
            self._first = max(0, number - _AROUND)
            self._seen = self._read(self._first)
        place = number - self._first
        return self._seen[place] if 0 <= place < len(self._seen) else []

    def _read(self, first: int) -> list[list[Span]]:
        try:
            return self.page.rows(first, self.scrollable_content_region.height + 2 * _AROUND)
        except Exception as error:  # a damaged piece raises what its decompressor raises; the rest is still to be read
            return [[Span("error", f"[cannot be read: {safe(str(error))}]")]]

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        if width != self.page.width:
            self._resize_page(width)
            self.post_message(self.Recut())
        self.grown()

    def _resize_page(self, width: int) -> None:
        try:
            self.page.resize(width)
        except Exception as error:  # a damaged piece raises what its decompressor raises
            self.page = said(f"[cannot be read: {safe(str(error))}]", kind="error")
            self.page.resize(width)

    def reveal(self, row: int) -> None:
        """Scroll so that a row is seen, with some rows before it."""
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if not top <= row < top + height:
            self.scroll_to(y=max(0, row - height // 3), animate=False, force=True, immediate=True)

    def go_to_place(self, step: int) -> bool:
        """Scroll to the next of a report's places (1) or the one before (-1); whether there is one."""
        places = self.page.places if isinstance(self.page, Report) else []
        here = round(self.scroll_offset.y)
        left = [place for place in places if (place > here if step > 0 else place < here)]
        if left:
            self.scroll_to(y=left[0] if step > 0 else left[-1], animate=False, force=True, immediate=True)
        return bool(left)

    def action_scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)

    def action_page(self, pages: int) -> None:
        self.action_scroll_by(pages * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, last: int) -> None:
        self.scroll_to(y=self.max_scroll_y if last else 0, animate=False, immediate=True)
