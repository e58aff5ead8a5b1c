"""Comparing in the terminal UI: which two calls, section by section, and two sessions call by call."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import Call, call, record
from support.screen import SMALL, WIDE, Screen, play, text, until

from inspector.tui.app import InspectorApp
from inspector.tui.diff.screen import DiffScreen
from inspector.tui.diff.sessions import SessionsDiff
from inspector.tui.label import Label
from inspector.tui.listing import ListingRows
from inspector.tui.rows_view import RowsView

pytestmark = pytest.mark.slow  # scenes on a screen


def calls() -> list[Call]:
    get = {"operation": "GetObject"}
    return [
        call(b"/photos/a.txt", method=b"GET", facts=get, response_body=b"one\ntwo\n"),
        call(b"/photos/b.txt", method=b"GET", facts={**get, "key": b"b.txt"}, response_body=bytes(50_000)),
        call(
            b"/photos/b.txt",
            method=b"GET",
            status=403,
            facts={**get, "key": b"b.txt", "error_code": "AccessDenied"},
            response_body=bytes(40_000) + b"\x01" + bytes(10),
        ),
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", calls(), [*calls()[:2], call(b"/photos/new", facts={"key": b"new"})])


def screen_text(app: InspectorApp) -> str:
    kinds = (Label, ListingRows, RowsView)
    widgets = [widget for kind in kinds for widget in app.screen.query(kind)]
    return "\n".join(widget.render_line(y).text.rstrip() for widget in widgets for y in range(widget.size.height))


def seen(app: InspectorApp, *words: str) -> bool:
    return all(word in screen_text(app) for word in words)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_a_failed_call_is_set_beside_the_good_one_most_like_it(path: Path, size: tuple[int, int]) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "j", "d")
        await until(pilot, lambda: seen(app, "- #3  GetObject  403 AccessDenied", "+ #2  GetObject  200", "outcome"))
        await pilot.press("6")
        await until(pilot, lambda: seen(app, "[6 Bytes]", "40,000 bytes alike", "00009c40  - 01"))
        await pilot.press("8")
        await until(pilot, lambda: seen(app, "first byte"))
        await pilot.press("x")
        await until(pilot, lambda: seen(app, "- #2  GetObject"))
        await pilot.press("q")
        assert not isinstance(app.screen, DiffScreen)

    play(path, scene, size)


def test_marked_calls_come_first(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        app.services.marks.toggle(1)
        app.services.marks.toggle(3)
        await pilot.press("d")
        await until(pilot, lambda: seen(app, "- #1 ", "+ #3 "))

    play(path, scene)


def test_a_call_without_its_like_says_so(tmp_path: Path) -> None:
    path = record(tmp_path / "calls.db", [call(status=403)])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("d")
        await until(pilot, lambda: seen(app, "there is no good call of the same operation", "mark the other one"))

    play(path, scene)


def test_differences_are_gone_to_one_by_one(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "j", "d")
        await until(pilot, lambda: seen(app, "outcome"))
        view = app.screen.query_one(RowsView)
        await pilot.press("v", "n", "n")
        await pilot.pause()
        assert view.scroll_offset.y >= 0
        assert seen(app, "with what always differs")
        await pilot.press("N", "N", "N", "N")
        assert isinstance(app.screen, DiffScreen)

    play(path, scene, SMALL)


def test_two_sessions_are_aligned_and_lead_to_pairs(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("5")
        await until(pilot, lambda: "run 2" in "\n".join(text(app)))
        await pilot.press("d")
        assert not isinstance(app.screen, SessionsDiff)
        await pilot.press("j", "m", "k", "m", "d")
        await until(pilot, lambda: seen(app, "sessions 1 (-) and 2 (+)", "2 same, 1 missing, 1 inserted"))
        assert seen(app, "missing in the second", "new in the second")
        await pilot.press("a", "g", "enter")
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and seen(app, "- #1 ", "+ #4 "))
        await pilot.press("q", "G", "enter")
        await until(pilot, lambda: app.state.view == "calls" and not isinstance(app.screen, SessionsDiff))
        assert app.calls.selected == 6

    play(path, scene)
