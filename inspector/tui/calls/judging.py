"""What the calls on the screen came to, found out in a thread while one looks at them."""

from __future__ import annotations

import time

from textual.timer import Timer
from textual.widget import Widget

from inspector.store.rows import Row
from inspector.tui.calls.columns import CAUSE, JUDGED, Layout, unknown
from inspector.tui.jobs import Job
from inspector.tui.services import Services

_REST = 0.05
"""Seconds that a screen must stand: not at each line that runs by."""
_TOLD = 0.1
"""Seconds between two drawings of what was found out meanwhile."""


class Judging:
    """Gathers the calls that are drawn and not known yet, and draws their list anew when they are."""

    def __init__(self, services: Services, drawn: Widget) -> None:
        self._services = services
        self._drawn = drawn
        self._wanted: dict[int, None] = {}
        self._in_vain: set[int] = set()
        self._rest: Timer | None = None

    def look_at(self, row: Row, places: Layout) -> None:
        """A call is drawn in these columns."""
        if not any(column.name in JUDGED for column, _ in places) or row.id in self._in_vain:
            return
        if unknown(row, places, self._services.judge_if_any):
            self._wanted[row.id] = None
            if self._rest is None:
                causes = any(column.name == CAUSE for column, _ in places)
                self._rest = self._drawn.set_timer(_REST, lambda: self._find_out(causes))

    def _find_out(self, causes: bool) -> None:
        self._rest = None
        wanted, self._wanted = list(self._wanted), {}

        def work(job: Job) -> None:
            judge, told = self._services.judge, time.monotonic()
            for number in wanted:
                job.check()
                if judge.verdict(number) is None:
                    self._in_vain.add(number)  # it is gone
                elif causes:
                    judge.named(number)
                if time.monotonic() - told > _TOLD:
                    job.tell(None)
                    told = time.monotonic()

        def draw(_: None) -> None:
            self._drawn.refresh()

        self._services.jobs.start(self._drawn, "judge", work, draw, told=draw)
