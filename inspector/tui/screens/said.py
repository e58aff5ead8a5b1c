"""What a verb of the command line says, in a text to scroll."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Footer

from inspector.tui.child import Said, ask
from inspector.tui.jobs import Job
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.sheet import Sheet
from inspector.tui.services import Services
from inspector.view.render import safe


class SaidScreen(Sheet[None]):
    """Asks the verb in a process of its own, and shows its data, then its talk."""

    def __init__(self, services: Services, words: Sequence[str]) -> None:
        super().__init__(services)
        self._words = words

    def compose(self) -> ComposeResult:
        title = safe(f" b2-inspector {shlex.join(self._words)}")
        yield Label(self.services.glyphs, [Span("heading", title)])
        yield RowsView(self.services.glyphs)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        view = self.query_one(RowsView)
        view.show(said("asking..."))
        width = self.app.size.width - 2  # less the scroll bar

        def work(job: Job) -> Said:
            return ask(job, self._words, self.services.path, width)

        self.services.jobs.start(self, "verb", work, self._take, failed=lambda text: view.show(said(text)))

    def _take(self, answer: Said) -> None:
        lines = [[Span("text", safe(line))] for line in answer.out.splitlines()]
        lines += [[Span("quiet", safe(line))] for line in answer.err.splitlines()]
        if not answer.went_well:
            lines.insert(0, [Span("error", f"it ended with {answer.code}")])
        self.query_one(RowsView).show(Report(lambda _: lines))
