"""The terminal UI as a user meets it: keys in, text out."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

import psutil
import pytest
from support.calls import Call, call, record
from support.screen import SMALL, Screen, detail, lines, play, text, until
from textual.widgets import Input

from inspector.errors import FilterError
from inspector.store.open import open_for_writing
from inspector.store.reader import Recording
from inspector.store.writer import Entry, Writer
from inspector.tui.app import InspectorApp
from inspector.tui.bars import ViewBar
from inspector.tui.calls.table import CallsTable
from inspector.tui.detail.pane import DetailView
from inspector.tui.detail.tab_bar import TabBar
from inspector.tui.glyphs import ASCII
from inspector.tui.screens.help import HelpScreen
from inspector.tui.why.pane import WhyView
from inspector.tui.writing.filter_bar import FilterBar
from inspector.wire.exchange import Exchange

pytestmark = pytest.mark.slow  # scenes on a screen

XML = b"<Error><Code>SlowDown</Code></Error>"


def calls(count: int = 40) -> list[Call]:
    """Every tenth is refused."""
    return [
        call(
            b"/photos/%d.jpg" % number,
            status=503 if number % 10 == 0 else 200,
            response_body=XML if number % 10 == 0 else b"",
            facts={"key": b"%d.jpg" % number, "error_code": "SlowDown" if number % 10 == 0 else None},
        )
        for number in range(1, count + 1)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", calls())


def test_the_newest_call_is_selected_and_shown(path: Path) -> None:
    """List above, call below, counts in the first line."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: "4 errors" in text(app)[0])
        assert "40 calls" in text(app)[0]
        assert "not recording" in text(app)[0]
        (chosen,) = (line for line in lines(app.query_one(CallsTable)) if line.startswith("▸"))
        assert "503 photos/40.jpg" in chosen
        assert "SlowDown" in chosen
        assert detail(app)[0] == "#40  PutObject  503 SlowDown  photos/40.jpg"

    play(path, scene)


def test_keys_move_and_tabs_turn(path: Path) -> None:
    """vi's keys and arrows in the list, digits and brackets for the tabs, and the call follows the list."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "down", "k", "]")
        assert app.calls.selected == 2
        assert not app.state.follow
        assert detail(app)[0] == "PUT /photos/2.jpg HTTP/1.1"
        await pilot.press("pagedown", "G", "]")
        assert app.calls.selected == 40
        assert detail(app)[-3:] == ["<Error>", "  <Code>SlowDown</Code>", "</Error>"]
        assert "[Response]" in lines(app.query_one(TabBar))[0]
        await pilot.press("]")
        assert detail(app)[0].startswith("#40")
        await pilot.press("enter", "3", "h")
        assert "[3 Response]" in lines(app.query_one(TabBar))[0]
        assert detail(app)[-3].startswith("00000000  3c 45")
        assert detail(app)[-1].endswith("ror>")

    play(path, scene)


def test_80_by_24_shows_one_pane_at_a_time(path: Path) -> None:
    """Enter reads the call, J and K go on to others, esc goes back; - shows all, each alone."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        table, view = app.query_one(CallsTable), app.query_one(DetailView)
        assert (table.is_on_screen, view.is_on_screen) == (True, False)
        await pilot.press("enter")
        assert (table.is_on_screen, view.is_on_screen) == (False, True)
        await pilot.press("K", "K", "J")
        await pilot.pause()
        assert detail(app)[0].startswith("#39")
        await pilot.press("escape")
        await pilot.pause()
        assert (table.is_on_screen, view.is_on_screen) == (True, False)
        await pilot.press("minus")
        assert not table.is_on_screen
        await pilot.press("minus")
        assert app.query_one(WhyView).is_on_screen
        assert not view.is_on_screen
        await pilot.press("minus")
        await pilot.pause()
        assert table.is_on_screen
        assert view.is_on_screen
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert max(map(len, text(app))) <= 120

    play(path, scene, SMALL)


def test_a_terminal_that_grows_shows_both_panes(path: Path) -> None:
    """And one that shrinks shows one, without losing the place."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g")
        for width, height, both in ((120, 40, True), (60, 20, False), (160, 50, True)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert app.query_one(CallsTable).is_on_screen
            assert app.query_one(DetailView).is_on_screen == both
            assert app.calls.selected == 1

    play(path, scene, SMALL)


def test_a_filter_is_found_while_it_is_written(path: Path) -> None:
    """A mistake is pointed at in its place, and the list stays as it was; esc shows all calls again."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        bar = app.query_one(FilterBar)
        await pilot.press("/", *"status:5xx")
        await until(pilot, lambda: len(app.calls) == 4 and not app.state.searching)
        assert bar.said == "calls whose status is 5xx"
        assert "status:5xx: 4 of 40 calls" in text(app)[0]
        # At once, as when it is pasted: what can be read on the way there would be looked for, if there is time.
        bar.query_one(Input).value = "status:5xx stat:1"
        await until(pilot, lambda: "^" in bar.said)
        assert bar.said.startswith(" " * 11 + "^^^^ There is no field 'stat'.")
        assert len(app.calls) == 4
        bar.query_one(Input).value = "status:5xx"
        await pilot.press("enter")
        await pilot.pause()
        assert not bar.display
        assert isinstance(app.focused, CallsTable)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.calls) == 40)

    play(path, scene)


def test_it_may_begin_with_a_filter(path: Path) -> None:
    """When nothing matches, that is said."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        assert "no call matches" in text(app)[3]
        assert detail(app) == ["no call is selected"]

    play(path, scene, filter_text="status:404")
    with Recording(path) as opened, pytest.raises(FilterError):
        InspectorApp(opened, "stat:404")


def test_the_list_stays_with_the_newest_call_until_the_user_moves(path: Path) -> None:
    """Calls show as another process writes them."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        writer = Writer(path)

        def put(uid: str, each: Call, state: str) -> None:
            with writer.transaction():
                writer.put(1, Entry(Exchange(uid, each.request, each.timing, each.response), each.facts), state)

        put("a", call(b"/photos/new.jpg", status=None, facts={"key": b"new.jpg"}), "open")
        await until(pilot, lambda: app.calls.selected == 41)
        assert "... photos/new.jpg" in "\n".join(lines(app.query_one(CallsTable)))
        assert "1 under way" in text(app)[0]
        await pilot.press("]", "]")
        assert "under way" in detail(app)[0]
        put("a", call(b"/photos/new.jpg", facts={"key": b"new.jpg"}), "done")
        await until(pilot, lambda: detail(app)[0] == "HTTP/1.1 200")
        assert "live" in text(app)[0]
        await pilot.press("k")
        put("b", call(), "done")
        await until(pilot, lambda: len(app.calls) == 42)
        assert app.calls.selected == 40
        await pilot.press("F")
        assert app.calls.selected == app.calls.ids[41]
        writer.close()

    play(path, scene)


def test_the_mouse_selects_and_opens(path: Path) -> None:
    """A click selects, two open; the wheel leaves the selected call alone."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g")
        await pilot.click(CallsTable, offset=(10, 4))
        assert app.calls.selected == 5
        await pilot.click(CallsTable, offset=(10, 6), times=2)
        await pilot.pause()
        assert app.calls.selected == 7
        assert isinstance(app.focused, DetailView)
        await pilot.click(TabBar, offset=(15, 0))
        assert app.state.tab == 1

    play(path, scene)


def test_the_help_lists_the_keys(path: Path) -> None:
    """And goes by the key that brought it."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("?")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("tab", "j", "?")
        assert not isinstance(app.screen, HelpScreen)

    play(path, scene, SMALL)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_it_is_left_by_the_usual_keys(key: str, path: Path) -> None:
    """From the list; the recorder goes on without it."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press(key)
        assert app.return_code == 0
        assert not app.is_running

    play(path, scene, SMALL)


def test_a_recording_that_goes_is_no_crash(path: Path, tmp_path: Path) -> None:
    """It is said, and what was read can still be looked at."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        try:
            path.rename(tmp_path / "elsewhere.db")
        except PermissionError:
            pytest.skip("an open file cannot be moved here")
        await until(pilot, lambda: "is gone" in text(app)[1])
        await pilot.press("g", "]")

    play(path, scene)


def test_a_damaged_body_is_no_crash(path: Path) -> None:
    """Its place says so; other calls can be read."""
    db = open_for_writing(path)
    db.conn.execute("UPDATE piece SET codec = 'zstd', data = x'00'")
    db.close()

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("]", "]")
        assert detail(app)[0].startswith("this call cannot be read: ")
        await pilot.press("k")
        assert detail(app)[0] == "HTTP/1.1 200"

    play(path, scene)


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    """No escape sequence, no bidirectional override, from key, header or filter; nor anything but ASCII when asked."""
    evil = b"\x1b]0;title\x07\xe2\x80\xae\x00\xff.jpg"
    each = call(b"/photos/" + evil, headers=((b"X-" + evil, evil),), facts={"key": evil}, response_body=evil)
    path = record(tmp_path / "calls.db", [each])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        for key in "]]]":
            await pilot.press(key)
            shown = text(app)
            assert all(line.isprintable() for line in shown)
            assert any("\\x1b" in line for line in shown)
            assert all(line.isascii() for line in shown) == app.services.glyphs.ascii

    play(path, scene)
    play(path, scene, glyphs=ASCII)


def test_a_recorder_that_runs_is_told(path: Path) -> None:
    """Even while nothing is written."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        assert "● live" in text(app)[0]

    play(path, scene, runs=True)


# Size


def test_a_gibibyte_opens_at_once(tmp_path: Path) -> None:
    """Only what is seen is read; the rest of a text is cut into rows while one reads on."""
    path = record(tmp_path / "calls.db", [call(response_body=b"line\n" * 20), call(response_body=b"\0" * 20)])
    db = open_for_writing(path)
    db.conn.execute("DELETE FROM piece")
    for body, line in ((1, b"0123456789abcde\n"), (2, b"\0" * 16)):
        db.conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1023)"
            " INSERT INTO piece SELECT ?, i * 1048576, 1048576, 'zstd', ? FROM n",
            [body, _squeezed(line * 65536)],
        )
    db.close()

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "]", "]")
        view = app.query_one(DetailView)
        for body in (1, 2):
            start = time.monotonic()
            await pilot.press("j" if body == 2 else "k")
            assert time.monotonic() - start < 15
            assert view.page.body is not None
            assert view.page.body.size == 2**30
        await pilot.press("enter", "G")
        assert detail(app)[-1].startswith("3ffffff0")

    play(path, scene)


def _squeezed(data: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.slow
def test_a_million_calls_open_at_once(tmp_path: Path) -> None:
    """A table that holds them would take minutes. What is not seen takes neither time nor memory."""
    path = record(tmp_path / "calls.db", [call()])
    db = open_for_writing(path, "delete")
    indexes = db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'exchange%'")
    for (index,) in indexes.fetchall():
        db.conn.execute(f"DROP INDEX {index}")
    same = "session, state, method, scheme, host, port, target, http_version, request_headers, started_at, auth"
    same += ", facts_version, bucket, key"
    db.conn.execute("PRAGMA journal_mode = OFF")
    db.conn.execute("PRAGMA synchronous = OFF")
    db.conn.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        f" INSERT INTO exchange (uid, {same}) SELECT 'u' || i, {same} FROM n, exchange WHERE id = 1"
    )
    db.close()

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        assert time.monotonic() - start < 40
        assert len(app.calls) == 1_000_000
        assert app.calls.selected == 1_000_000
        for key, selected in (("g", 1), ("j", 2), ("pagedown", 2 + app.query_one(CallsTable).size.height - 1)):
            await pilot.press(key)
            assert app.calls.selected == selected
        moved = time.monotonic()
        lines(app.query_one(CallsTable))
        assert time.monotonic() - moved < 5
        assert _memory() - before < 50 * 1024 * 1024

    importlib.import_module("inspector.view.examination")  # what examines a call takes the same for ten calls
    start = time.monotonic()
    before = _memory()
    play(path, scene)


def _memory() -> int:
    """Bytes that this process takes."""
    return int(psutil.Process().memory_info().rss)


def test_a_crash_tells_no_values(path: Path) -> None:
    """A traceback with the values of variables would tell a secret to whoever is asked to look at it."""
    told: list[str] = []

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        try:
            secret = "-".join(("K004", "never", "told"))
            raise RuntimeError(str(len(secret)))
        except RuntimeError:
            app._fatal_error()
        told.extend(segment.text for each in app._exit_renderables for segment in each.segments)  # type: ignore[union-attr]

    play(path, scene, SMALL)
    assert "RuntimeError" in "".join(told)
    assert "test_app.py" in "".join(told)
    assert "K004-never-told" not in "".join(told)


def test_crumbs_say_where_one_is(path: Path) -> None:
    """On a small terminal in place of the other views' names: the call, and which of its panes is seen."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        bar = app.query_one(ViewBar)
        assert "Sessions" in lines(bar)[0]
        await pilot.press("enter", "3")
        await until(pilot, lambda: lines(bar)[0] == "[Calls] › #40 PutObject 503 › Response")
        await pilot.press("tab")
        await until(pilot, lambda: lines(bar)[0] == "[1 Calls] › #40 PutObject 503 › why")
        await pilot.press("escape")
        await until(pilot, lambda: "Sessions" in lines(bar)[0])

    play(path, scene, SMALL)
