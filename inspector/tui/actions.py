"""What the user can do, and with which keys: one table for the bindings, the footer and the help.

Each action has an id by which a keymap can give it other keys. Textual's key names are used; a key that some terminals
cannot tell from another (ctrl+m is Enter, ctrl+i is Tab, ctrl+h is Backspace, ctrl+j is a line feed) is never used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding, BindingType


class Place(str, Enum):
    """Where an action can be taken: which part of the screen has the keys."""

    LIST = "list of calls"
    DETAIL = "selected call"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Action:
    """An action: its id, the keys that ask for it, the method `action_<call>` that does it, its words in the help.

    `short` is its word in the footer; without one it is not shown there.
    """

    id: str
    keys: str
    call: str
    place: Place
    words: str
    short: str = ""
    shown: str = ""
    priority: bool = False


_A = Place.ANYWHERE
_L = Place.LIST
_D = Place.DETAIL

ACTIONS = (
    Action("list.down", "j,down", "move(1)", _L, "the next call", shown="j ↓"),
    Action("list.up", "k,up", "move(-1)", _L, "the call before", shown="k ↑"),
    Action("list.page_down", "pagedown,ctrl+f", "page(1)", _L, "a page down", shown="pgdn ^f"),
    Action("list.page_up", "pageup,ctrl+b", "page(-1)", _L, "a page up", shown="pgup ^b"),
    Action("list.first", "g,home", "edge(0)", _L, "the first call", shown="g home"),
    Action("list.last", "G,end", "edge(1)", _L, "the newest call", shown="G end"),
    Action("list.open", "enter", "open", _L, "read the selected call", "open", shown="enter"),
    Action("list.clear", "escape", "clear", _L, "drop the filter", shown="esc"),
    Action("detail.down", "j,down", "scroll_by(1)", _D, "a line down", shown="j ↓"),
    Action("detail.up", "k,up", "scroll_by(-1)", _D, "a line up", shown="k ↑"),
    Action("detail.page_down", "pagedown,ctrl+f,space", "page(1)", _D, "a page down", shown="pgdn ^f space"),
    Action("detail.page_up", "pageup,ctrl+b", "page(-1)", _D, "a page up", shown="pgup ^b"),
    Action("detail.first", "g,home", "edge(0)", _D, "the beginning", shown="g home"),
    Action("detail.last", "G,end", "edge(1)", _D, "the end", shown="G end"),
    Action("detail.next_call", "J", "step(1)", _D, "the next call", "next call", shown="J"),
    Action("detail.previous_call", "K", "step(-1)", _D, "the call before", shown="K"),
    Action("detail.hex", "h", "hex", _D, "bodies in hex, or as text again", "hex", shown="h"),
    Action("detail.close", "escape", "close", _D, "back to the list", "back", shown="esc"),
    Action("app.filter", "/,f", "filter", _A, "show only some calls, in the filter language", "filter", shown="/ f"),
    Action("app.follow", "F", "follow", _A, "stay with the newest call, or stop", "follow", shown="F"),
    Action("app.tab_summary", "1", "tab(0)", _A, "what the call meant", shown="1"),
    Action("app.tab_request", "2", "tab(1)", _A, "its request", shown="2"),
    Action("app.tab_response", "3", "tab(2)", _A, "its answer", shown="3"),
    Action("app.tab_next", "]", "turn(1)", _A, "the next tab", shown="]"),
    Action("app.tab_previous", "[", "turn(-1)", _A, "the tab before", shown="["),
    Action("app.pane", "tab,shift+tab", "other_pane", _A, "the other pane", "pane", shown="tab", priority=True),
    Action("app.layout", "-", "layout", _A, "both panes, the list alone, the call alone", "layout", shown="-"),
    Action("app.help", "?,f1", "keys", _A, "this help", "help", shown="? f1"),
    Action("app.quit", "q,ctrl+c", "quit", _A, "quit; a recorder goes on", "quit", shown="q ^c ^q"),
)


def bindings(place: Place) -> list[BindingType]:
    """The key bindings of a part of the screen."""
    return [
        Binding(
            action.keys,
            action.call,
            action.short or action.words,
            id=action.id,
            show=bool(action.short),
            key_display=action.shown.split()[0],
            priority=action.priority,
        )
        for action in ACTIONS
        if action.place is place
    ]


def help_lines() -> Iterator[tuple[str, str]]:
    """(keys, words) for each action, with (place, "") before the first of each place."""
    for place in Place:
        yield place.value, ""
        for action in ACTIONS:
            if action.place is place:
                yield action.shown, action.words
