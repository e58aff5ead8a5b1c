"""The views and the screens that there are: one line each.

A *view* fills the room between the head line and the footer, one at a time. A *screen* is put on top of it and goes
again. Both are imported when they are first asked for: the list of calls must not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from textual.screen import Screen

    from inspector.tui.services import Services
    from inspector.tui.views.view import View


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A view: its name (after `:`), its key, its title, what the help says of it, its class.

    `where` is `module:Class` below this package.
    """

    name: str
    key: str
    title: str
    words: str
    where: str

    def make(self, services: Services) -> View:
        """A view of this kind."""
        return cast("View", found(f"{__package__}.{self.where}")(services))


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """A screen that can be opened for the selected call: its name (after `:`), its title, its class, as for a view.

    Screens that need more than the `Services` are made by those who know it, and given to `Services.push`.
    """

    name: str
    title: str
    where: str

    def make(self, services: Services) -> Screen[Any]:
        """A screen of this kind."""
        return cast("Screen[Any]", found(f"{__package__}.{self.where}")(services))


VIEWS: Sequence[ViewEntry] = (
    ViewEntry("calls", "1", "Calls", "the calls, and what was said in one", "views.calls:CallsView"),
    ViewEntry("timeline", "2", "Timeline", "the calls in time, by connection", "timeline.view:TimelineView"),
    ViewEntry("ops", "3", "Ops", "how often, how fast, how many failed, by operation", "views.ops:OpsView"),
    ViewEntry("problems", "4", "Problems", "what went wrong outside of calls", "views.problems:ProblemsView"),
    ViewEntry("sessions", "5", "Sessions", "what was recorded when, by which program", "views.sessions:SessionsView"),
    ViewEntry("uploads", "6", "Uploads", "multipart uploads, part by part", "views.uploads:UploadsView"),
)
"""In the order of their keys."""

SCREENS: Sequence[ScreenEntry] = (
    ScreenEntry("columns", "Columns", "calls.columns_screen:ColumnsScreen"),
    ScreenEntry("diff", "Diff", "diff.screen:DiffScreen"),
    ScreenEntry("help", "Help", "screens.help:HelpScreen"),
    ScreenEntry("replay", "Send again", "sending.screen:ReplayScreen"),
    ScreenEntry("signature", "Signature", "signature.screen:SignatureScreen"),
)


def view_named(name: str) -> ViewEntry | None:
    """The view with this name."""
    return next((view for view in VIEWS if view.name == name), None)


def screen_named(name: str) -> ScreenEntry | None:
    """The screen with this name."""
    return next((screen for screen in SCREENS if screen.name == name), None)


def found(where: str) -> Callable[..., Any]:
    """The class or function `module:name`, imported now."""
    module, _, name = where.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), name))
