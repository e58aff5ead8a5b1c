"""What the user can do: one table a feature, gathered here, for the bindings, the footer, the help and the palette.

The tables are data alone: gathering them imports no widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from textual.binding import Binding, BindingType

from inspector.tui.actions import (
    app,
    calls,
    detail,
    diff,
    give,
    hands,
    listing,
    sending,
    sessions_diff,
    sheet,
    signature,
    text,
    views,
)
from inspector.tui.actions.table import ANYWHERE, Action, Place

__all__ = ["ACTIONS", "ANYWHERE", "Action", "Place", "action_named", "bindings", "help_lines"]

ACTIONS: tuple[Action, ...] = (
    *calls.ACTIONS,
    *hands.ACTIONS,
    *give.ACTIONS,
    *detail.ACTIONS,
    *text.ACTIONS,
    *signature.ACTIONS,
    *sheet.ACTIONS,
    *diff.ACTIONS,
    *sending.ACTIONS,
    *sessions_diff.ACTIONS,
    *listing.ACTIONS,
    *views.ACTIONS,
    *app.ACTIONS,
)
"""In the order of the help."""


def bindings(place: Place) -> list[BindingType]:
    """The key bindings of a part of the screen, whichever features they come from."""
    return [_binding(action) for action in ACTIONS if action.place == place and action.keys]


def _binding(action: Action) -> Binding:
    return Binding(
        action.keys,
        f"app.perform('{action.id}')" if action.is_function else action.call,
        action.short or action.words,
        id=action.id,
        show=bool(action.short),
        key_display=(action.shown or action.keys).split()[0],
        priority=action.priority,
    )


def action_named(id_: str) -> Action:
    """The action with this id."""
    return next(action for action in ACTIONS if action.id == id_)


class HelpLine(NamedTuple):
    """A line of the help: keys, words and the id of an action; the head of a place has no words."""

    keys: str
    words: str = ""
    id: str = ""


def help_lines(here: Iterable[Place] = (), keymap: Mapping[str, str] = MappingProxyType({})) -> Iterator[HelpLine]:
    """The actions by their places, those of `here` first, with the keys that a keymap (id to keys) gives them."""
    places = dict.fromkeys((*here, *(action.place for action in ACTIONS)))
    for place in places:
        yield HelpLine(place)
        for action in ACTIONS:
            if action.place == place and action.keys:
                keys = keymap[action.id].replace(",", " ") if action.id in keymap else action.shown
                yield HelpLine(keys, action.words, action.id)
