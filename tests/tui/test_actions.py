"""The table of actions."""

from __future__ import annotations

from collections import Counter

from inspector.tui.actions import ACTIONS, Place, bindings, help_lines

UNTELLABLE = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+left_square_bracket"}
"""The same bytes as Enter, Tab, Backspace, line feed and Escape."""


def test_ids_are_unique() -> None:
    """A keymap names an action by its id."""
    assert max(Counter(action.id for action in ACTIONS).values()) == 1


def test_no_key_means_two_things_in_one_place() -> None:
    """Nor is one used that a terminal cannot tell from another, or that terminals keep (alt, ctrl with a digit)."""
    for place in (Place.LIST, Place.DETAIL):
        keys = [key for action in ACTIONS if action.place in (place, Place.ANYWHERE) for key in action.keys.split(",")]
        assert max(Counter(keys).values()) == 1
        assert not UNTELLABLE & set(keys)
        assert not any(key.startswith("alt+") or (key.startswith("ctrl+") and key[-1].isdigit()) for key in keys)


def test_every_action_is_bound_and_in_the_help() -> None:
    """From the same table."""
    bound = [binding.id for place in Place for binding in bindings(place)]  # type: ignore[union-attr]
    assert sorted(bound) == sorted(action.id for action in ACTIONS)
    assert {words for _, words in help_lines() if words} == {action.words for action in ACTIONS}
