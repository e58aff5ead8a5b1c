"""The line in which a filter is written, and below it what is wrong with it, or what it finds."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from inspector.errors import FilterError
from inspector.store.filters import MalformedFilter, parse, sentence
from inspector.tui.services import Services

_EXAMPLES = "status:5xx op:PutObject key:2024/* is:error (a bare word is part of a name)"

_TYPING = 0.12
"""Seconds that a filter rests before it is searched for: not at each letter."""


class FilterBar(Vertical):
    """The filter as it is written: it is looked for while one writes."""

    class Left(Message):
        """The user is done with the filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "drop", "all calls"),
        ("down,tab", "accept", "list"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._said = ""
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Input(placeholder=_EXAMPLES, compact=True)
        yield Static(markup=False)

    @property
    def said(self) -> str:
        """What stands below the line."""
        return self._said

    def open(self) -> None:
        """Write on at the filter that holds."""
        text = self._services.state.filter
        self.display = True
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        field.focus()
        self._say(sentence(parse(text)) if text else "")

    def _say(self, text: str) -> None:
        self._said = self._services.glyphs.text(text)
        self.query_one(Static).update(self._said)

    def _say_wrong(self, error: FilterError) -> None:
        """Point at what cannot be read, in its place, and say what comes nearest."""
        if isinstance(error, MalformedFilter):
            carets = " " * error.start + "^" * max(1, error.end - error.start)
            self._say(f"{carets} {error.problem}\n{error.hint}")
        else:
            self._say(f"{error.message}\n{error.hint}")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._rest()
        text = event.value
        try:
            node = self._services.readable(text)
        except FilterError as error:
            self._say_wrong(error)
            return
        self._typing = self.set_timer(_TYPING, lambda: self._search(text, sentence(node)))

    def _search(self, text: str, words: str) -> None:
        self._services.search(text)
        self._say(words)

    def _rest(self) -> None:
        if self._typing is not None:
            self._typing.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        self.display = False
        self.post_message(self.Left())

    def action_drop(self) -> None:
        self._rest()
        self.action_accept()
        if self._services.state.filter:
            self._services.search("")
