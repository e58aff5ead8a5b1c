"""The filter and the command line, as a user writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import call, record
from support.screen import Screen, lines, play, text, until
from textual.command import CommandPalette
from textual.widgets import Input

from inspector.tui.app import InspectorApp
from inspector.tui.calls.order import ARRIVAL, Order
from inspector.tui.register import screen_named
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.choice import Choice
from inspector.tui.screens.said import SaidScreen
from inspector.tui.writing.bar import WritingBar
from inspector.tui.writing.command_bar import CommandBar
from inspector.tui.writing.filter_bar import FilterBar
from inspector.tui.writing.verbs import VERBS

pytestmark = pytest.mark.slow  # scenes on a screen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(
        tmp_path / "calls.db",
        [call(facts={"bucket": bucket, "client": f"sdk {bucket}"}) for bucket in ("photos", "plans", "music", "[b]")],
    )


def bar(app: InspectorApp, kind: type[WritingBar] = FilterBar) -> WritingBar:
    return app.query_one(kind)


def written(app: InspectorApp, kind: type[WritingBar] = FilterBar) -> str:
    return bar(app, kind).query_one(Input).value


def test_the_name_of_a_field_empties_no_list_while_it_is_written(path: Path) -> None:
    """`buck` is in no call; who goes on to write `bucket:music` must not lose sight of them meanwhile."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("slash")
        seen: set[int] = set()
        for letter in "bucket:":
            await pilot.press(letter)
            await pilot.pause(0.2)
            seen.add(len(app.calls))
        assert seen == {4}
        await pilot.press(*"music")
        await until(pilot, lambda: len(app.calls) == 1)

    play(path, scene)


def test_tab_writes_fields_and_then_values_that_occur(path: Path) -> None:
    """Again for the next one; and the filter holds meanwhile."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("slash", *"buc")
        await until(pilot, lambda: bar(app).said.endswith("bucket:"))
        await pilot.press("tab")
        assert written(app) == "bucket:"
        await pilot.press("p")
        await until(pilot, lambda: bar(app).said.endswith("photos  plans"))
        await pilot.press("tab", "tab")
        assert written(app) == "bucket:plans"
        assert bar(app).said.endswith("photos  [plans]")
        await until(pilot, lambda: len(app.calls) == 1 and not app.state.searching)
        assert "bucket" in bar(app).said  # and the sentence stays above what is offered
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: app.state.filter == "bucket:photos")
        assert not bar(app).display

    play(path, scene)


def test_flags_and_examples_need_no_recording(path: Path) -> None:
    """As `is:` and ordered fields."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("slash", *"is:err")
        await until(pilot, lambda: bar(app).said.endswith("error"))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.state.filter == "is:error")

    play(path, scene)


def test_up_brings_back_what_was_written(path: Path) -> None:
    """And down the newer ones, at last what one was writing."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        for filter_text in ("id:1", "id:2"):
            await pilot.press("slash", "home", "ctrl+k", *filter_text, "enter")
        await until(pilot, lambda: app.state.filter == "id:2")
        await pilot.press("slash", "home", "ctrl+k", "x", "up")
        assert written(app) == "id:2"
        await pilot.press("up", "up")
        assert written(app) == "id:1"
        await pilot.press("down", "down")
        assert written(app) == "x"
        await pilot.press("down")
        assert not bar(app).display

    play(path, scene)


def test_a_filter_that_cannot_be_read_keeps_one_in_the_line(path: Path) -> None:
    """Enter does not make it hold."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("slash", *"stat:4", "enter")
        assert bar(app).display
        assert "There is no field 'stat'" in bar(app).said
        assert app.state.filter != "stat:4"

    play(path, scene)


@pytest.mark.parametrize(
    ("command", "holds"),
    [
        ("2", lambda app: app.calls.selected == 2),
        ("goto #3", lambda app: app.calls.selected == 3),
        ("filter bucket:plans", lambda app: len(app.calls) == 1),
        ("sort dur", lambda app: app.state.order == Order("dur", True)),
        ("sort key up", lambda app: app.state.order == Order("key")),
        ("sort id", lambda app: app.state.order == ARRIVAL),
        ("columns id host", lambda app: app.services.settings.columns.names == ("id", "host")),
        ("mark", lambda app: app.services.marks.ids == (4,)),
        ("set theme nord", lambda app: app.theme == "nord"),
        ("sessions", lambda app: app.state.view == "sessions"),
        ("copy", lambda app: isinstance(app.screen, Choice)),
        ("help", lambda app: type(app.screen).__name__ == "HelpScreen"),
        ("forget secrets", lambda app: "no secret was held" in notes(app)),
    ],
)
def test_what_commands_do(path: Path, command: str, holds: object) -> None:
    """Each by a line, and the line goes."""
    assert callable(holds)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("colon")
        bar(app, CommandBar).query_one(Input).value = command
        await pilot.press("enter")
        await until(pilot, lambda: holds(app))
        assert not bar(app, CommandBar).display

    play(path, scene)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("sortt dur", "did you mean sort"),
        ("sort duration", "cannot be sorted"),
        ("goto x", "is no id"),
        ("goto 99", "no call #99"),
        ("columns sttus", "nearest is status"),
        ("set theme nrod", "nearest is nord"),
        ("set color red", "no setting"),
        ("filter stat:4", "no field"),
        ("copy everything", "cannot be copied"),
        ("export har", "as in: export har"),
        ("forget it", "forget secrets"),
        ("stats 'x", "quotes"),
    ],
)
def test_a_command_that_cannot_be_says_why_and_can_be_mended(path: Path, command: str, word: str) -> None:
    """It stays in its line."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("colon")
        bar(app, CommandBar).query_one(Input).value = command
        await pilot.press("enter")
        await until(pilot, lambda: word in bar(app, CommandBar).said)
        assert written(app, CommandBar) == command
        await pilot.press("escape", "j")
        assert not bar(app, CommandBar).display

    play(path, scene)


def notes(app: InspectorApp) -> str:
    return " | ".join(note.message for note in app._notifications)


def test_commands_are_completed(path: Path) -> None:
    """Verbs, and what may follow them: columns, themes, causes."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("colon", *"so", "tab")
        assert written(app, CommandBar) == "sort"
        await pilot.press(*" tt", "tab")
        assert written(app, CommandBar) == "sort ttfb"
        await pilot.press("home", "ctrl+k", *"explain clock-sk", "tab")
        assert written(app, CommandBar).startswith("explain clock-sk")
        assert len(written(app, CommandBar)) > len("explain clock-sk")

    play(path, scene)


@pytest.mark.slow
def test_what_the_program_reads_is_shown(path: Path) -> None:
    """The same words as outside, in a sheet that esc closes."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("colon", *"stats", "enter")
        await until(pilot, lambda: isinstance(app.screen, SaidScreen))
        await until(pilot, lambda: any("PutObject" in line for line in lines(app.screen.query_one(RowsView))))
        await pilot.press("escape")
        assert not isinstance(app.screen, SaidScreen)

    play(path, scene)


def test_the_palette_finds_actions_by_their_words(path: Path) -> None:
    """Those of where one is; enter does it."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"turn the order round")
        await until(pilot, lambda: app.screen.query_one("CommandList").option_count > 0)  # type: ignore[attr-defined]
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.state.order == ARRIVAL.reversed())
        assert "by id" in text(app)[0]

    play(path, scene)


def test_no_verb_destroys() -> None:
    """What removes is asked for outside; `replay` opens the sheet, which shows what would be sent and asks."""
    assert not {"prune", "delete", "scrub", "import", "rm"} & set(VERBS)
    assert screen_named("replay") is not None


def test_values_that_would_do_something_to_a_terminal_are_not_offered(tmp_path: Path) -> None:
    """A recording may come from anybody; what is written into the line is drawn as it is."""
    hostile = ("p\x1b[2Jx", "p\x00", "p\u202e", "plain")
    path = record(tmp_path / "calls.db", [call(facts={"bucket": bucket}) for bucket in hostile])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("slash", *"bucket:p")
        await until(pilot, lambda: "plain" in bar(app).said)
        assert bar(app).said.splitlines()[-1] == "plain"

    play(path, scene)
