"""What every view is."""

from __future__ import annotations

from textual.containers import Vertical

from inspector.tui.services import Services


class View(Vertical):
    """Fills the room between the head line and the footer while it is in front. See docs/tui.md on how to add one.

    A view is made when it is first asked for, with the `Services`, and kept. It computes in threads
    (`services.jobs.start(self, ...)`), and nothing while another view is in front.
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def shown(self) -> None:
        """It has come to the front: take the keys, and say how things are now."""
        self.take_keys()
        self.changed()

    def take_keys(self) -> None:
        """Give the keys to the widget of the view that should have them."""
        raise NotImplementedError

    def hidden(self) -> None:
        """Another view has come to the front."""
        self.services.jobs.cancel(self)

    def changed(self) -> None:
        """While it is in front: calls came or ended, or another filter holds. Many times a second at worst."""

    def secrets_changed(self) -> None:
        """A secret was given, or all were forgotten, whichever view is in front."""

    def crumbs(self) -> str:
        """What is looked at within the view, for the line of views; escaped. `services.app.show_crumbs()` shows it."""
        return ""

    def on_unmount(self) -> None:
        self.services.jobs.cancel(self)
