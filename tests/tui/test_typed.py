"""Keys that come faster than what they open: in one read, as from a fast typist on a slow line, or from a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import call, record
from support.screen import Screen, play, until
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Footer, Input
from textual.widgets._footer import FooterKey

from inspector.tui.app import InspectorApp
from inspector.tui.screens.choice import Ask
from inspector.tui.writing.filter_bar import FilterBar

pytestmark = pytest.mark.slow  # scenes on a screen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", [call(status=status) for status in (200, 403, 200, 503)])


def typed_at_once(app: InspectorApp, text: str) -> None:
    """All the keys, before any of them has had an effect. `\\n` is enter, `\\x1b` escape."""
    names = {"\n": "enter", "\x1b": "escape"}
    for letter in text:
        key = names.get(letter) or _character_to_key(letter)
        app.post_message(events.Key(key, letter))


def shown(app: InspectorApp) -> list[str]:
    """What the footer offers."""
    return [f"{key.key_display} {key.description}" for key in app.screen.query_one(Footer).query(FooterKey)]


def test_keys_typed_at_once_reach_what_the_keys_before_them_opened(path: Path) -> None:
    """A line is written in, and left; a menu chosen from; a box filled in; the keys after that are the list's again."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        typed_at_once(app, "/is:error\nk")
        await until(pilot, lambda: list(app.calls.ids.page(0, 9)) == [2, 4])
        await until(pilot, lambda: app.calls.selected == 2)
        assert not app.query_one(FilterBar).display
        typed_at_once(app, "\x1b:goto 3\n")
        await until(pilot, lambda: app.calls.selected == 3)
        typed_at_once(app, "osv")  # sort... by status, and the other way round
        await until(pilot, lambda: (app.state.order.by, app.state.order.descending) == ("status", False))
        typed_at_once(app, ";ask Ann")
        await until(pilot, lambda: isinstance(app.screen, Ask) and app.screen.query_one(Input).value == "ask Ann")
        typed_at_once(app, "\x1b6")
        await until(pilot, lambda: app.state.view == "uploads")

    play(path, scene)


def test_a_paste_goes_where_the_key_before_it_opened_a_line(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Pilot[None]) -> None:
        typed_at_once(app, "/")
        app.post_message(events.Paste("status:503"))
        await until(pilot, lambda: app.query_one(FilterBar).query_one(Input).value == "status:503")
        await until(pilot, lambda: len(app.calls) == 1)

    play(path, scene)


def test_letters_of_a_line_are_not_offered_as_keys(path: Path) -> None:
    """While one writes, `/` and `?` are letters: the footer shows f1 for the help, and no filter."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: "/ filter" in shown(app) and "? help" in shown(app))
        await pilot.press("slash")
        await until(pilot, lambda: "/ filter" not in shown(app))
        assert "f1 help" in shown(app)
        assert "? help" not in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "? help" in shown(app))

    play(path, scene)
