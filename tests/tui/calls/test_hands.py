"""The list's order, its columns, marks and notes, as a user meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import Call, call, record
from support.screen import Screen, lines, play, text, until
from textual.widgets import Input

from inspector.store.annotate import Marked, Noted, annotate
from inspector.store.reader import Recording
from inspector.store.writer import Writer
from inspector.tui.app import InspectorApp
from inspector.tui.calls.columns import COLUMNS, SIG, USUAL
from inspector.tui.calls.columns_screen import ColumnsScreen
from inspector.tui.calls.order import Order
from inspector.tui.calls.table import CallsTable, Headings
from inspector.tui.screens.choice import Ask, Choice

pytestmark = pytest.mark.slow  # scenes on a screen


def calls() -> list[Call]:
    """The fifth took longest, then the fourth..."""
    return [call(took=number / 10, facts={"key": b"%d.jpg" % (9 - number)}) for number in range(1, 6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", calls())


def listed(app: InspectorApp) -> list[int]:
    return [int(line[2:6]) for line in lines(app.query_one(CallsTable)) if line.strip()]


def test_v_turns_the_list_round_and_the_selection_stays(path: Path) -> None:
    """The newest stand first then, and new ones come there."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "v")
        await until(pilot, lambda: listed(app) == [5, 4, 3, 2, 1])
        assert app.calls.selected == 2
        assert "by id ↓" in text(app)[0]
        await pilot.press("F")
        await until(pilot, lambda: app.calls.selected == 5)
        await pilot.press("v")
        await until(pilot, lambda: listed(app) == [1, 2, 3, 4, 5])

    play(path, scene)


def test_o_sorts_by_what_is_chosen(path: Path) -> None:
    """A letter takes it; what one looks for in it stands first; its heading turns it round."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await pilot.press("d")
        await until(pilot, lambda: listed(app) == [5, 4, 3, 2, 1])
        assert app.state.order == Order("dur", True)
        assert not app.state.follow
        await pilot.press("o", "k")
        await until(pilot, lambda: app.state.order == Order("key") and not app.state.searching)
        assert listed(app) == [5, 4, 3, 2, 1]
        at = lines(app.query_one(Headings))[0].index("dur")
        await pilot.click(Headings, offset=(at, 0))
        await until(pilot, lambda: app.state.order == Order("dur", True))
        await pilot.click(Headings, offset=(at, 0))
        await until(pilot, lambda: app.state.order == Order("dur") and listed(app) == [1, 2, 3, 4, 5])

    play(path, scene)


def test_a_sorted_list_takes_new_calls_to_their_places(path: Path) -> None:
    """And the selected one stays selected."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "o", "d")
        await until(pilot, lambda: listed(app) == [5, 4, 3, 2, 1])
        writer = Writer(path)
        with writer.transaction():
            writer.connection.execute(
                "INSERT INTO exchange (uid, session, state, method, scheme, host, port, target, http_version,"
                " request_headers, status, started_at, duration_ms, facts_version, auth)"
                " VALUES ('x', 1, 'done', 'GET', 'https', 'h', 443, x'2f', 'HTTP/1.1', x'90', 200, 1, 250, 1, 'none')"
            )
        writer.close()
        await until(pilot, lambda: listed(app) == [5, 4, 3, 6, 2, 1])
        assert app.calls.selected == 2

    play(path, scene)


def test_a_filter_keeps_the_order(path: Path) -> None:
    """Both hold until they are changed."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("o", "d")
        await until(pilot, lambda: listed(app) == [5, 4, 3, 2, 1])
        app.services.search("id:2..4")
        await until(pilot, lambda: listed(app) == [4, 3, 2])

    play(path, scene)


def test_marks_are_kept_in_the_recording(path: Path) -> None:
    """m marks, M shows the marked ones alone, and again all; another start knows them."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "m", "j", "j", "m")
        await until(pilot, lambda: marked(path) == [1, 3])
        assert "2 marked" in text(app)[0]
        assert [line[1] for line in lines(app.query_one(CallsTable))[:4]] == ["◆", " ", "◆", " "]
        assert app.services.marks.pair == (1, 3)
        await pilot.press("M")
        await until(pilot, lambda: listed(app) == [1, 3])
        await pilot.press("m")
        await until(pilot, lambda: listed(app) == [1])
        await pilot.press("M")
        await until(pilot, lambda: len(listed(app)) == 5)
        assert app.state.totals is not None
        assert not app.state.totals.live  # a mark is no sign of a recorder

    play(path, scene)

    async def again(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: app.services.marks.ids == (1,))

    play(path, again)


def marked(path: Path) -> list[int]:
    with Recording(path) as opened:
        return list(opened.ids("is:marked"))


def test_a_mark_that_another_set_can_be_taken_away(path: Path) -> None:
    """Two terminals on one recording."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        annotate(path, [Marked((2,), True)])
        await pilot.press("g", "j")
        await until(pilot, lambda: lines(app.query_one(CallsTable))[1][1] == "◆")
        await pilot.press("m")
        await until(pilot, lambda: marked(path) == [])

    play(path, scene)


def test_a_note_is_written_and_shown(path: Path) -> None:
    """; asks for it; it can be mended, and found."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "semicolon")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"why twice", "enter")
        await until(pilot, lambda: lines(app.query_one(CallsTable))[0][1] == "“")
        await pilot.press("semicolon")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value == "why twice"
        await pilot.press("escape")
        app.services.search("note:why")
        await until(pilot, lambda: listed(app) == [1])

    play(path, scene)


def test_a_note_that_looks_like_a_credential_is_refused(path: Path) -> None:
    """No secret rests in a recording, whoever puts it there."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "semicolon")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        app.screen.query_one(Input).value = "key K004abcdefghijklmnopqrstuvwxyz0"
        await pilot.press("enter")
        await until(pilot, lambda: any("credential" in note.message for note in app._notifications))

    play(path, scene)
    with Recording(path) as opened:
        assert list(opened.ids("is:noted")) == []


def test_columns_are_chosen_moved_and_made_wider(path: Path) -> None:
    """At once, and the list stays aligned."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, ColumnsScreen))
        await pilot.press("j", "space", "J", "greater_than_sign")
        await pilot.press("escape")
        await pilot.pause()
        heading = lines(app.query_one(Headings))[0]
        assert "time" not in heading
        await pilot.press("O", "0", "escape")
        assert lines(app.query_one(Headings))[0].split() == [COLUMNS[name].heading for name in USUAL if name != SIG]

    play(path, scene)


def test_a_hostile_note_moves_no_cursor(path: Path) -> None:
    """One may come with a recording; one that is pasted loses what cannot be shown."""
    annotate(path, [Noted(1, "a\x1b[2Jb\u202e")])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "semicolon")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value.isprintable()
        app.screen.query_one(Input).value = "c\x1b]52;c;eA==\x07d"
        await pilot.press("enter")
        await until(pilot, lambda: notes_of(path) == ["c]52;c;eA==d"])

    play(path, scene)


def notes_of(path: Path) -> list[str | None]:
    with Recording(path) as opened:
        return [row.note for row in opened.exchanges("is:noted")]
