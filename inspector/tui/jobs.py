"""Slow work in threads: what takes longer than a key may wait.

A job has a connection of its own to the recording, is told when nobody wants its result any more, and gives what it
found back in the thread of the screen.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from textual.app import App
from textual.message_pump import MessagePump

from inspector.errors import InspectorError
from inspector.store.judge import Judge
from inspector.store.reader import Recording
from inspector.view.render import safe

T = TypeVar("T")


class Cancelled(Exception):
    """Nobody wants the result any more."""


class Job:
    """One piece of work. `check` and `tell` are for its thread, `cancel` for every other."""

    def __init__(self, path: Path, tell: Callable[[Any], object], judge: Callable[[], Judge] | None = None) -> None:
        self._path = path
        self._tell = tell
        self._judge = judge
        self._lock = threading.Lock()
        self._recording: Recording | None = None
        self.cancelled = False
        self.ended = False

    @property
    def recording(self) -> Recording:
        """The recording, through a connection of this thread's own."""
        if self._recording is None:
            opened = Recording(self._path, judge=self._judge)
            with self._lock:
                self._recording = opened
        self.check()
        return self._recording

    def check(self) -> None:
        """Raises Cancelled when nobody wants the result any more; to be called every few milliseconds."""
        if self.cancelled:
            raise Cancelled

    def tell(self, progress: Any) -> None:
        """Say how far it is, if whoever started it asked for that. Raises Cancelled as `check` does."""
        self.check()
        self._tell(progress)

    def cancel(self) -> None:
        """Stop soon; a query that runs is interrupted."""
        self.cancelled = True
        with self._lock:
            if self._recording is not None:
                self._recording.interrupt()

    def close(self) -> None:
        """The work is over."""
        with self._lock:
            self.ended = True
            if self._recording is not None:
                self._recording.close()
                self._recording = None


class Jobs:
    """The jobs that run. To be used from the thread of the screen. `judge` is for filters."""

    def __init__(self, app: App[Any], path: Path, say: Callable[[str], object], judge: Callable[[], Judge]) -> None:
        self._judge = judge
        self._app = app
        self._path = path
        self._say = say
        self._running: dict[tuple[int, str], Job] = {}

    def start(
        self,
        owner: MessagePump,
        name: str,
        work: Callable[[Job], T],
        done: Callable[[T], object],
        *,
        told: Callable[[Any], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> Job:
        """Run `work` in a thread, and `done` with its result in the thread of the screen.

        An earlier job of the same owner and name is cancelled. `told` is called with what the job tells on the way,
        `failed` with what went wrong, in words (else it is shown). None of the three is called once the job is
        cancelled, or its owner is gone.
        """
        self.cancel(owner, name)

        def post(callback: Callable[[Any], object], value: Any) -> None:
            def deliver() -> None:
                if not job.cancelled:
                    callback(value)

            with suppress(RuntimeError):  # the screen is gone, and its loop with it
                owner.call_later(deliver)

        def tell(value: Any) -> None:
            if told is not None:
                post(told, value)

        def run() -> None:
            try:
                post(done, work(job))
            except Cancelled:
                pass
            except Exception as error:  # a damaged piece raises what its decompressor raises; the screen stays
                if not job.cancelled:
                    post(failed or self._say, in_words(error))
            finally:
                job.close()

        job = Job(self._path, tell, self._judge)
        self._running = {key: other for key, other in self._running.items() if not other.ended}
        self._running[id(owner), name] = job
        self._app.run_worker(run, name=name, group=f"jobs-{name}", thread=True, exit_on_error=False)
        return job

    def cancel(self, owner: MessagePump, name: str | None = None) -> None:
        """Cancel a job of this owner (None: all of them), if it runs."""
        for (whose, what), job in list(self._running.items()):
            if whose == id(owner) and name in (None, what):
                job.cancel()
                del self._running[whose, what]

    def is_running(self, owner: MessagePump, name: str) -> bool:
        """Whether this job of this owner is still at work."""
        job = self._running.get((id(owner), name))
        return job is not None and not job.ended

    def cancel_all(self) -> None:
        """The user leaves: a thread that goes on would keep the process."""
        for job in self._running.values():
            job.cancel()
        self._running.clear()


def in_words(error: Exception) -> str:
    """What went wrong, for people; of an error of ours the next step too."""
    if isinstance(error, InspectorError):
        return f"{safe(error.message)} {safe(error.hint)}"
    if isinstance(error, sqlite3.Error):
        return f"the recording cannot be read: {safe(str(error))}"
    return f"{type(error).__name__}: {safe(str(error))}"
