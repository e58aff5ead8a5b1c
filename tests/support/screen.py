"""The terminal UI as a user meets it: a scene is played in it, and what is seen is read as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.tui.app import InspectorApp
from inspector.tui.bars import HeadBar, ViewBar
from inspector.tui.calls.table import CallsTable, Headings
from inspector.tui.detail.pane import DetailView
from inspector.tui.detail.tab_bar import TabBar
from inspector.tui.glyphs import UNICODE, Glyphs
from inspector.tui.label import Label
from inspector.tui.listing import ListingHeadings, ListingRows
from inspector.tui.rows_view import RowsView
from inspector.tui.settings.settings import Settings
from inspector.tui.why.pane import WhyView

PATIENCE = 20.0
WIDE, STACKED, SMALL = (120, 36), (100, 36), (80, 24)

Screen = Pilot[None]
Scene = Callable[[InspectorApp, Screen], Coroutine[Any, Any, None]]

DRAWN: tuple[type[Widget], ...] = (
    HeadBar,
    ViewBar,
    Headings,
    CallsTable,
    TabBar,
    DetailView,
    WhyView,
    Label,
    ListingHeadings,
    ListingRows,
    RowsView,
)
"""Widgets that draw line by line."""


def play(
    path: Path,
    scene: Scene,
    size: tuple[int, int] = WIDE,
    filter_text: str = "",
    glyphs: Glyphs = UNICODE,
    runs: bool = False,
    keys: Sequence[Key] = (),
    settings: Settings | None = None,
) -> None:
    """Open the UI on a recording, wait for its list, and play a scene."""

    async def run() -> None:
        with Recording(path) as opened:
            app = InspectorApp(opened, filter_text, lambda: runs, glyphs, keys, settings)
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: not app.state.searching)
                await scene(app, pilot)

    asyncio.run(run())


async def until(pilot: Screen, test: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not test():
        assert time.monotonic() < deadline, "\n".join(text(pilot.app))
        await pilot.pause(0.02)
    await pilot.pause()


def lines(widget: Widget) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def text(app: Any) -> list[str]:
    """The lines of what is seen."""
    seen = {widget: None for kind in DRAWN for widget in app.query(kind) if widget.is_on_screen}
    return [line for widget in seen for line in lines(widget)]


def detail(app: InspectorApp) -> list[str]:
    return [line for line in lines(app.query_one(DetailView)) if line]
