"""The selected call as a user reads it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from support.calls import call, record
from support.screen import SMALL, Screen, detail, lines, play, until
from textual.widgets import Input

from inspector.tui.app import InspectorApp
from inspector.tui.detail.find import FindBar
from inspector.tui.detail.pane import DetailView
from inspector.tui.detail.tab_bar import TabBar
from inspector.tui.glyphs import ASCII
from inspector.tui.label import Label

pytestmark = pytest.mark.slow  # scenes on a screen

LINES = b"".join(b"line %d of the text\n" % number for number in range(30_000))


def said(app: InspectorApp) -> str:
    """The line below the page."""
    return lines(app.query_one("#said", Label))[0]


async def write(pilot: Screen, text: str) -> None:
    """Find this."""
    pilot.app.query_one(FindBar).query_one(Input).value = text
    await pilot.press("enter")


def test_digits_turn_the_tabs(tmp_path: Path) -> None:
    """Of the pane that has the keys; each says something of its own."""
    path = record(tmp_path / "calls.db", [call(request_body=b"hello", response_body=b"<a><b>1</b></a>")])
    firsts = [
        "#1  PutObject",
        "PUT /photos",
        "HTTP/1.1 200",
        "#1  PutObject",
        "the response's body",
        " send",
        "--- request",
    ]

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("enter")
        for digit, first in enumerate(firsts, 1):
            await pilot.press(str(digit))
            await until(pilot, lambda first=first: detail(app)[0].startswith(first))  # type: ignore[misc]
            assert f"[{digit} " in lines(app.query_one(TabBar))[0]

    play(path, scene, (100, 40))


def test_what_is_found_is_shown_and_marked(tmp_path: Path) -> None:
    """Far below what was read when it was looked for; n and N go on, and round."""
    body = LINES + b"the Needle\n" + LINES + b"another needle\n"
    path = record(tmp_path / "calls.db", [call(response_body=body)])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        view = app.query_one(DetailView)
        await pilot.press("enter", "5", "/")
        await write(pilot, "needle")
        await until(pilot, lambda: any("the Needle" in line for line in detail(app)))
        assert app.focused is view
        assert f"byte {body.index(b'Needle'):,} of {len(body):,}" in said(app)
        row = next(y for y in range(view.size.height) if "Needle" in view.render_line(y).text)
        plain, found = (next(s for s in view.render_line(row) if word in s.text) for word in ("the", "Needle"))
        assert plain.style != found.style
        await pilot.press("n")
        await until(pilot, lambda: any("another needle" in line for line in detail(app)))
        await pilot.press("n")
        await until(pilot, lambda: any("the Needle" in line for line in detail(app)))
        await pilot.press("N")
        await until(pilot, lambda: any("another needle" in line for line in detail(app)))
        await pilot.press("/")
        await write(pilot, "haystack")
        await until(pilot, lambda: "not found: haystack" in said(app))

    play(path, scene, SMALL)


def test_esc_stops_finding_and_then_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search through a gibibyte takes seconds; the call stays open."""
    waiting = threading.Event()

    def endless(*args: Any) -> None:
        told = args[-1]
        while True:
            waiting.set()
            told(0, 1)
            time.sleep(0.005)

    monkeypatch.setattr("inspector.tui.detail.pane.search", endless)
    path = record(tmp_path / "calls.db", [call(response_body=LINES)])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("enter", "5", "/")
        await write(pilot, "needle")
        await until(pilot, waiting.is_set)
        await pilot.press("escape")
        assert "stopped" in said(app)
        assert app.query_one(DetailView).is_on_screen
        await pilot.press("escape")
        await pilot.pause()
        assert not app.query_one(DetailView).is_on_screen

    play(path, scene, SMALL)


def test_it_is_found_in_the_heads_too(tmp_path: Path) -> None:
    """As they are drawn."""
    headers = tuple((b"X-Header-%d" % number, b"value") for number in range(60))
    path = record(tmp_path / "calls.db", [call(headers=headers)])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("enter", "2", "/")
        await write(pilot, "x-header-55")
        await until(pilot, lambda: "X-Header-55: value" in detail(app))

    play(path, scene, SMALL)


def test_esc_leaves_the_line_and_then_the_call(tmp_path: Path) -> None:
    """One after the other."""
    path = record(tmp_path / "calls.db", [call()])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("enter", "/", "escape")
        await pilot.pause()
        assert isinstance(app.focused, DetailView)
        await pilot.press("escape")
        await pilot.pause()
        assert not app.query_one(DetailView).is_on_screen

    play(path, scene, SMALL)


HOSTILE = [
    b"\x1b]0;title\x07\x1b[2J" * 40,
    "‮⁦evil​\u009b31m".encode() * 40,
    b"\xff\xfe\x00\x00" * 500,
    b'{"a": "\x1b[2J\xe2\x80\xae\xff", "\x07": [' + b"1," * 3000,
    b"<a><b>\x1b[2J\xe2\x80\xae</b><c " + b"x" * 9000,
    b"x" * 3_000_000,
    b'{"long": "' + b"y" * 3_000_000 + b'"}',
]


def test_hostile_bodies_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    """In every way of showing them, while every tab is turned; nor does a line of megabytes stop the keys."""
    path = record(tmp_path / "calls.db", [call(request_body=body, response_body=body) for body in HOSTILE])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "enter", "5")
        for number in range(1, len(HOSTILE) + 1):
            await until(pilot, lambda number=number: app.calls.selected == number)  # type: ignore[misc]
            for key in ("G", "full_stop", "h"):
                await pilot.press(key)
                shown = [view.render_line(y).text for view in app.query(DetailView) for y in range(view.size.height)]
                assert all(line.isprintable() and line.isascii() for line in shown)
            await pilot.press("h", "J")

    play(path, scene, SMALL, glyphs=ASCII)
