"""Two calls beside each other, section by section."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.app import ComposeResult
from textual.widgets import Footer

from inspector.tui.actions import bindings
from inspector.tui.actions.diff import DIFF
from inspector.tui.diff.pair import bodies, compared
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import PAINT, Report, said, spans_of
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.sheet import Sheet
from inspector.tui.services import Services
from inspector.view.beside import SECTIONS, Beside, Bytes, Look, headline

_NAMES = list(SECTIONS)
_BYTES = _NAMES.index("Bytes")
_CANONICAL = _NAMES.index("Canonical")
_CONTEXT = 3


class DiffScreen(Sheet[None]):
    """Compares two calls: those given, else the two marked last, else the selected one with the one most like it."""

    BINDINGS = bindings(DIFF)

    def __init__(self, services: Services, first: int | None = None, second: int | None = None) -> None:
        super().__init__(services)
        marked = services.marks.pair if first is None else None
        self._pair = marked or (first if first is not None else services.selected, second)
        self._both: Beside | None = None
        self._section = 0
        self._volatile = False
        self._around = _CONTEXT

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Label(glyphs, [Span("heading", " diff")], id="diff-a")
        yield Label(glyphs, [], id="diff-b")
        yield Label(glyphs, [], id="diff-told")
        yield Label(glyphs, [], id="diff-sections")
        yield RowsView(glyphs)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        first, second = self._pair
        if first is None:
            self.view.show(said("no call is selected"))
            return
        self.view.show(said("comparing..."))
        self._compare(first, second, self._take)

    def _compare(self, first: int, second: int | None, take: Callable[[Beside], None]) -> None:
        self.services.jobs.start(self, "diff", lambda job: compared(job, first, second), take, failed=self._failed)

    @property
    def view(self) -> RowsView:
        """The text."""
        return self.query_one(RowsView)

    def _failed(self, words: str) -> None:
        self.view.show(said(words, kind="error"))

    def _take(self, both: Beside) -> None:
        self._both = both
        self._section = _CANONICAL if both.signature_failed else 0
        self._show()

    # Showing

    def _show(self, keep_place: bool = False) -> None:
        both = self._both
        if both is None:
            return
        a, b, told = headline(both)
        self.query_one("#diff-a", Label).show([Span("error", f" {a}")])
        self.query_one("#diff-b", Label).show([Span("good", f" {b}")])
        volatile = Span("note", "   with what always differs;" if self._volatile else "")
        self.query_one("#diff-told", Label).show([volatile, Span("heading", f"   {told}")])
        self.query_one("#diff-sections", Label).show([*self._tabs()])
        if self._section == _BYTES and not both.bodies:
            self.view.show(said("comparing byte for byte..."))
            self.services.jobs.start(self, "bytes", lambda job: bodies(job, both), self._take_bytes, told=self._reading)
            return
        self.view.show(self._report(both), keep_place)

    def _report(self, both: Beside) -> Report:
        shown = SECTIONS[_NAMES[self._section]]
        volatile, around = self._volatile, self._around

        def made(width: int) -> list[list[Span]]:
            return [spans_of(line) for line in shown(both, Look(PAINT, width, volatile, around))]

        return Report(made, _is_difference)

    def _tabs(self) -> list[Span]:
        return [
            Span("name", f"[{number} {name}]") if number - 1 == self._section else Span("quiet", f" {number} {name} ")
            for number, name in enumerate(_NAMES, 1)
        ]

    def _reading(self, progress: tuple[str, int, int]) -> None:
        name, offset, size = progress
        if self._section == _BYTES:
            self.view.show(said(f"comparing byte for byte: {name}, {offset * 100 // max(1, size)} %"))

    def _take_bytes(self, found: list[Bytes]) -> None:
        if self._both is not None:
            self._both = replace(self._both, bodies=found)
            self._show()

    # Moving

    def action_turn(self, steps: int) -> None:
        self.action_section((self._section + steps) % len(_NAMES))

    def action_section(self, number: int) -> None:
        self._section = number
        self._show()

    def action_volatile(self) -> None:
        self._volatile = not self._volatile
        self._show(keep_place=True)

    def action_context(self, lines: int) -> None:
        self._around = max(0, self._around + lines)
        self._show(keep_place=True)

    def action_swap(self) -> None:
        if self._both is not None:
            a, b = self._both.a.row.id, self._both.b.row.id
            section = self._section

            def take(both: Beside) -> None:
                self._both, self._section = both, section
                self._show()

            self._compare(b, a, take)

    def action_difference(self, steps: int) -> None:
        """Go to the next line that differs, or the one before."""
        page = self.view.page
        if not self.view.go_to_place(steps):
            there = isinstance(page, Report) and page.places
            self.services.say("no further difference" if there else "nothing differs here")


def _is_difference(line: list[Span]) -> bool:
    """Whether a line shows one side of a difference."""
    return any(span.text.lstrip()[:1] in ("-", "+") and span.kind in ("error", "good") for span in line[:2])
