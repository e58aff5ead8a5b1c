"""The sheet on which a call is looked at, and changed, before it is sent again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Footer

from inspector.errors import UsageError
from inspector.replay.compare import Fate, Replayed
from inspector.replay.editing import head_text, parsed
from inspector.replay.place import read_endpoint
from inspector.tui.actions import bindings
from inspector.tui.actions.sending import SENDING
from inspector.tui.diff.screen import DiffScreen
from inspector.tui.give.outside import editor, hand_over
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import Report, said
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.choice import Ask
from inspector.tui.screens.sheet import Sheet
from inspector.tui.sending.plan import Plan, Preview, preview, send
from inspector.tui.sending.words import sheet_lines, title
from inspector.tui.services import Services
from inspector.tui.signature.secrets import SecretBox
from inspector.view.render import safe
from inspector.wire.exchange import Request

_YES = "yes"
"""What the user writes before a call is sent that writes."""


def edit_first(services: Services) -> None:
    """Open the sheet, and the editor on top of it."""
    services.push(ReplayScreen(services, edit=True))


class ReplayScreen(Sheet[None]):
    """Shows what would be sent. What is sent is a call of its own, opened beside the recorded one."""

    BINDINGS = bindings(SENDING)

    def __init__(self, services: Services, edit: bool = False) -> None:
        super().__init__(services)
        number = services.selected
        self._plan = None if number is None else Plan(number, services.vault.keys)
        self._preview: Preview | None = None
        self._edit_first = edit
        self._busy = False

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        yield Label(glyphs, [Span("heading", " send again")])
        yield RowsView(glyphs)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        if self._plan is None:
            self._view.show(said("no call is selected"))
        else:
            self._look(self._plan)

    @property
    def _view(self) -> RowsView:
        return self.query_one(RowsView)

    # What would be sent

    def _look(self, plan: Plan) -> None:
        self._plan = plan
        self.services.jobs.start(self, "preview", lambda job: preview(job, plan), self._take, failed=self._failed)

    def _take(self, found: Preview) -> None:
        self._preview, plan = found, self._plan
        if plan is None:
            return
        self.query_one(Label).show([Span("heading", title(found))])
        self._view.show(Report(lambda _: sheet_lines(plan, found)))
        if self._edit_first:
            self._edit_first = False
            self.call_after_refresh(self.action_edit)

    def _failed(self, words: str) -> None:
        self._busy = False
        self._view.show(said(words, kind="error"))

    # Changes

    def action_as_is(self) -> None:
        if self._plan is not None:
            self._look(replace(self._plan, as_is=not self._plan.as_is))

    def action_reset(self) -> None:
        if self._plan is not None:
            self._look(Plan(self._plan.number, self.services.vault.keys))

    def action_endpoint(self) -> None:
        def answered(plan: Plan, url: str) -> None:
            endpoint = read_endpoint(url) if url.strip() else None
            self._look(replace(plan, changes=replace(plan.changes, endpoint=endpoint)))

        self._ask(
            "Send it to which endpoint?", "https://s3.us-west-004.backblazeb2.com; nothing: where it went", answered
        )

    def action_bucket(self) -> None:
        def answered(plan: Plan, name: str) -> None:
            self._look(replace(plan, changes=replace(plan.changes, bucket=name.strip() or None)))

        self._ask("Ask for which bucket?", "nothing: the recorded one", answered)

    def _ask(self, question: str, hint: str, answered: Callable[[Plan, str], None]) -> None:
        def take(text: str | None) -> None:
            if text is None or self._plan is None:
                return
            try:
                answered(self._plan, text)
            except UsageError as error:
                self.services.say(f"{safe(error.message)} {safe(error.hint)}", "error")

        self.services.push(Ask(self.services, question, hint=hint), take)

    def action_secret(self) -> None:
        """A secret for the key id that the call names, or for one that the user names."""
        known = self._preview.stored.facts.key_id if self._preview is not None else None

        def named(key_id: str | None) -> None:
            if key_id and key_id.strip():
                name = key_id.strip()
                self.services.push(SecretBox(self.services, name), lambda secret: self._hold(name, secret))

        self.services.push(Ask(self.services, "Sign with which key id?", known or ""), named)

    def _hold(self, key_id: str, secret: bytes | None) -> None:
        if secret is not None and self._plan is not None:
            self.services.vault.add(key_id, secret)
            self.services.secrets_changed()
            self._look(replace(self._plan, keys=self.services.vault.keys))

    def action_edit(self) -> None:
        """The head, before it is signed, in the user's editor."""
        words, head = editor(os.environ), self._preview.head if self._preview is not None else None
        if words is None:
            self.services.say("there is no editor: name one in $EDITOR", "error")
        elif head is None or self._plan is None:
            self.services.say("there is no head to edit", "warning")
        else:
            text = self._edited(words, head_text(head))
            if text is not None:
                self._take_edited(self._plan, head, text)

    def _edited(self, words: list[str], text: bytes) -> bytes | None:
        with tempfile.TemporaryDirectory(prefix="b2-inspector-") as room:  # 0700, and gone when the editor is
            path = Path(room) / "head.http"
            path.write_bytes(text)
            return path.read_bytes() if hand_over(self.services, [*words, str(path)]) else None

    def _take_edited(self, plan: Plan, head: Request, text: bytes) -> None:
        try:
            edited = parsed(head, text)
        except UsageError as error:
            self.services.say(f"{safe(error.message)}; {safe(error.hint)}", "error")
            return
        if edited == head:
            self.services.say("nothing was changed")
        else:
            self._look(replace(plan, edited=edited))

    # Sending

    def action_send(self) -> None:
        found = self._preview
        if self._busy or found is None:
            return
        if found.refused[0]:
            self.services.say("it cannot be sent as it is", "warning")
        elif found.writes:
            question = "This call may change or delete what is stored. Write yes to send it."
            self.services.push(Ask(self.services, question), self._confirmed)
        else:
            self._send()

    def _confirmed(self, text: str | None) -> None:
        if text is not None and text.strip().lower() == _YES:
            self._send()
        elif text is not None:
            self.services.say("not sent")

    def _send(self) -> None:
        plan, network = self._plan, self.services.network
        if plan is None:
            return
        self._busy = True
        self._view.show(said("sending... esc stops it"))
        self.services.jobs.start(self, "send", lambda job: send(job, plan, network), self._sent, failed=self._failed)

    def _sent(self, one: Replayed) -> None:
        self._busy = False
        if one.new is None:
            self._view.show(said(f"not sent: {safe(one.reason)} {safe(one.hint)}", kind="error"))
            return
        self.services.say(_told(one))
        self.dismiss(None)
        self.services.push(DiffScreen(self.services, one.old.row.id, one.new.id))


def _told(one: Replayed) -> str:
    """What came of it, in a line."""
    words = {
        Fate.SAME: "the answer is as it was",
        Fate.DIFFERS: "the answer differs",
        Fate.FAILED: "no whole answer came",
    }
    number = one.new.id if one.new is not None else 0
    return f"sent as #{number}: {words.get(one.fate, one.fate.value)}"
