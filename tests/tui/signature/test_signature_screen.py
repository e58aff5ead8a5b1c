"""The signature view as a user meets it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.calls import record
from support.explained import explained_call
from support.screen import SMALL, Screen, lines, play, until
from support.signing import HOST, KEY, SECRET
from textual.widgets import Input

from inspector.sigv4.solve import Outcome, Progress, search
from inspector.tui.app import InspectorApp
from inspector.tui.detail.pane import DetailView
from inspector.tui.glyphs import ASCII
from inspector.tui.label import Label
from inspector.tui.rows_view import RowsView
from inspector.tui.signature.screen import SignatureScreen
from inspector.tui.signature.secrets import SecretBox
from inspector.tui.why.pane import WhyView

pytestmark = pytest.mark.slow  # scenes on a screen

HUGE = (160, 60)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good call, and one that was signed for another host."""
    return record(tmp_path / "calls.db", [explained_call(status=200), explained_call(lines={b"host": HOST + b":443"})])


def shown(app: InspectorApp) -> str:
    """What the sheet on top says."""
    return "\n".join(lines(app.screen.query_one(RowsView)))


async def proved(app: InspectorApp, pilot: Screen) -> None:
    await until(pilot, lambda: isinstance(app.screen, SignatureScreen) and "PROVED" in shown(app))


def test_s_shows_what_was_signed_and_what_is_proved(path: Path) -> None:
    """Three texts beside each other, the part that differs with a sign of its own."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("s")
        await proved(app, pilot)
        (row,) = (line for line in shown(app).split("\n") if line.startswith("≠ host "))
        signed, wire, expected = (cell.strip() for cell in row.split("│")[1:])
        assert signed == f"host:{HOST.decode()}:443"
        assert wire == f"Host: {HOST.decode()}"
        assert expected == f"host:{HOST.decode()}"
        assert any(line.startswith("= method") for line in shown(app).split("\n"))
        await pilot.press("escape")
        assert not isinstance(app.screen, SignatureScreen)

    play(path, scene, HUGE, keys=(KEY,))


def test_on_a_small_terminal_the_texts_stand_below_each_other(path: Path) -> None:
    """What differs is marked by carets, too; n goes to it. ASCII when asked."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("s")
        await proved(app, pilot)
        await pilot.press("n")
        first, signed, carets, expected = shown(app).split("\n")[:4]
        assert first.startswith("! host")
        assert signed.split() == ["signed", f"host:{HOST.decode()}:443"]
        assert signed[carets.index("^") :] == ":443"
        assert expected.split() == ["expected", f"host:{HOST.decode()}"]
        assert shown(app).isascii()

    play(path, scene, SMALL, glyphs=ASCII, keys=(KEY,))


def test_a_secret_is_asked_for_once_and_forgotten_on_demand(path: Path) -> None:
    """Masked; what was computed with it goes with it; the call is not asked about again by itself."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SecretBox))
        field = app.screen.query_one(Input)
        await pilot.press(*SECRET.decode())
        assert SECRET.decode() not in field.render_line(0).text
        await pilot.press("enter")
        await proved(app, pilot)
        assert app.services.vault.holds(KEY.key_id)
        assert SECRET.decode() not in shown(app)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, SecretBox))
        assert not app.services.vault.keys
        await pilot.press("escape")
        await until(pilot, lambda: "NOT VERIFIED" in shown(app))
        assert app.services.diagnoses.known(2) is not None
        await pilot.press("escape", "s")
        await pilot.pause()
        assert isinstance(app.screen, SignatureScreen)

    play(path, scene, HUGE)


def test_it_goes_on_to_other_calls(path: Path) -> None:
    """And the list follows."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("s")
        await proved(app, pilot)
        await pilot.press("K")
        await until(pilot, lambda: "VERIFIED: the bytes" in shown(app))
        await pilot.press("q")
        await until(pilot, lambda: "verified" in "\n".join(lines(app.query_one(WhyView))).lower())
        assert app.calls.selected == 1

    play(path, scene, HUGE, keys=(KEY,))


def test_the_rail_says_what_is_wrong(path: Path) -> None:
    """For the selected call: the verdict, the finding, how sure it is, the fix; in one line where no rail fits."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: "proved" in "\n".join(lines(app.query_one(WhyView))))
        rail = "\n".join(lines(app.query_one(WhyView)))
        assert "✗ signature DOES NOT MATCH" in rail
        assert "fix" in rail
        await pilot.press("k")
        await until(pilot, lambda: "✓ signature VERIFIED" in "\n".join(lines(app.query_one(WhyView))))
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: lines(app.query_one("#brief"))[0].startswith("✓"))

    play(path, scene, keys=(KEY,))


def test_hostile_requests_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    """In the rail, in the tab, in the view: no escape sequence, no bidirectional override."""
    evil = b"\x1b]0;t\x07\xe2\x80\xae\xff"
    hostile = explained_call(target=b"/photos/" + evil + b"?" + evil + b"=" + evil, headers={b"X-" + evil: evil})
    path = record(tmp_path / "calls.db", [hostile])

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: app.services.diagnoses.known(1) is not None)
        await pilot.press("enter", "4")
        await until(pilot, lambda: "\\x1b" in "\n".join(lines(app.query_one(DetailView))))
        shown_lines = [*lines(app.query_one(DetailView)), *lines(app.query_one(WhyView))]
        await pilot.press("s")
        await until(pilot, lambda: "\\x1b" in shown(app))
        assert all(line.isprintable() for line in [*shown_lines, *shown(app).split("\n")])

    play(path, scene, HUGE, keys=(KEY,))


def test_what_arrived_is_seen_while_it_is_searched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search takes seconds; how far it is stands above, and the keys are answered."""
    go_on = threading.Event()

    def slowly(*args: Any) -> Iterator[Progress | Outcome]:
        while not go_on.wait(0.02):
            yield Progress(2, 1000, 4000)
        yield from search(*args)

    monkeypatch.setattr("inspector.diagnose.examine.search", slowly)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SignatureScreen) and "? method" in shown(app))
        title = app.screen.query_one(Label)
        await until(pilot, lambda: "1,000 of 4,000 ways" in lines(title)[0])
        assert "NOT VERIFIED" not in shown(app)
        go_on.set()
        await proved(app, pilot)

    play(path, scene, HUGE, keys=(KEY,))
