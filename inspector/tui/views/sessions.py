"""What was recorded when, and by which program."""

from __future__ import annotations

from textual.app import ComposeResult

from inspector.store.reader import Session
from inspector.tui.jobs import Job
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import RowsView
from inspector.tui.views.view import View
from inspector.view.render import clock, safe


class SessionsView(View):
    """One line a session, the newest first."""

    def compose(self) -> ComposeResult:
        view = RowsView(self.services.glyphs)
        view.show(said("looking..."))
        yield view

    def take_keys(self) -> None:
        self.query_one(RowsView).focus()

    def changed(self) -> None:
        self.services.jobs.start(self, "sessions", _sessions, self._take)

    def _take(self, sessions: list[Session]) -> None:
        self.query_one(RowsView).show(Report(lambda _: map(_line, reversed(sessions))), keep_place=True)


def _sessions(job: Job) -> list[Session]:
    return job.recording.sessions()


def _line(session: Session) -> list[Span]:
    name = safe(session.name or session.program or session.kind)
    errors = Span("error" if session.errors else "quiet", f"  {session.errors:,} errors")
    calls = Span("text", f"  {session.exchanges:>9,} calls")
    return [Span("quiet", f" {session.id:>4}  {clock(session.started_at)}"), calls, errors, Span("name", f"  {name}")]
