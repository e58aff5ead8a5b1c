"""The lines above the views: the recording, and which view is in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import COMPONENTS, Span, painted
from inspector.tui.register import VIEWS
from inspector.tui.watch import Totals
from inspector.view.render import middle, safe


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first line says. `shown` is the number of matching calls; `searching`: there may be more."""

    recording: str
    totals: Totals | None
    filter: str
    shown: int
    searching: bool
    follow: bool
    trouble: str
    marked: int = 0
    order: str = ""


def heading_spans(heading: Heading, width: int, glyphs: Glyphs) -> list[Span]:
    """The first line in so many cells: the recording's path gives way, and what comes last is cut off."""
    dot = f" {glyphs.dot} "
    text = dot.join(glyphs.text(fact) for fact in _facts(heading))
    signal = _signal(heading.totals, glyphs)
    room = max(12, width - cell_len(text) - cell_len(signal) - 6)
    path = glyphs.text(safe(heading.recording))
    path = middle(path, room).replace("…", glyphs.ellipsis) if cell_len(path) > room else path
    live = heading.totals is not None and heading.totals.live
    return [Span("name", f" {path}  "), Span("good" if live else "quiet", signal), Span("text", f"  {text}")]


def _signal(totals: Totals | None, glyphs: Glyphs) -> str:
    if totals is None:
        return "opening"
    return f"{glyphs.live} live" if totals.live else f"{glyphs.still} not recording"


def _facts(heading: Heading) -> Iterator[str]:
    totals = heading.totals
    if totals is None:
        return
    if heading.filter:
        more = "+" if heading.searching else ""
        yield f"{safe(heading.filter)}: {heading.shown:,}{more} of {_number(totals.calls, 'call')}"
    else:
        yield _number(totals.calls, "call")
    yield "? errors" if totals.errors is None else _number(totals.errors, "error")
    if totals.problems:
        yield _number(totals.problems, "problem")
    if totals.under_way:
        yield f"{totals.under_way} under way"
    if heading.marked:
        yield f"{heading.marked:,} marked"
    if heading.order:
        yield heading.order
    if heading.follow:
        yield "follow"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


class HeadBar(Widget):
    """The first line, and below it what is wrong with the recording."""

    COMPONENT_CLASSES = COMPONENTS

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._heading: Heading | None = None

    def show(self, heading: Heading) -> None:
        """Say this."""
        if heading != self._heading:
            self._heading = heading
            self.styles.height = 2 if heading.trouble else 1
            self.refresh()

    def render_line(self, y: int) -> Strip:
        spans: list[Span] = []
        if self._heading is not None:
            trouble = Span("error", self._glyphs.text(safe(f" ! {self._heading.trouble}")))
            spans = [trouble] if y else heading_spans(self._heading, self.size.width, self._glyphs)
        return painted(spans, self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)


class ViewBar(Widget):
    """The names of the views; the one in front in brackets, for it must not be told by colour alone. Then the crumbs.

    Their digits are shown while a digit brings one to the front, and not while it turns to a tab.
    """

    COMPONENT_CLASSES = COMPONENTS

    class Chosen(Message):
        """The user wants this view."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._front = VIEWS[0].name
        self._crumbs = ""
        self._digits = True

    def show(self, front: str, crumbs: str, digits: bool) -> None:
        """Say this."""
        if (front, crumbs, digits) != (self._front, self._crumbs, self._digits):
            self._front, self._crumbs, self._digits = front, crumbs, digits
            self.refresh()

    def render_line(self, y: int) -> Strip:
        labels = zip(VIEWS, self._labels(), strict=True)
        spans = [Span("name" if view.name == self._front else "quiet", text) for view, text in labels]
        crumbs = Span("text", self._glyphs.text(f" {self._crumbs}"))
        return painted([*spans, crumbs], self.size.width, self.rich_style, self._style)

    def _labels(self) -> list[str]:
        """One for each view; with crumbs on a narrow terminal only that of the one in front."""
        names = [f"{view.key} {view.title}" if self._digits else view.title for view in VIEWS]
        fronts = [view.name == self._front for view in VIEWS]
        labels = [f"[{name}]" if front else f" {name} " for name, front in zip(names, fronts, strict=True)]
        if self._crumbs and sum(map(len, labels)) + 1 + cell_len(self._crumbs) > self.size.width:
            return [label if front else "" for label, front in zip(labels, fronts, strict=True)]
        return labels

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)

    def on_click(self, event: events.Click) -> None:
        edge = 0
        for view, label in zip(VIEWS, self._labels(), strict=True):
            edge += len(label)
            if event.x < edge:
                self.post_message(self.Chosen(view.name))
                return
