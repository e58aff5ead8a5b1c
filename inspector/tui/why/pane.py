"""The rail: what is wrong with the selected call, how sure that is, and the fix; one line of it where no rail fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import RowsView
from inspector.tui.services import Services

if TYPE_CHECKING:
    from inspector.diagnose.examine import Diagnosis
    from inspector.sigv4.solve import Progress

_RESTS = 0.08
"""Seconds that the selection rests before a call is examined: not each one that is passed."""


class WhyView(RowsView):
    """The findings."""


class WhyPane(Vertical):
    """Examines the selected call once the selection rests."""

    class InBrief(Message):
        """What the rail says, in one line."""

        def __init__(self, spans: list[Span]) -> None:
            super().__init__()
            self.spans = spans

    def __init__(self, services: Services) -> None:
        super().__init__(id="why")
        self._services = services
        self._number: int | None = -1
        self._open = False
        self._version = -1
        self._waits: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Label(self._services.glyphs, [Span("heading", " why")])
        yield WhyView(self._services.glyphs)

    @property
    def view(self) -> WhyView:
        """The findings."""
        return self.query_one(WhyView)

    def look_soon(self, anew: bool = False) -> None:
        """Say what is wrong with the selected call, when the selection rests; `anew`: it may have ended."""
        services = self._services
        if not self.screen.is_current:
            return  # a screen on top asks for itself; it calls when it goes
        number, version = services.selected, services.vault.version
        if (number, version) == (self._number, self._version) and not (anew and self._open):
            return
        keep = number == self._number
        self._number, self._version = number, version
        self._stop()
        known = None if number is None else services.diagnoses.known(number)
        if known is not None:
            self._take(known)
        elif number is None:
            self._say("no call is selected")
        else:
            if not keep:
                self._say("looking...")
            self._waits = self.set_timer(_RESTS, self._examine)

    def _stop(self) -> None:
        if self._waits is not None:
            self._waits.stop()
        self._services.jobs.cancel(self)

    def _examine(self) -> None:
        if self._number is not None:
            self._services.diagnoses.ask(self, self._number, self._take, self._progress, self._failed)

    def _progress(self, progress: Progress) -> None:
        from inspector.tui.why.words import progress_words

        self._say(progress_words(progress))

    def _failed(self, text: str) -> None:
        self._say(f"this call cannot be examined: {text}", "error")

    def _take(self, diagnosis: Diagnosis | None) -> None:
        from inspector.tui.why.words import in_one_line, rail_lines

        if diagnosis is None:
            self._say("this call is no longer in the recording")
            return
        self._open = not (diagnosis.call.failed or diagnosis.call.succeeded)
        hidden = self._services.diagnoses.hidden
        self._show(
            Report(lambda width: map(hidden, rail_lines(diagnosis, width))),
            hidden(in_one_line(diagnosis)),
        )

    def _say(self, text: str, kind: str = "quiet") -> None:
        self._show(said(text, kind=kind), [Span(kind, text)])

    def _show(self, report: Report, brief: list[Span]) -> None:
        self.view.show(report)
        self.post_message(self.InBrief(brief))
