"""The table of actions."""

from __future__ import annotations

from collections import Counter

from inspector.tui.actions import ACTIONS, ANYWHERE, bindings, help_lines
from inspector.tui.actions.calls import CALLS, LIST
from inspector.tui.actions.detail import DETAIL
from inspector.tui.actions.text import TEXT
from inspector.tui.register import SCREENS, VIEWS, found

UNTELLABLE = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+left_square_bracket"}
"""The same bytes as Enter, Tab, Backspace, line feed and Escape."""


WITH_KEYS = [action for action in ACTIONS if action.keys]
"""The others are to be had from the palette and the command line."""

TOGETHER = [{*places, CALLS, ANYWHERE} for places in ((LIST,), (DETAIL, TEXT), (TEXT,))]
"""Places whose keys hold at once. The detail's digits, its / and its esc stand before those of the whole."""


def test_ids_are_unique() -> None:
    """A keymap names an action by its id."""
    assert max(Counter(action.id for action in ACTIONS).values()) == 1


def test_no_key_means_two_things_in_one_place() -> None:
    """Nor is one used that a terminal cannot tell from another, or that terminals keep (alt, ctrl with a digit)."""
    for places in TOGETHER:
        there = [one for one in ACTIONS if one.place in places]
        if DETAIL in places:
            there = [one for one in there if not one.id.startswith(("app.view_", "app.filter", "calls.back"))]
        keys = [key for action in there for key in action.keys.split(",") if key]
        assert max(Counter(keys).values()) == 1
        assert not UNTELLABLE & set(keys)
        assert not any(key.startswith("alt+") or (key.startswith("ctrl+") and key[-1].isdigit()) for key in keys)


def test_every_action_is_bound_and_in_the_help() -> None:
    """From the same table."""
    bound = [binding.id for place in {action.place for action in ACTIONS} for binding in bindings(place)]  # type: ignore[union-attr]
    assert sorted(bound) == sorted(action.id for action in WITH_KEYS)
    assert {line.words for line in help_lines() if line.words} == {action.words for action in WITH_KEYS}


def test_what_is_registered_is_there() -> None:
    """Views, screens and functions are imported when they are asked for: a name that is wrong would show only then."""
    wheres = [entry.where for entry in (*VIEWS, *SCREENS)]
    for where in (*(f"inspector.tui.{where}" for where in wheres), *(a.call for a in ACTIONS if a.is_function)):
        assert callable(found(where))
