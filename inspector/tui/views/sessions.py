"""Sessions: what was recorded when, by which program, and how that went."""

from __future__ import annotations

from textual.app import ComposeResult

from inspector.store.beside import Session
from inspector.store.filters import Op, Term
from inspector.store.filters.tree import to_text
from inspector.tui.actions import bindings
from inspector.tui.actions.views import SESSIONS
from inspector.tui.diff.sessions import SessionsDiff
from inspector.tui.jobs import Job
from inspector.tui.listing import Listing
from inspector.tui.marks import Marks
from inspector.tui.paint import Span
from inspector.tui.services import Services
from inspector.tui.views.listed import ListedView
from inspector.view import render

_WIDE = 100
"""Cells from which there is room for all columns."""


class SessionsView(ListedView[Session]):
    """One line a session, the newest first. `marks` are the sessions to be compared."""

    BINDINGS = bindings(SESSIONS)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.marks = Marks()

    def compose(self) -> ComposeResult:
        yield Listing[Session](self.services.glyphs, _headings, self._line, lambda session: session.id)

    def changed(self) -> None:
        self.look.ask(_sessions)

    def take(self, sessions: list[Session]) -> None:
        self.listing.show(sessions, "nothing was recorded yet; begin with: b2-inspector run -- COMMAND")

    def _line(self, session: Session, width: int) -> list[Span]:
        lasted = "-" if session.ended_at is None else render.duration((session.ended_at - session.started_at) * 1000)
        lost = f"  lost {session.lost_exchanges:,} calls" if session.lost_exchanges or session.lost_bytes else ""
        under_way = f"  {session.open:,} under way" if session.open else ""
        program = f"  ({render.safe(session.program)})" if session.program else ""
        return [
            Span("note", "*" if session.id in self.marks else " "),
            Span("quiet", f"{session.id:>4}  {session.kind:<6}  {render.clock(session.started_at)}"),
            Span("quiet", f"  {lasted:>7}" if width >= _WIDE else ""),
            Span("text", f"  {session.exchanges:>9,}"),
            Span("error" if session.errors else "quiet", f"  {session.errors:>7,}"),
            Span("error" if session.problems else "quiet", f"  {session.problems:>8,}" if width >= _WIDE else ""),
            Span("quiet", f"  {session.tunnelled_connections:>9,}" if width >= _WIDE else ""),
            Span("name", f"  {render.safe(session.name)}" if session.name else ""),
            Span("text", program),
            Span("open", under_way),
            Span("error", lost),
        ]

    def on_listing_opened(self) -> None:
        """The calls of this session."""
        session = self.listing.rows.chosen
        if session is not None:
            self.services.search(to_text(Term("session", Op.IS, str(session.id))))
            self.services.open_view("calls")

    def action_mark(self) -> None:
        session = self.listing.rows.chosen
        if session is not None:
            self.marks.toggle(session.id)
            self.listing.rows.refresh()

    def action_diff(self) -> None:
        """The two that were marked last, in another screen."""
        if self.marks.pair is None:
            self.services.say("mark two sessions with m, then d compares them", "warning")
        else:
            self.services.push(SessionsDiff(self.services, *self.marks.pair))


def _sessions(job: Job) -> list[Session]:
    return job.recording.sessions()[::-1]


def _headings(width: int) -> list[Span]:
    lasted, more = ("   lasted", "  problems  tunnelled") if width >= _WIDE else ("", "")
    return [Span("heading", f"    #  kind    started    {lasted}      calls   failed{more}  name (program)")]
