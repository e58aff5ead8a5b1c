"""Two sessions beside each other, call by call: what is missing, new, moved or ended otherwise."""

from __future__ import annotations

from collections import Counter

from textual.app import ComposeResult
from textual.widgets import Footer

from inspector.diff.sessions import Fate, Item, Pairing, pairings
from inspector.tui.actions import bindings
from inspector.tui.actions.sessions_diff import SESSIONS_DIFF
from inspector.tui.diff.screen import DiffScreen
from inspector.tui.jobs import Job
from inspector.tui.label import Label
from inspector.tui.listing import Listing
from inspector.tui.paint import Span
from inspector.tui.report import PAINT, spans_of
from inspector.tui.screens.sheet import Sheet
from inspector.tui.services import Services
from inspector.view.comparison import item, pairing_line

_TOLD = 1000
"""Calls after which one says how far it is."""


class SessionsDiff(Sheet[None]):
    """The calls of two sessions, aligned; enter compares two of them, or opens the one that stands alone."""

    BINDINGS = bindings(SESSIONS_DIFF)

    def __init__(self, services: Services, first: int, second: int) -> None:
        super().__init__(services)
        self._sessions = (first, second)
        self._found: list[Pairing] = []
        self._everything = False

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Label(glyphs, [Span("heading", f" sessions {self._sessions[0]} and {self._sessions[1]}")])
        yield Listing[Pairing](glyphs, _headings, lambda pairing, _: spans_of(pairing_line(pairing, PAINT)), _name_of)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        first, second = self._sessions
        self._listing.show((), "reading...")
        self._listing.rows.focus()
        self.services.jobs.start(self, "sessions", lambda job: _paired(job, first, second), self._take, told=self._told)

    @property
    def _listing(self) -> Listing[Pairing]:
        return self.query_one(Listing)

    def _told(self, calls: int) -> None:
        self._listing.show((), f"reading... {calls:,} calls")

    def _take(self, found: list[Pairing]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        counts = Counter(pairing.fate for pairing in self._found)
        words = ", ".join(f"{counts[fate]:,} {fate.value}" for fate in Fate if counts[fate]) or "no calls"
        title = f" sessions {self._sessions[0]} (-) and {self._sessions[1]} (+): "
        self.query_one(Label).show([Span("heading", title), Span("text", words)])
        shown = [one for one in self._found if self._everything or one.fate is not Fate.SAME]
        self._listing.show(shown, "every call is the same; a shows them all" if self._found else "no calls")

    def action_all(self) -> None:
        self._everything = not self._everything
        self._show()

    def on_listing_opened(self) -> None:
        pairing = self._listing.rows.chosen
        if pairing is None:
            return
        if pairing.a is not None and pairing.b is not None:
            self.services.push(DiffScreen(self.services, pairing.a.id, pairing.b.id))
            return
        alone = pairing.a or pairing.b
        if alone is not None:
            self.dismiss(None)
            self.services.open_call(alone.id)


def _headings(width: int) -> list[Span]:
    return [Span("heading", "         -        +  operation              outcome      bucket/key")]


def _name_of(pairing: Pairing) -> tuple[int | None, int | None]:
    return (pairing.a.id if pairing.a else None, pairing.b.id if pairing.b else None)


def _paired(job: Job, first: int, second: int) -> list[Pairing]:
    read = 0

    def calls(session: int) -> list[Item]:
        nonlocal read
        found = []
        for call in job.recording.session_calls(session):
            found.append(item(call))
            read += 1
            if read % _TOLD == 0:
                job.tell(read)
        return found

    return list(pairings(calls(first), calls(second)))
