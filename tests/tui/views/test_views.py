"""The views beside the calls: operations, the timeline, uploads, problems, sessions; and the way back to the calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.calls import HOST, NOON, Call, add, call, record
from support.screen import SMALL, WIDE, Screen, play, text, until

from inspector.tui.app import InspectorApp
from inspector.tui.glyphs import ASCII
from inspector.wire.problem import Problem

pytestmark = pytest.mark.slow  # scenes on a screen

ETAG = ((b"ETag", b'"0123"'),)


def on(connection: str, made: Call, **exchange: object) -> Call:
    return replace(made, exchange={"client_connection": connection, "client_address": "127.0.0.1:4711", **exchange})


def first() -> list[Call]:
    """Two connections; a call that was tried again; an upload that lacks its second part."""
    get = {"operation": "GetObject", "key": b"b.txt", "client": "minio-py 7"}
    upload = {"operation": "UploadPart", "upload_id": "up1", "key": b"film"}
    return [
        on("c1", call(b"/photos/a.jpg", at=NOON)),
        on("c2", call(b"/photos/b.txt", method=b"GET", status=503, at=NOON + 0.1, facts=get)),
        on("c1", call(b"/photos/b.txt", method=b"GET", at=NOON + 0.4, facts=get)),
        on("c1", call(b"/photos/film?partNumber=1", at=NOON + 0.6, facts={**upload, "part_number": 1}, answer=ETAG)),
        on("c2", call(b"/photos/film?partNumber=3", at=NOON + 0.6, facts={**upload, "part_number": 3}, answer=ETAG)),
    ]


PROBLEMS = [
    Problem(NOON, "tls-refused-by-client", HOST, "unknown ca\x1b[31m", "c9"),
    Problem(NOON + 1, "upstream-unreachable", "s3.nowhere.example", "refused"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", first(), [call(status=403)], problems=PROBLEMS)


def seen(app: InspectorApp, *words: str) -> bool:
    lines = "\n".join(text(app))
    return all(word in lines for word in words)


def test_operations_are_counted_and_lead_to_their_calls(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("3")
        await until(pilot, lambda: seen(app, "GetObject", "1 50%", "all"))
        assert "by calls" in text(app)[1]
        await pilot.press("o", "o")
        await until(pilot, lambda: "by error rate" in text(app)[1])
        await pilot.press("g")
        names = [line.split()[0].strip("▸") for line in text(app)[3:6]]
        assert names == ["GetObject", "PutObject", "UploadPart"]
        await pilot.press("enter")
        await until(pilot, lambda: app.state.view == "calls" and len(app.calls) == 2)
        assert app.state.filter == "op:GetObject"

    play(path, scene)


def test_operations_follow_what_is_recorded(path: Path) -> None:
    """What comes later is added to what was counted; what another filter hides is not."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("3")
        await until(pilot, lambda: seen(app, "all"))
        add(path, call(facts={"operation": "DeleteObject"}))
        await until(pilot, lambda: seen(app, "DeleteObject"))

    play(path, scene)


def test_lanes_show_the_selected_call_and_its_attempts(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "j", "t")
        await until(pilot, lambda: seen(app, "#2 GetObject", "503", "attempt 1 of 2: #2 #3 (told by likeness"))
        lanes = [line for line in text(app) if "calls" in line and "4711" in line]
        assert len(lanes) == 2
        assert "!" in lanes[1]
        assert "2" in lanes[0].partition("calls")[2]
        await pilot.press("n")
        await until(pilot, lambda: seen(app, "#3 GetObject", "attempt 2 of 2"))
        await pilot.press("h", "h")
        assert seen(app, "#1 PutObject")
        await pilot.press("down", "down")
        await until(pilot, lambda: seen(app, "#2 GetObject"))
        before = text(app)[1]
        await pilot.press("minus")
        await until(pilot, lambda: text(app)[1] != before)
        await pilot.press("enter")
        await until(pilot, lambda: app.state.view == "calls")
        assert app.calls.selected == 2

    play(path, scene)


def test_going_back_and_forth_in_time_stays_with_the_recording(path: Path) -> None:
    """Where nothing was recorded the view says how to go on."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("2")
        await until(pilot, lambda: seen(app, "in all:"))
        for _ in range(40):
            await pilot.press("L")
        await until(pilot, lambda: seen(app, "no call in this span of time"))
        for _ in range(40):
            await pilot.press("H")
        await until(pilot, lambda: seen(app, "4711") or seen(app, "1 call "))

    play(path, scene)


def test_an_upload_is_a_row_of_parts(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("6")
        await until(pilot, lambda: seen(app, "photos/film", "never completed", "#.#", "did not arrive"))
        heading, row = (
            line for line in text(app) if "bucket/key" in line or ("photos/film  " in line and "#.#" in line)
        )
        for name, shown in {"bucket/key": "photos/film", "ended": "never completed", "parts": "#.#"}.items():
            assert heading.index(name) == row.index(shown)
        await pilot.press("enter")
        await until(pilot, lambda: app.state.view == "calls" and len(app.calls) == 2)

    play(path, scene)


def test_problems_say_what_they_come_from_and_lead_to_calls(path: Path) -> None:
    """The newest first; what the world says is escaped."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("4")
        await until(pilot, lambda: seen(app, "upstream-unreachable", "s3.nowhere.example"))
        await pilot.press("G")
        await until(pilot, lambda: seen(app, "did not trust the recorder", "recorder-not-trusted", "fix"))
        assert "\x1b" not in "\n".join(text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.state.view == "calls" and len(app.calls) == 1)

    play(path, scene)


def test_sessions_are_marked_and_lead_to_their_calls(path: Path) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("5")
        await until(pilot, lambda: seen(app, "▸"))
        await pilot.press("m", "j", "m")
        assert sum("*" in line for line in text(app)) == 2
        await pilot.press("enter")
        await until(pilot, lambda: app.state.view == "calls" and len(app.calls) == 5)
        assert app.state.filter == "session:1"

    play(path, scene)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_every_view_fits_any_terminal_in_ascii(path: Path, size: tuple[int, int]) -> None:
    async def scene(app: InspectorApp, pilot: Screen) -> None:
        for key in "23456":
            await pilot.press(key)
            await until(pilot, lambda: not seen(app, "looking..."))
            drawn = "\n".join(text(app))
            assert drawn.isascii(), drawn
            assert max(map(len, text(app))) <= size[0]

    play(path, scene, size, glyphs=ASCII)
