"""What views, screens and actions are given: all they need of the application, and no more.

Everything here is for the thread of the screen. What takes longer than a few milliseconds goes through `jobs`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from textual.screen import Screen

from inspector.sigv4.key import Key
from inspector.store.filters import EVERYTHING, Node, parse
from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.tui.calls.call_list import CallList
from inspector.tui.glyphs import Glyphs
from inspector.tui.jobs import Jobs
from inspector.tui.live import Live
from inspector.tui.marks import Marks
from inspector.tui.scribe import Scribe
from inspector.tui.settings.settings import Settings
from inspector.tui.state import State
from inspector.tui.vault import Vault
from inspector.tui.why.diagnoses import Diagnoses

if TYPE_CHECKING:
    from inspector.replay.network import Network
    from inspector.tui.app import InspectorApp
    from inspector.view.judge import RecordedJudge

T = TypeVar("T")


def _usual_ways() -> Network:
    from inspector.replay.network import Network  # who sends nothing need not wait for it

    return Network()


Severity = Literal["information", "warning", "error"]


class Services:
    """The recording, what is looked at, the secrets, threads, and the ways to another view or screen."""

    def __init__(self, app: InspectorApp, recording: Recording, glyphs: Glyphs, keys: Sequence[Key]) -> None:
        self._app = app
        self.recording = recording
        """For short reads; it must not be used in another thread."""
        self.glyphs = glyphs
        self.state = State()
        self.calls = CallList(recording)
        self.live: Live
        self.marks = Marks()
        self.settings = Settings()
        self.scribe = Scribe(app, recording.path, app.written)
        self.vault = Vault(keys)
        self.jobs = Jobs(app, recording.path, lambda text: self.say(text, "error"), lambda: self.judge)
        self.diagnoses = Diagnoses(self.jobs, self.vault)
        self.reach: Callable[[], Network] = _usual_ways
        recording.judged_by(lambda: self.judge)
        self._judging = threading.Lock()
        self.judge_if_any: RecordedJudge | None = None
        """The judge, if anybody has asked for it yet."""

    @property
    def judge(self) -> RecordedJudge:
        """What calls came to, with the secrets at hand; from and for any thread."""
        with self._judging:
            if self.judge_if_any is None:
                from inspector.view.judge import RecordedJudge  # rules and signatures: the list must not wait for them

                self.judge_if_any = RecordedJudge(self.path, self.vault.for_call)
            return self.judge_if_any

    @cached_property
    def network(self) -> Network:
        """By which way calls are sent again."""
        return self.reach()

    @property
    def path(self) -> Path:
        """The recording's file."""
        return self.recording.path

    @property
    def app(self) -> InspectorApp:
        """For what only the application can do: suspend, the clipboard, themes."""
        return self._app

    # What is looked at

    @property
    def selected(self) -> int | None:
        """The id of the selected call."""
        return self.calls.selected

    @property
    def selected_row(self) -> Row | None:
        """The selected call as the list shows it."""
        return self.calls.row(self.calls.cursor) if len(self.calls) else None

    def readable(self, text: str) -> Node:
        """A filter as a tree.

        Raises:
            FilterError: it cannot be read, or names what is not built.
        """
        node = parse(text)
        self.recording.compiled(node)
        return node

    def search(self, text: str) -> None:
        """Show the calls that match, in every view.

        Raises:
            FilterError: the filter cannot be read.
        """
        self.live.search(text, self.readable(text))
        self._app.filter_changed()

    def open_call(self, number: int) -> None:
        """Go to a call in the list of calls; the filter is dropped where it would hide it."""
        self.state.follow = False
        self.calls.selected = number
        if number not in self.calls.ids and self.state.where != EVERYTHING:
            self.live.search("", EVERYTHING)
        self.open_view("calls")
        self._app.filter_changed()

    # To the user

    def say(self, text: str, severity: Severity = "information") -> None:
        """A word that goes by itself. It must be safe to draw: `inspector.view.render.safe`."""
        self._app.notify(self.glyphs.text(text), severity=severity, markup=False)

    def open_view(self, name: str) -> None:
        """Bring a view to the front, by its name in the register."""
        self._app.call_later(self._app.action_view, name)

    def open_screen(self, name: str) -> None:
        """Put a screen on top, by its name in the register."""
        self._app.action_sheet(name)

    def push(self, screen: Screen[T], answered: Callable[[T | None], Any] | None = None) -> None:
        """Put a screen on top; `answered` gets what it is dismissed with."""
        self._app.push_screen(screen, answered)

    def refresh(self) -> None:
        """Something that the list shows (marks, columns, notes) has changed: draw it anew."""
        self.calls.forget()
        self._app.recording_changed()

    def forget_secrets(self) -> None:
        """Drop every secret, and all that was computed with one."""
        count = self.vault.forget()
        self.secrets_changed()
        self.say(f"{count} secret{'' if count == 1 else 's'} forgotten" if count else "no secret was held")

    def secrets_changed(self) -> None:
        """What was computed with the secrets holds no longer."""
        self._app.secrets_changed()
