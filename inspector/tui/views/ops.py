"""Operations: how often each was called, how fast, how many failed, and a line of calls over time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from textual.app import ComposeResult

from inspector.store.filters import Node, Not, Op, Term
from inspector.store.filters.tree import both, to_text
from inspector.tui.actions import bindings
from inspector.tui.actions.views import OPS
from inspector.tui.jobs import Job
from inspector.tui.listing import Listing
from inspector.tui.paint import Span
from inspector.tui.services import Services
from inspector.tui.views.listed import ListedView
from inspector.view import render
from inspector.view.traffic import BARS, PLAIN_BARS, SORTS, Tally, Traffic, ordered, spark

_BEGINNING = "adding up..."
_ALL = "all"
_PARTS = 100
"""Windows of calls after which what was added up is shown."""
_LEAST_SPARK = 8


@dataclass(frozen=True, slots=True)
class Row:
    """An operation; `all` for all of them."""

    name: str
    operation: str | None
    tally: Tally


class OpsView(ListedView[Row]):
    """One line an operation. What was added up is kept while the filter stays."""

    BINDINGS = bindings(OPS)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._of: Node | None = None
        self._traffic = Traffic()
        self._sort = next(iter(SORTS))

    def compose(self) -> ComposeResult:
        yield Listing[Row](self.services.glyphs, self._headings, self._line, lambda row: row.name)

    def crumbs(self) -> str:
        return f"by {self._sort}"

    # Adding up

    def changed(self) -> None:
        where = self.services.state.where
        other = where != self._of
        if other:
            self._of, self._traffic = where, Traffic()
            self._show(_BEGINNING)
        self.look.ask(lambda job: _added(job, where, self._traffic), at_once=other, told=self._told)

    def _told(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._show(_BEGINNING)

    def take(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._show("no call has ended")

    # Showing

    def _show(self, empty: str) -> None:
        rows = [Row(name or "(unknown)", name, tally) for name, tally in ordered(self._traffic, self._sort)]
        if len(rows) > 1:
            rows.append(Row(_ALL, None, self._traffic.total()))
        self.listing.show(rows, empty)

    def _headings(self, width: int) -> list[Span]:
        text = f"{'operation':<24}  calls  failed    /min    p50    p90    p99   ttfb    sent    recv"
        return [Span("heading", text), Span("heading", f"  {'over time' if _spark_width(width) else ''}")]

    def _line(self, row: Row, width: int) -> list[Span]:
        tally, traffic = row.tally, self._traffic
        rate = traffic.per_minute(tally)
        per_minute = "-" if rate is None else f"{rate:.1f}" if rate < 1e4 else f"{rate:.0f}"
        spans = [
            Span("name" if row.name == _ALL else "text", render.pad(render.safe(row.name), 24)),
            Span("text", f"{tally.count:>7}"),
            Span("error" if tally.errors else "quiet", f"{_failed(tally):>8}"),
            Span("quiet", f"{per_minute:>8}"),
            *(Span("text", f"{render.duration(tally.duration.percentile(share)):>7}") for share in (50, 90, 99)),
            Span("quiet", f"{render.duration(tally.ttfb.percentile(50)):>7}"),
            Span("quiet", f"{render.size(tally.request_bytes):>8}{render.size(tally.response_bytes):>8}"),
        ]
        room = _spark_width(width)
        if room:
            bars = PLAIN_BARS if self.services.glyphs.ascii else BARS
            spans.append(Span("note", f"  {spark(traffic.series(tally, room), bars)}"))
        return spans

    def action_sort(self, steps: int) -> None:
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + steps) % len(names)]
        self._show("no call has ended")
        self.services.app.show_crumbs()

    def on_listing_opened(self) -> None:
        """The calls of this operation, of those that the filter has."""
        row = self.listing.rows.chosen
        if row is not None and row.name != _ALL:
            known = Term("op", Op.IS, row.operation or "*")
            self.services.search(to_text(both([self.services.state.where, known if row.operation else Not(known)])))
            self.services.open_view("calls")


def _spark_width(width: int) -> int:
    """Cells for the line over time; none where they would be too few."""
    left = min(width - 86, 60)
    return left if left >= _LEAST_SPARK else 0


def _failed(tally: Tally) -> str:
    return f"{tally.errors} {tally.error_rate:.0%}" if tally.errors else "-"


def _added(job: Job, where: Node, traffic: Traffic) -> Traffic:
    """A traffic with what came since: the calls behind the last one, and those that were under way.

    What the screen draws is never changed in this thread: it gets copies.
    """
    traffic = deepcopy(traffic)
    waited = traffic.waiting
    for count, window in enumerate(job.recording.traffic(where, traffic.last or None), 1):
        traffic.add(window)
        if count % _PARTS == 0:
            job.tell(deepcopy(traffic))
        job.check()
    if waited:
        for number in sorted(waited):
            for window in job.recording.traffic(Term("id", Op.IS, str(number))):
                traffic.add(row for row in window if row.state != "open")
    return traffic
