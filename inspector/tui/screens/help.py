"""The help: every action with its keys, from the table; those of where one is come first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Static

from inspector.tui.actions import ACTIONS, ANYWHERE, Place, help_lines
from inspector.tui.screens.sheet import Box
from inspector.tui.services import Services
from inspector.tui.writing.verbs import VERBS

_COLUMNS = """\
# id, st status (... under way, --- no answer), req and resp sizes in bytes, ttfb end of
request to first byte of answer, dur the whole call, try attempt of how many, sig the signature:
✓ verified, ✗ mismatch, ? no secret of its key id is at hand, – not signed (with a secret, or by O).
Filter language: b2-inspector ls --help
The dim names are the actions' ids, by which config.toml gives them other keys: docs/tui.md"""

_PLACE_OF = {action.id: action.place for action in ACTIONS}


def places_around(node: DOMNode | None) -> Iterator[Place]:
    """The places whose actions can be taken where the keys are: from inside out, by the bindings that are there."""
    for around in () if node is None else node.ancestors_with_self:
        ids = (binding.id for bindings in around._bindings.key_to_bindings.values() for binding in bindings)
        places = (_PLACE_OF[id_] for id_ in ids if id_ in _PLACE_OF)
        yield from (place for place in places if place != ANYWHERE)


class HelpScreen(Box[None]):
    """The keys; any of the usual ones closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "back", "close"),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        app = services.app
        self._here = (*dict.fromkeys(places_around(app.focused)), ANYWHERE)

    def compose(self) -> ComposeResult:
        text = Text(no_wrap=True)
        glyphs = self.services.glyphs
        for line in help_lines(self._here, self.services.settings.config.keys):
            if line.words:
                text.append(glyphs.text(f"  {line.keys:<14} {line.words}"))
                text.append(f"  {line.id}\n", "dim")
            else:
                text.append(f"{line.keys}\n", "bold")
        text.append("after :\n", "bold")
        for verb in VERBS.values():
            text.append(glyphs.text(f"  {verb.usage:<32} {verb.words}\n"))
        text.append(glyphs.text(f"\n{_COLUMNS}"))
        with VerticalScroll():
            yield Static(text)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)
