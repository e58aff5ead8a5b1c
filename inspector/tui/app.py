"""The terminal UI's application: it wires the watcher, the views and the screens together."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import rich
import textual
from rich.segment import Segments
from rich.traceback import Traceback
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.command import Provider
from textual.containers import Container
from textual.widgets import Footer, Input

from inspector.sigv4.key import Key
from inspector.store.filters import Op, Term
from inspector.store.reader import Recording
from inspector.tui.actions import ANYWHERE, action_named, bindings
from inspector.tui.bars import HeadBar, Heading, ViewBar
from inspector.tui.detail.pane import DetailView
from inspector.tui.glyphs import UNICODE, Glyphs
from inspector.tui.jobs import Job
from inspector.tui.live import Live
from inspector.tui.marks import shows_words
from inspector.tui.messages import Watched
from inspector.tui.register import found, screen_named, view_named
from inspector.tui.scrollbar import use_plain_scroll_bars
from inspector.tui.services import Services
from inspector.tui.settings.settings import Settings
from inspector.tui.typed import Typed
from inspector.tui.views.calls import CallsView
from inspector.tui.views.view import View
from inspector.tui.watch import Event, Watcher
from inspector.tui.writing.bar import WritingBar
from inspector.tui.writing.command_bar import CommandBar
from inspector.tui.writing.filter_bar import FilterBar

if TYPE_CHECKING:
    from inspector.replay.network import Network

_SWITCH = 0.0005
"""Seconds after which a busy thread gives way; with Python's 0.005 each step of the screen waits so long for a scan."""


def _actions() -> type[Provider]:
    """What the palette finds, imported when it is first opened."""
    from inspector.tui.palette import Actions

    return Actions


_HUNG_UP = 129
"""The exit code: 128 and the number of SIGHUP."""

_LAST_WORDS = 2.0
"""Seconds that are left for what is being written when the terminal is gone."""


_SETTLED = (1.5, 6.0)
"""Seconds after which what was made until then is thought to stay: a collector that looks through all of it again and
again is what the slowest keys waited for, a hundred milliseconds each."""


class InspectorApp(App[None]):
    """The calls of a recording, and all that can be known of them.

    `filter_text` is the filter to begin with; `recorder_runs` says whether a recorder writes into this recording;
    `keys` are the secrets at hand.

    Raises:
        FilterError: the filter cannot be read.
    """

    TITLE = "b2-inspector"
    CSS_PATH = "app.tcss"
    AUTO_FOCUS = None  # the front view takes the keys
    BINDINGS = bindings(ANYWHERE)
    COMMANDS = App.COMMANDS | {_actions}

    def __init__(
        self,
        recording: Recording,
        filter_text: str = "",
        recorder_runs: Callable[[], bool] = lambda: False,
        glyphs: Glyphs = UNICODE,
        keys: Sequence[Key] = (),
        settings: Settings | None = None,
        reach: Callable[[], Network] | None = None,
    ) -> None:
        super().__init__()
        self.services = services = Services(self, recording, glyphs, keys)
        self.services.settings = settings or Settings()
        self.services.reach = reach or self.services.reach
        self.state, self.calls = services.state, services.calls
        self._watcher = Watcher(recording.path, self._tell, recorder_runs, lambda: services.judge)
        services.live = Live(self.state, self.calls, self._watcher.look_for)
        self._first = (filter_text, services.readable(filter_text))
        self._views: dict[str, View] = {}
        self._typed = Typed(self, super().on_event)

    def _tell(self, event: Event) -> None:
        self.post_message(Watched(event))

    # Set up and taken down

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        self._views["calls"] = view = CallsView(self.services)
        yield HeadBar(glyphs)
        yield ViewBar(glyphs)
        yield FilterBar(self.services)
        yield CommandBar(self.services)
        yield Container(view, id="views")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        if self.services.glyphs.ascii:
            use_plain_scroll_bars()
        sys.setswitchinterval(_SWITCH)
        if not self.is_headless:
            for seconds in _SETTLED:
                self.set_timer(seconds, gc.freeze)
        self.services.live.search(*self._first)
        self._wear_settings()
        self.run_worker(self._watcher.run, thread=True, group="watch")
        self.run_worker(self._typed.run(), group="typed")
        self._end_with_terminal()

    def _wear_settings(self) -> None:
        """The theme, the keys, the marks that the recording holds."""
        settings = self.services.settings
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        self.theme_changed_signal.subscribe(self, lambda theme: settings.keep_theme(theme.name))
        self.set_keymap(settings.config.keys)
        self.services.jobs.start(self, "marks", _marked, self._take_marks)

    def _take_marks(self, ids: Sequence[int]) -> None:
        self.services.marks.known(ids)
        self.show_heading()

    def on_unmount(self) -> None:
        self._watcher.stop()
        if self.services.judge_if_any is not None:
            self.services.judge.close()
        self.services.jobs.cancel_all()

    def _fatal_error(self) -> None:
        """As Textual tells a crash, but without the values of variables: a secret may be among them."""
        told = Traceback(width=None, suppress=[rich, textual])
        self._exit_renderables.append(Segments(self.console.render(told, self.console.options)))
        self._close_messages_no_wait()

    def _end_with_terminal(self) -> None:
        """A terminal that is closed, or a kind kill, must not leave the screen as it is."""
        if sys.platform != "win32":
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.exit)
            loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def _hang_up(self) -> None:
        """The terminal is gone. Textual (8.2) then waits for ever to write to it, or reads from it at full speed."""
        self.exit()
        ending = threading.Timer(_LAST_WORDS, os._exit, (_HUNG_UP,))
        ending.daemon = True
        ending.start()

    # What is typed

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.take(event)
        else:
            await super().on_event(event)

    # What is looked at

    def on_watched(self, message: Watched) -> None:
        self.services.live.take(message.event)
        self.recording_changed()

    def recording_changed(self) -> None:
        """Let the view in front say how things are now."""
        self.services.live.select()
        self.front.changed()
        self.show_heading()

    def filter_changed(self) -> None:
        """Another filter holds; what it finds comes from the watcher."""
        self.recording_changed()

    def written(self, trouble: str | None) -> None:
        """A mark or a note was written, or could not be."""
        if trouble is not None:
            self.services.say(f"marks hold until you leave, notes are lost: {trouble}", "error")
        if shows_words(self.state.where):
            self.services.live.search(self.state.filter, self.state.where)
        self.services.refresh()

    def secrets_changed(self) -> None:
        """Let every view compute anew what it computed with the secrets."""
        self.services.diagnoses.forget()
        if self.services.judge_if_any is not None:
            self.services.judge.forget()
        if self.services.recording.compiled(self.state.where).judged:
            self.services.live.search(self.state.filter, self.state.where)
        for view in self._views.values():
            view.secrets_changed()

    def show_heading(self) -> None:
        """Draw the lines above the view."""
        state, calls = self.state, self.calls
        self.screen_stack[0].query_one(HeadBar).show(
            Heading(
                recording=str(self.services.path),
                totals=state.totals,
                filter=state.filter,
                shown=len(calls),
                searching=state.searching,
                follow=state.follow,
                trouble=state.trouble or calls.trouble or "",
                marked=len(self.services.marks),
                order=state.order.words(),
            )
        )
        self.show_crumbs()

    def show_crumbs(self) -> None:
        """Draw the line of views."""
        bar = self.screen_stack[0].query_one(ViewBar)
        bar.show(self.state.view, self.front.crumbs(), digits=not isinstance(self.focused, DetailView))

    @property
    def is_writing(self) -> bool:
        """Whether the keys are letters of a text now."""
        return isinstance(self.focused, Input)

    def get_key_display(self, binding: Binding) -> str:
        """While one writes, what goes by a letter else is called by the key that is left."""
        if self.is_writing and len(binding.key_display or "") == 1:
            binding = replace(binding, key_display=None)
        return super().get_key_display(binding)

    # Views and screens

    @property
    def front(self) -> View:
        """The view in front."""
        return self._views[self.state.view]

    async def action_view(self, name: str) -> None:
        """Bring a view to the front; it is made when it is first asked for."""
        entry = view_named(name)
        if entry is None:
            return
        if name not in self._views:
            self._views[name] = entry.make(self.services)
            await self.screen_stack[0].query_one("#views").mount(self._views[name])
        before, self.state.view = self.front, name
        if before is not self.front:
            before.display = False
            before.hidden()
        self.front.display = True
        self.front.shown()
        self.show_heading()

    async def on_view_bar_chosen(self, message: ViewBar.Chosen) -> None:
        await self.action_view(message.name)

    def action_sheet(self, name: str) -> None:
        """Put a screen on top."""
        entry = screen_named(name)
        if entry is not None:
            self.push_screen(entry.make(self.services))

    def action_keys(self) -> None:
        self.action_sheet("help")

    def action_perform(self, id_: str) -> None:
        """Do what a function of a feature does."""
        found(action_named(id_).call)(self.services)

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_command(self) -> None:
        self.query_one(CommandBar).open()

    def on_writing_bar_left(self, message: WritingBar.Left) -> None:
        self.front.take_keys()


def _marked(job: Job) -> Sequence[int]:
    """The calls that are marked in the recording."""
    return job.recording.ids(Term("is", Op.IS, "marked"))
