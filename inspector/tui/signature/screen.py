"""The signature view of the selected call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Footer

from inspector.tui.actions import bindings
from inspector.tui.actions.signature import SIGNATURE
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.sheet import Sheet
from inspector.tui.services import Services
from inspector.tui.signature.secrets import SecretBox
from inspector.view.render import safe

if TYPE_CHECKING:
    from inspector.diagnose.examine import Diagnosis
    from inspector.sigv4.solve import Progress

_DEEP = 3
_BAR = 24


class SignatureScreen(Sheet[None]):
    """Verifies, searches, and says what was found. It follows the selection."""

    BINDINGS = bindings(SIGNATURE)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._diagnosis: Diagnosis | None = None

    def compose(self) -> ComposeResult:
        yield Label(self.services.glyphs, [Span("heading", " signature")])
        yield RowsView(self.services.glyphs)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self._begin()

    @property
    def view(self) -> RowsView:
        """The text."""
        return self.query_one(RowsView)

    def _begin(self, depth: int | None = None) -> None:
        number = self.services.selected
        if number is None:
            self.view.show(said("no call is selected"))
            return
        known = None if depth else self.services.diagnoses.known(number)
        if known is not None:
            self._take(known)
            return
        self._title(f"#{number}  looking...")
        ask = self.services.diagnoses.ask
        ask(self, number, self._take, self._progress, self._failed, depth, None if depth else self._show_first)

    def _title(self, text: str) -> None:
        self.query_one(Label).show([Span("heading", " signature  "), Span("open", text)])

    def _progress(self, progress: Progress) -> None:
        from inspector.tui.why.words import progress_words

        done = _BAR * progress.tried // max(1, progress.to_try)
        self._title(f"{'█' * done}{'░' * (_BAR - done)}  {progress_words(progress)}")

    def _show_first(self, diagnosis: Diagnosis) -> None:
        """What arrived, while it is searched for what was signed."""
        from inspector.tui.signature.lines import table_lines

        hidden = self.services.diagnoses.hidden
        self.view.show(Report(lambda width: map(hidden, table_lines(diagnosis, width))))

    def _failed(self, text: str) -> None:
        self.view.show(said(f"this call cannot be examined: {text}", kind="error"))

    def _take(self, diagnosis: Diagnosis | None) -> None:
        self._diagnosis = diagnosis
        if diagnosis is None:
            self.view.show(said("this call is no longer in the recording"))
            return
        self.query_one(Label).show([Span("heading", " signature"), *self._secrets()])
        self.view.show(self._report(diagnosis))
        self._ask_once(diagnosis)

    def _report(self, diagnosis: Diagnosis) -> Report:
        from inspector.tui.signature.lines import is_difference, signature_lines

        hidden = self.services.diagnoses.hidden
        return Report(lambda width: map(hidden, signature_lines(diagnosis, width)), is_difference)

    def _secrets(self) -> list[Span]:
        names = dict.fromkeys(safe(key.key_id) for key in self.services.vault.keys)
        words = f"secrets held of: {', '.join(names)}" if names else "no secret is held"
        return self.services.diagnoses.hidden([Span("quiet", f"  {words}")])

    # Secrets

    def _missing(self) -> str | None:
        """The key id whose secret would verify the call, where none is held."""
        from inspector.tui.why.words import secret_missing

        return secret_missing(self._diagnosis) if self._diagnosis is not None else None

    def _ask_once(self, diagnosis: Diagnosis) -> None:
        key_id = self._missing()
        if key_id is not None and self.services.vault.may_ask(key_id):
            self._ask(key_id)

    def _ask(self, key_id: str) -> None:
        def answered(secret: bytes | None) -> None:
            if secret is not None:
                self.services.vault.add(key_id, secret)
                self.services.secrets_changed()
                self._begin()

        self.services.vault.asked(key_id)
        self.services.push(SecretBox(self.services, key_id), answered)

    def action_secret(self) -> None:
        key_id = self._diagnosis.call.authorization.key_id if self._diagnosis is not None else None
        if key_id:
            self._ask(key_id)
        else:
            self.services.say("this request names no key id")

    def action_forget(self) -> None:
        self.services.forget_secrets()
        self._begin()

    # Moving

    def action_deeper(self) -> None:
        self._begin(_DEEP)

    def action_difference(self, step: int) -> None:
        """Go to the next line that differs, or the one before."""
        page = self.view.page
        if not self.view.go_to_place(step):
            there = isinstance(page, Report) and page.places
            self.services.say("no further difference" if there else self._why_none())

    def _why_none(self) -> str:
        verified = self._diagnosis is not None and self._diagnosis.verification.verdict == "verified"
        return "nothing differs" if verified else "what was signed is not known"

    def action_step(self, steps: int) -> None:
        calls = self.services.calls
        if calls.select(calls.cursor + steps):
            self.services.state.follow = False
            self._begin()

    def on_unmount(self) -> None:
        super().on_unmount()
        self.services.refresh()
