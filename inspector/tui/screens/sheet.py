"""What screens that are put on top have in common."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

from inspector.tui.actions import bindings
from inspector.tui.actions.sheet import SHEET
from inspector.tui.services import Services

T = TypeVar("T")


class Box(ModalScreen[T]):
    """A box in the middle of what one was looking at: a question, a menu. The view's keys rest.

    It computes in threads: `self.services.jobs.start(self, ...)`; they are cancelled when it goes.
    """

    AUTO_FOCUS = "*"

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def action_back(self) -> None:
        self.dismiss(None)

    def on_unmount(self) -> None:
        self.services.jobs.cancel(self)


class Sheet(Box[T]):
    """Covers everything; `escape` and `q` go back. A line with its title comes first, the footer last."""

    BINDINGS = bindings(SHEET)
