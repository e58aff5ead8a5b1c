"""The selected call on the screen: its tabs, and the page of the one that is open."""

from __future__ import annotations

from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.actions import Place, bindings
from inspector.tui.glyphs import Glyphs
from inspector.tui.page import TABS, Page
from inspector.tui.paint import COMPONENTS, Span, painted
from inspector.view.render import safe

_EMPTY = Page([])


class DetailView(ScrollView, can_focus=True):
    """A page, of which only what is seen is drawn."""

    COMPONENT_CLASSES = COMPONENTS
    BINDINGS = bindings(Place.DETAIL)

    class Stepped(Message):
        """The user wants the next call (1) or the one before (-1)."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    class HexAsked(Message):
        """The user wants bodies in hex, or as text again."""

    class Closed(Message):
        """The user goes back to the list."""

    class Recut(Message):
        """The page has another width now: what was found of its rows holds no longer."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self.page = _EMPTY
        self._first = 0
        self._seen: list[list[Span]] = []  # the rows on the screen, from the first on: read together

    def show(self, page: Page, keep_place: bool = False) -> None:
        """Draw this page from its beginning, or from where the last one was left."""
        self.page = page
        place = self.scroll_offset.y if keep_place else 0
        self._fit()
        self.scroll_to(y=place, animate=False, force=True, immediate=True)
        self.refresh()

    def grown(self) -> None:
        """More rows of the page are known."""
        self._seen = []
        self.virtual_size = Size(self.scrollable_content_region.width, self.page.height)

    def render_line(self, y: int) -> Strip:
        spans = [Span(span.kind, self._glyphs.text(span.text)) for span in self._row(y + self.scroll_offset.y)]
        return painted(spans, self.scrollable_content_region.width, self.rich_style, self._style)

    def _row(self, number: int) -> list[Span]:
        if not self._first <= number < self._first + len(self._seen):
            self._first, self._seen = number, self._read(number)
        return self._seen[number - self._first] if self._seen else []

    def _read(self, first: int) -> list[list[Span]]:
        try:
            return self.page.rows(first, self.scrollable_content_region.height)
        except Exception as error:  # a damaged piece raises what its decompressor raises; the rest is still to be read
            return [[Span("error", f"[cannot be read: {safe(str(error))}]")]]

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        if width != self.page.width:
            self.page.resize(width)
            self.post_message(self.Recut())
        self.grown()

    def action_scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)

    def action_page(self, pages: int) -> None:
        self.action_scroll_by(pages * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, last: int) -> None:
        self.scroll_to(y=self.max_scroll_y if last else 0, animate=False, immediate=True)

    def action_step(self, steps: int) -> None:
        self.post_message(self.Stepped(steps))

    def action_hex(self) -> None:
        self.post_message(self.HexAsked())

    def action_close(self) -> None:
        self.post_message(self.Closed())


class TabBar(Widget):
    """The names of the tabs; the open one in brackets, for it must not be told by colour alone."""

    COMPONENT_CLASSES = COMPONENTS

    class Chosen(Message):
        """The user wants this tab."""

        def __init__(self, tab: int) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__()
        self._open = 0
        self._title = ""

    def show(self, tab: int, title: str) -> None:
        """This tab is open, of the call with this title."""
        self._open, self._title = tab, title
        self.refresh()

    def render_line(self, y: int) -> Strip:
        spans = [Span("name" if tab == self._open else "quiet", text) for tab, text in enumerate(self._labels())]
        return painted([*spans, Span("quiet", self._title)], self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def _labels(self) -> list[str]:
        names = [f"{number} {name}" for number, (name, _) in enumerate(TABS, 1)]
        return [f"[{name}] " if tab == self._open else f" {name}  " for tab, name in enumerate(names)]

    def on_click(self, event: events.Click) -> None:
        edge = 0
        for tab, label in enumerate(self._labels()):
            edge += len(label)
            if event.x < edge:
                self.post_message(self.Chosen(tab))
                return
