"""Timeline: a lane for each connection, with the phases of its calls; the attempts of one call are told together."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import chain

from textual.app import ComposeResult
from textual.containers import Vertical

from inspector.store.filters import Node
from inspector.store.timed import TimedCall
from inspector.tui.actions import bindings
from inspector.tui.actions.views import TIMELINE
from inspector.tui.listing import Listing
from inspector.tui.paint import Span
from inspector.tui.report import Report
from inspector.tui.rows_view import RowsView
from inspector.tui.services import Services
from inspector.tui.timeline.window import MOST_CALLS, Seen, Window, found_lanes
from inspector.tui.timeline.words import call_words, legend, sign
from inspector.tui.views.listed import ListedView
from inspector.view import render
from inspector.view.timeline import Cell, Lane, cells, ticks

_LABEL = 22
"""Cells before a lane: the client's port, how many calls, how many of them failed."""

_NOTHING = "no call in this span of time; - shows a longer one, H and L go back and forth"
_NOTHING_SEEN = Seen(None, [], {}, False)


class TimelineView(ListedView[Lane]):
    """The lanes, and below them what the chosen call is. The chosen call need not be the one of the list of calls."""

    BINDINGS = bindings(TIMELINE)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._window: Window | None = None
        self._seen = _NOTHING_SEEN
        self._call: int | None = None
        self._where: Node | None = None
        self._now = time.time()

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Listing[Lane](glyphs, self._scale, self._lane, _name_of)
        yield Vertical(RowsView(glyphs), id="meaning")

    def crumbs(self) -> str:
        return "" if self._window is None else f"{render.duration(self._window.span * 1000)} of time"

    def shown(self) -> None:
        """Who comes from another call of the list wants to see that one."""
        if self.services.selected != self._call or self._window is None:
            self._call, self._window = self.services.selected, None
        super().shown()

    # What is looked at

    def changed(self) -> None:
        self._ask(at_once=self.services.state.where != self._where)

    def _ask(self, at_once: bool) -> None:
        where = self._where = self.services.state.where
        call, window = self._call, self._window
        self.look.ask(lambda job: found_lanes(job, where, window, call), at_once=at_once)

    def take(self, seen: Seen) -> None:
        self._window = self._window or seen.window
        self._seen, self._now = seen, time.time()
        if self._call is None and seen.lanes:
            self._call = seen.lanes[-1].calls[-1].id
        lane = self._lane_of(self._call)
        self.listing.show(seen.lanes, _NOTHING)
        if lane is not None:
            self.listing.rows.choose(_name_of(lane))
        self._say()
        self.services.app.show_crumbs()

    def _go(self, window: Window) -> None:
        self._window = window
        self._ask(at_once=True)

    def _lane_of(self, number: int | None) -> Lane | None:
        return next((lane for lane in self._seen.lanes if any(call.id == number for call in lane.calls)), None)

    @property
    def _chosen(self) -> TimedCall | None:
        calls = chain.from_iterable(lane.calls for lane in self._seen.lanes)
        return next((call for call in calls if call.id == self._call), None)

    # Drawing

    def _scale(self, width: int) -> list[Span]:
        if self._window is None:
            return [Span("heading", "looking...")]
        begin = datetime.fromtimestamp(self._window.begin).strftime("%H:%M:%S.%f")[:-3]
        line = ticks(self._window.span, width - _LABEL, lambda seconds: f"+{render.duration(seconds * 1000)}")
        return [Span("heading", f"{begin:<{_LABEL}}"), Span("quiet", line)]

    def _lane(self, lane: Lane, width: int) -> list[Span]:
        failed = sum(call.failed for call in lane.calls)
        calls = "call " if len(lane.calls) == 1 else "calls"
        label = f"{lane.address.rpartition(':')[2] or '-':>6} {len(lane.calls):>5} {calls}"
        spans = [Span("quiet", label), Span("error", f"{f' {failed}!' if failed else '':<{_LABEL - len(label)}}")]
        if self._window is None:
            return spans
        row = cells(lane, self._window.begin, self._window.end, max(0, width - _LABEL), self._now)
        joined = self._seen.attempts.get(self._call or 0)
        ids = frozenset(joined.ids) if joined else frozenset()
        return [*spans, *(self._cell(cell, ids) for cell in row)]

    def _cell(self, cell: Cell | None, joined: frozenset[int]) -> Span:
        if cell is None:
            return Span("text", " ")
        call = cell.call
        text = sign(cell, self._seen.attempts.get(call.id), self.services.glyphs.ascii)
        if call.id == self._call:
            return Span("marked", text)
        kind = "error" if call.failed else "open" if call.state == "open" else "good"
        return Span("differs" if call.id in joined else kind, text)

    def _say(self) -> None:
        call = self._chosen
        lines = [] if call is None else [*call_words(call, self._seen.attempts.get(call.id), self._now)]
        if self._seen.more:
            text = f"only the first {MOST_CALLS:,} calls of this span are drawn; + shows a shorter one"
            lines.append([Span("error", text)])
        lines.append([Span("quiet", legend(self.services.glyphs.ascii))])
        self.query_one(RowsView).show(Report(lambda _: lines))

    # Moving

    def on_listing_moved(self) -> None:
        """Up and down: the call of the other lane that is nearest in time."""
        lane, here = self.listing.rows.chosen, self._chosen
        if lane is None or here is None or any(call.id == here.id for call in lane.calls):
            return
        self._choose(min(lane.calls, key=lambda call: abs(call.started_at - here.started_at)))

    def on_listing_opened(self) -> None:
        if self._call is not None:
            self.services.open_call(self._call)

    def _choose(self, call: TimedCall) -> None:
        """Make it the chosen one, and move the window so that its beginning is seen."""
        self._call = call.id
        lane, window = self._lane_of(call.id), self._window
        if lane is not None:
            self.listing.rows.choose(_name_of(lane))
        if window is not None and not window.begin <= call.started_at <= window.end:
            self._go(window.moved(call.started_at - (window.begin + window.end) / 2))
        self.listing.rows.refresh()
        self._say()

    def action_step(self, steps: int) -> None:
        lane = self._lane_of(self._call)
        if lane is not None:
            place = [call.id for call in lane.calls].index(self._call or 0) + steps
            if 0 <= place < len(lane.calls):
                self._choose(lane.calls[place])

    def action_attempt(self, steps: int) -> None:
        joined = self._seen.attempts.get(self._call or 0)
        if joined is None:
            self.services.say("this call has no other attempt in this span of time")
            return
        wanted = joined.ids[(joined.number - 1 + steps) % len(joined.ids)]
        lane = self._lane_of(wanted)
        if lane is not None:
            self._choose(next(call for call in lane.calls if call.id == wanted))

    def action_pan(self, halves: int) -> None:
        if self._window is not None:
            self._go(self._window.moved(halves * self._window.span / 2))

    def action_zoom(self, direction: int) -> None:
        window, call = self._window, self._chosen
        if window is not None:
            moment = call.started_at if call is not None else (window.begin + window.end) / 2
            self._go(window.around(moment, window.span * 2.0**direction))


def _name_of(lane: Lane) -> tuple[str, int]:
    return lane.connection, lane.calls[0].session
