"""A view that is a table: its rows come from looking at the recording, and looking again while that grows."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from inspector.tui.listing import Listing
from inspector.tui.refresh import Refresher
from inspector.tui.services import Services
from inspector.tui.views.view import View

T = TypeVar("T")


class ListedView(View, Generic[T]):
    """Has a `Listing[T]`, which takes the keys, and a `look`, which gives what it finds to `take`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.look: Refresher[Any] = Refresher(self, "look", self.take)

    @property
    def listing(self) -> Listing[T]:
        """The table."""
        return self.query_one(Listing)

    def take(self, found: Any) -> None:
        """Show what was found."""
        raise NotImplementedError

    def take_keys(self) -> None:
        self.listing.rows.focus()

    def hidden(self) -> None:
        super().hidden()
        self.look.stop()
