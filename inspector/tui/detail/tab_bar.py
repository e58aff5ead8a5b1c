"""The names of the selected call's tabs."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.detail.look import TABS
from inspector.tui.paint import COMPONENTS, Span, painted


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
        self._digits = False

    def show(self, tab: int, title: str, digits: bool) -> None:
        """This tab is open, of the call with this title; `digits`: they turn to a tab now."""
        if (tab, title, digits) != (self._open, self._title, self._digits):
            self._open, self._title, self._digits = tab, title, digits
            self.refresh()

    def render_line(self, y: int) -> Strip:
        spans = [Span("name" if tab == self._open else "quiet", text) for tab, text in enumerate(self._labels())]
        room = self.size.width - sum(len(span.text) for span in spans)
        if cell_len(self._title) <= room:  # else the crumbs above say it
            spans.append(Span("quiet", self._title))
        return painted(spans, self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def _labels(self) -> list[str]:
        names = [f"{number} {name}" if self._digits else name for number, name in enumerate(TABS, 1)]
        return [f"[{name}]" if tab == self._open else f" {name} " for tab, name in enumerate(names)]

    def on_click(self, event: events.Click) -> None:
        edge = 0
        for tab, label in enumerate(self._labels()):
            edge += len(label)
            if event.x < edge:
                self.post_message(self.Chosen(tab))
                return
