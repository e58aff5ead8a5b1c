"""Which columns the list shows, in which order, and how wide they are."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from inspector.tui.calls.columns import COLUMNS, NARROWEST, SUBJECT, USUAL, WIDEST, Chosen
from inspector.tui.screens.sheet import Box

_KEYS = "space shows or hides · J K moves · > < width · 0 the usual ones · esc done"


class ColumnsScreen(Box[None]):
    """The columns that are shown come first. Every change shows at once, and is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "back", "done"),
        ("space,enter", "turn", "show or hide"),
        Binding("J", "move(1)", show=False),
        Binding("K", "move(-1)", show=False),
        Binding("greater_than_sign", "widen(1)", show=False),
        Binding("less_than_sign", "widen(-1)", show=False),
        Binding("0", "usual", show=False),
        Binding("j", "step(1)", show=False),
        Binding("k", "step(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        text = self.services.glyphs.text
        with Vertical():
            yield Static("Columns", markup=False, classes="title")
            yield OptionList(compact=True)
            yield Static(text(_KEYS), markup=False)

    def on_mount(self) -> None:
        self._draw(0)
        self.query_one(OptionList).focus()

    @property
    def _chosen(self) -> Chosen:
        return self.services.settings.columns

    def _names(self) -> list[str]:
        shown = self._chosen.names
        return [*shown, *(name for name in COLUMNS if name not in shown)]

    def _draw(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._prompt(name), name) for name in self._names()])
        options.highlighted = at

    def _prompt(self, name: str) -> Text:
        column, chosen = COLUMNS[name], self._chosen
        sign = "x" if name in chosen.names else " "
        width = "what is left" if name == SUBJECT else str(chosen.width(name))
        return Text(f"[{sign}] {name:<8} {column.heading:<11} {width}")

    @property
    def _at(self) -> str:
        return self._names()[self.query_one(OptionList).highlighted or 0]

    def _choose(self, chosen: Chosen) -> None:
        name = self._at
        self.services.settings.choose_columns(chosen)
        self._draw(self._names().index(name))
        self.services.refresh()

    def action_step(self, steps: int) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if steps > 0 else options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_turn()

    def action_turn(self) -> None:
        names, name = self._chosen.names, self._at
        left = tuple(one for one in names if one != name)
        if left:  # one column stays
            self._choose(Chosen(left if name in names else (*names, name), self._chosen.widths))

    def action_move(self, steps: int) -> None:
        names, name = list(self._chosen.names), self._at
        if name in names:
            place = names.index(name)
            names.insert(max(0, min(place + steps, len(names) - 1)), names.pop(place))
            self._choose(Chosen(tuple(names), self._chosen.widths))

    def action_widen(self, cells: int) -> None:
        name = self._at
        if name != SUBJECT:
            width = max(NARROWEST, min(self._chosen.width(name) + cells, WIDEST))
            self._choose(Chosen(self._chosen.names, {**self._chosen.widths, name: width}))

    def action_usual(self) -> None:
        self._choose(Chosen(USUAL))
