"""The help: every action with its keys, from the table."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from inspector.tui.actions import help_lines
from inspector.tui.glyphs import Glyphs

_COLUMNS = """\
# id, st status (... under way, --- no answer), req and resp sizes in bytes, ttfb end of
request to first byte of answer, dur the whole call, try attempt of how many.
Filter language: b2-inspector ls --help"""


class HelpScreen(ModalScreen[None]):
    """The keys; any of the usual ones closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,question_mark,f1,enter", "dismiss", "close"),
        ("j", "down", "down"),
        ("k", "up", "up"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        text = Text(no_wrap=True)
        for keys, words in help_lines():
            if words:
                text.append(self._glyphs.text(f"  {keys:<14} {words}\n"))
            else:
                text.append(f"{keys}\n", "bold")
        text.append(f"\n{_COLUMNS}")
        with VerticalScroll():
            yield Static(text)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)
