"""Looking again at a recording that grows: never twice at once, and not all the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from inspector.tui.jobs import Job
from inspector.tui.services import Services
from inspector.tui.views.view import View

T = TypeVar("T")

_REST = 1.0
"""Seconds between the end of a look and the next one, at least."""

_SHARE = 4
"""Times as long as it took is rested: a fifth of one core at most goes into looking again."""


class Refresher(Generic[T]):
    """Runs `work` in a thread when it is asked to, and gives `done` what was found; asked meanwhile, it runs again."""

    def __init__(self, view: View, name: str, done: Callable[[T], object]) -> None:
        self._view = view
        self._name = name
        self._done = done
        self._work: Callable[[Job], T] | None = None
        self._number = 0
        self._busy = False
        self._began = 0.0

    @property
    def _services(self) -> Services:
        return self._view.services

    def ask(
        self, work: Callable[[Job], T], *, at_once: bool = False, told: Callable[[Any], object] | None = None
    ) -> None:
        """Look soon. `at_once`: what is under way answers another question; drop it."""
        self._work = work
        if self._busy and not at_once:
            return
        self._busy, self._work = True, None
        self._number += 1
        self._began = time.monotonic()
        number = self._number
        self._services.jobs.start(
            self._view,
            self._name,
            work,
            lambda found: self._take(number, found),
            told=told,
            failed=lambda words: self._fail(number, words),
        )

    def stop(self) -> None:
        """Nobody looks any more; the job itself is cancelled with its view's others."""
        self._busy, self._work = False, None
        self._number += 1

    def _take(self, number: int, found: T) -> None:
        if number == self._number:
            self._done(found)
            self._rest(number)

    def _fail(self, number: int, words: str) -> None:
        if number == self._number:
            self._services.say(words, "error")
            self._rest(number)

    def _rest(self, number: int) -> None:
        took = time.monotonic() - self._began
        self._view.set_timer(max(_REST, took * _SHARE), lambda: self._rested(number))

    def _rested(self, number: int) -> None:
        if number != self._number:
            return
        self._busy = False
        if self._work is not None and self._view.display:
            self.ask(self._work)
