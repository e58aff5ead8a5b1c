"""The lines above the panes: what is looked at, and the filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from inspector.errors import FilterError
from inspector.store.filters import MalformedFilter
from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import COMPONENTS, Span, painted
from inspector.tui.watch import Totals
from inspector.view.render import middle, safe

_EXAMPLES = "status:5xx op:PutObject key:2024/* is:error (a bare word is part of a name)"


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


class FilterBar(Vertical):
    """The line in which a filter is written, and below it what is wrong with it, or what it finds."""

    class Edited(Message):
        """The filter reads like this now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Accepted(Message):
        """The user is done with the filter."""

    class Dropped(Message):
        """The user wants no filter."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "drop", "all calls"), ("down", "accept", "list")]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._said = ""

    def compose(self) -> ComposeResult:
        yield Input(placeholder=_EXAMPLES, compact=True)
        yield Static(markup=False)

    @property
    def said(self) -> str:
        """What stands below the line."""
        return self._said

    def open(self, text: str) -> None:
        """Begin with this filter."""
        self.display = True
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        field.focus()

    def say(self, text: str) -> None:
        """Put this below the line."""
        self._said = self._glyphs.text(text)
        self.query_one(Static).update(self._said)

    def say_wrong(self, error: FilterError) -> None:
        """Point at what cannot be read, in its place, and say what comes nearest."""
        if isinstance(error, MalformedFilter):
            carets = " " * error.start + "^" * max(1, error.end - error.start)
            self.say(f"{carets} {error.problem}\n{error.hint}")
        else:
            self.say(f"{error.message}\n{error.hint}")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        self.post_message(self.Accepted())

    def action_drop(self) -> None:
        self.post_message(self.Dropped())
