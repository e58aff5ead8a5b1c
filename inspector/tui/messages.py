"""What threads tell the application: they touch no widget."""

from __future__ import annotations

from textual.message import Message

from inspector.tui.watch import Event


class Watched(Message):
    """The watcher has found something."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event
