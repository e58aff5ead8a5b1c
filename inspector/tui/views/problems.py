"""Problems: what went wrong outside any call, what it comes from, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical

from inspector.store.filters.tree import to_text
from inspector.tui.jobs import Job
from inspector.tui.listing import Listing
from inspector.tui.paint import Span
from inspector.tui.report import Report
from inspector.tui.rows_view import RowsView
from inspector.tui.views.listed import ListedView
from inspector.view import render
from inspector.view.problem import KINDS, Trouble, troubles

_NONE = "no problem outside of the calls; what failed among them: / is:error"


class ProblemsView(ListedView[Trouble]):
    """The list, and below it what the chosen one means."""

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Listing[Trouble](glyphs, _headings, _line, lambda trouble: trouble.name)
        yield Vertical(RowsView(glyphs), id="meaning")

    def changed(self) -> None:
        self.look.ask(_troubles)

    def take(self, found: list[Trouble]) -> None:
        self.listing.show(found, _NONE)
        self.on_listing_moved()

    def on_listing_moved(self) -> None:
        trouble = self.listing.rows.chosen
        self.query_one(RowsView).show(Report(lambda _: _meaning(trouble) if trouble else ()))

    def on_listing_opened(self) -> None:
        """The calls that it is about."""
        trouble = self.listing.rows.chosen
        if trouble is None:
            return
        if trouble.calls is None:
            self.services.say("no recorded call belongs to this")
            return
        self.services.search(to_text(trouble.calls))
        self.services.open_view("calls")


def _troubles(job: Job) -> list[Trouble]:
    recording = job.recording
    cut = Counter(row.session for row in recording.exchanges("is:truncated"))
    return troubles(recording.problems(), recording.sessions(), recording.tunnels(), cut)


def _headings(width: int) -> list[Span]:
    return [Span("heading", f"time             sess  {'kind':<22} host and what happened")]


def _line(trouble: Trouble, width: int) -> list[Span]:
    host = f"{render.safe(trouble.host)}  " if trouble.host else ""
    return [
        Span("quiet", f"{render.clock(trouble.at)}  {trouble.session:>4}  "),
        Span("error", f"{render.pad(render.safe(trouble.kind), 22)} "),
        Span("name", host),
        Span("text", render.safe(trouble.text)),
    ]


def _meaning(trouble: Trouble) -> Iterator[list[Span]]:
    """All of it in sentences."""
    yield [Span("heading", f"{render.safe(trouble.kind)}  {render.safe(trouble.host)}".rstrip())]
    if trouble.kind in KINDS:
        yield [Span("text", KINDS[trouble.kind])]
    yield [Span("quiet", render.safe(trouble.text))]
    finding, fix = trouble.finding, trouble.fix
    if finding is not None:
        fix = finding.fix
        yield []
        yield [Span("name", render.safe(finding.summary)), Span("quiet", f"  {finding.certainty}, {finding.cause}")]
    if fix:
        yield [Span("note", "fix  "), Span("text", render.safe(fix))]
    if trouble.calls is not None:
        yield [Span("quiet", "enter: the calls that it is about")]
