"""A box with a few things to choose from, and one that asks for a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from inspector.tui.screens.sheet import Box
from inspector.tui.services import Services
from inspector.tui.writing.line import Line


@dataclass(frozen=True, slots=True)
class Item:
    """Something to choose: its name, the letter that takes it, what is said of it. All of it is escaped."""

    name: str
    letter: str
    words: str


class Choice(Box[str]):
    """Dismissed with the name of the item that is chosen: by its letter, by enter, by a click; or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "back", "leave it"),
        Binding("down,j", "step(1)", show=False),
        Binding("up,k", "step(-1)", show=False),
    ]

    def __init__(self, services: Services, title: str, items: Sequence[Item], current: str | None = None) -> None:
        super().__init__(services)
        self._title = title
        self._items = items
        self._current = current

    def compose(self) -> ComposeResult:
        text = self.services.glyphs.text
        letters = {item.letter for item in self._items}
        self._moves = {"j", "k", "q"} - letters
        with Vertical():
            yield Static(text(self._title), markup=False, classes="title")
            yield OptionList(*(Option(self._prompt(item), item.name) for item in self._items), compact=True)
            yield Static(text("a letter or enter takes one · esc leaves it"), markup=False)

    def _prompt(self, item: Item) -> Text:
        glyphs = self.services.glyphs
        sign = glyphs.mark if item.name == self._current else " "
        return Text.assemble((f"{sign} {item.letter}  ", "bold"), glyphs.text(item.words))

    def on_mount(self) -> None:
        names = [item.name for item in self._items]
        options = self.query_one(OptionList)
        options.highlighted = names.index(self._current) if self._current in names else 0
        options.focus()

    def on_key(self, event: events.Key) -> None:
        """A letter takes its item, before it moves."""
        for item in self._items:
            if item.letter and event.character == item.letter:
                event.stop()
                event.prevent_default()
                self.dismiss(item.name)
                return

    def action_step(self, steps: int) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if steps > 0 else options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)


class Ask(Box[str]):
    """Dismissed with the line that the user has written, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "leave it")]

    def __init__(self, services: Services, title: str, value: str = "", hint: str = "") -> None:
        super().__init__(services)
        self._title, self._value, self._hint = title, value, hint

    def compose(self) -> ComposeResult:
        text = self.services.glyphs.text
        with Vertical():
            yield Static(text(self._title), markup=False, classes="title")
            yield Line(self._value, compact=True)
            yield Static(text(f"{self._hint}\nenter takes it · esc leaves it".strip()), markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)
