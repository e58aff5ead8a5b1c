"""Marks and notes on their way into the recording: in their order, by one thread at a time.

The terminal UI reads through connections that cannot write. What the user says of a call goes through here, and shows
at once; where the recording cannot be written, that is said, and it holds for this run alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from textual.app import App

from inspector.store.annotate import Word, annotate
from inspector.tui.jobs import in_words


class Scribe:
    """Writes what it is given, soon. `done` is called in the thread of the screen with what went wrong, or None."""

    def __init__(self, app: App[None], path: Path, done: Callable[[str | None], object]) -> None:
        self._app = app
        self._path = path
        self._done = done
        self._lock = threading.Lock()
        self._words: deque[Word] = deque()
        self._writing = False

    def write(self, word: Word) -> None:
        """Write this after all that was given before; the program does not end before it is written."""
        with self._lock:
            self._words.append(word)
            if self._writing:
                return
            self._writing = True
        self._app.run_worker(self._run, name="scribe", group="scribe", thread=True, exit_on_error=False)

    def _run(self) -> None:
        while words := self._taken():
            trouble = None
            try:
                annotate(self._path, words)
            except Exception as error:  # said to the user; what is read goes on
                trouble = in_words(error)
            if self._app.is_running:
                self._app.call_later(self._done, trouble)

    def _taken(self) -> list[Word]:
        with self._lock:
            words = list(self._words)
            self._words.clear()
            self._writing = bool(words)
            return words
