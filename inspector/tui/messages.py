"""What threads tell the application: they touch no widget."""

from __future__ import annotations

from textual.message import Message

from inspector.tui.page import Page
from inspector.tui.text_rows import Scanned
from inspector.tui.watch import Event


class Watched(Message):
    """The watcher has found something."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class RowsFound(Message):
    """More rows are known of the body on this page, as it is cut for this width."""

    def __init__(self, page: Page, width: int, scanned: Scanned) -> None:
        super().__init__()
        self.page, self.width, self.scanned = page, width, scanned
