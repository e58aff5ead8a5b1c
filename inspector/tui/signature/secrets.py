"""A secret is asked for once, masked, and held in memory alone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from inspector.tui.screens.sheet import Box
from inspector.tui.services import Services
from inspector.tui.writing.line import Line
from inspector.view.render import safe

_WORDS = """\
It stays in memory, for as long as this program runs or until it is forgotten, and is written nowhere. \
What is typed counts as it is: a space at its end is part of it."""


def forget(services: Services) -> None:
    """Forget every secret."""
    services.forget_secrets()


class SecretBox(Box[bytes]):
    """Asks for the secret of a key id; dismissed with its bytes, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "back", "without")]

    def __init__(self, services: Services, key_id: str) -> None:
        super().__init__(services)
        self._key_id = key_id

    def compose(self) -> ComposeResult:
        text = self.services.glyphs.text
        with Vertical():
            yield Static(text(f"The secret of the key id {safe(self._key_id)}"), markup=False, classes="title")
            yield Line(password=True, placeholder="application key", compact=True)
            yield Static(text(_WORDS), markup=False)
            yield Static(text("enter takes it · esc goes on without"), markup=False)

    def action_back(self) -> None:
        self.query_one(Input).clear()
        super().action_back()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret = event.value.encode("utf-8", "surrogateescape")
        event.input.clear()
        self.dismiss(secret or None)
