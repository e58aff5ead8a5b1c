"""A line to write in, with what may follow below it: tab takes that, arrows go through what was written before."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from inspector.tui.services import Services
from inspector.tui.writing.line import Line
from inspector.tui.writing.suggestions import History, Suggestions


class WritingBar(Vertical):
    """What a line of its kind does when it changes, is taken or dropped is said by its subclasses."""

    class Left(Message):
        """The user is done with the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "leave it"),
        Binding("tab", "complete(1)", "complete", priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up", "older", "history"),
        Binding("down", "newer", show=False),
    ]

    KIND = ""
    """By which its history is kept."""

    def __init__(self, services: Services, placeholder: str) -> None:
        super().__init__()
        self.services = services
        self._placeholder = placeholder
        self._said = ""
        self._suggested = Suggestions()
        self._completing = False  # the text changes because a suggestion was taken: the others stay
        self._history = History()

    def compose(self) -> ComposeResult:
        yield Line(placeholder=self.services.glyphs.text(self._placeholder), compact=True)
        yield Static(markup=False)

    @property
    def said(self) -> str:
        """What stands below the line."""
        return self._said

    @property
    def field(self) -> Input:
        """The line itself."""
        return self.query_one(Input)

    def open(self, text: str = "") -> None:
        """Write on at this text."""
        self.display = True
        self._history = History(self.services.settings.history(self.KIND))
        self._suggested = Suggestions()
        self._write(text)
        self.screen.set_focus(self.field)  # at once: the next key is for it
        self.suggest(text)

    def close(self) -> None:
        """Put the line away, and give the keys back: at once, for a line that is only hidden keeps them for a while."""
        if self.field.has_focus:
            self.screen.set_focus(None)
        self.display = False
        self.services.jobs.cancel(self)
        self.post_message(self.Left())

    def _write(self, text: str) -> None:
        """Another text, of which nobody is told."""
        with self.prevent(Input.Changed):
            self.field.value = text
        self.field.cursor_position = len(text)

    # What may follow

    def suggest(self, text: str) -> None:
        """Find out what may stand at the cursor, and `offer` it."""

    def offer(self, start: int, words: list[str]) -> None:
        """These words may stand from `start` on."""
        self._suggested = Suggestions(start, words)
        self.say(self._said_first)

    def say(self, text: str) -> None:
        """Say this below the line, and below it what may follow."""
        self._said_first = text
        offered = self._suggested.line()
        self._said = self.services.glyphs.text("\n".join(part for part in (text, offered) if part))
        self.query_one(Static).update(self._said)

    _said_first = ""

    def action_complete(self, steps: int) -> None:
        """Write the next suggestion in the place of what stands there; with none, be done as by enter."""
        word = self._suggested.next(steps)
        if word is None:
            self.accept()
            return
        field = self.field
        self._completing = True
        rest = field.value[field.cursor_position :]
        field.value = field.value[: self._suggested.start] + word + rest
        field.cursor_position = self._suggested.start + len(word)
        self.say(self._said_first)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        completed, self._completing = self._completing, False
        self.changed(event.value)
        if not completed:
            self._suggested = Suggestions()
            self.suggest(event.value)

    def changed(self, text: str) -> None:
        """The line is another."""

    # What was written before

    def action_older(self) -> None:
        self._recall(self._history.older(self.field.value))

    def action_newer(self) -> None:
        """A newer line; from the one that is being written, be done."""
        if self._history.place is None:
            self.accept()
        else:
            self._recall(self._history.newer())

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self.field.value = text
            self.field.cursor_position = len(text)

    # The end

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.accept()

    def accept(self) -> None:
        """Take the line."""
        self.services.settings.remember(self.KIND, self.field.value)
        self.close()

    def action_drop(self) -> None:
        self.close()
