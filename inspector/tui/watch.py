"""Watching a recording from a thread: what matches the filter, and what is new.

The watcher has a connection of its own and tells what it finds as plain values; it knows nothing of the screen.
A look that finds nothing new costs one PRAGMA (`data_version` changes with every commit of another connection).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from inspector.errors import RecordingError
from inspector.store.filters import EVERYTHING, Node, Not, Op, Or, Term
from inspector.store.filters.tree import both
from inspector.store.judge import Judge
from inspector.store.reader import Recording
from inspector.tui.calls.order import ARRIVAL, Order

POLL = 0.2
"""Seconds between two looks."""

_BATCH = 0.1
"""Seconds for which matches are gathered before they are told."""

_OUTSIDE = 1.0
"""Seconds between two looks at what is beside the recording: the file's place, the recorders that run."""

_RECENT = 3.0
"""Seconds after a change for which somebody is thought to write, when no recorder of this user says so."""

_FAILED = both([Term("is", Op.IS, "error"), Not(Term("is", Op.IS, "pending"))])


@dataclass(frozen=True, slots=True)
class Found:
    """Ids that match search number `search`. `first` begins the list anew, `done` ends the search.

    In the order of arrival they are ascending, all older than those told before: the newest are found first. In any
    other `order` they stand in that, all behind those told before.
    """

    search: int
    ids: Sequence[int]
    first: bool
    done: bool
    order: Order = ARRIVAL


@dataclass(frozen=True, slots=True)
class News:
    """Something was written: ids that match now, ids (of calls that have ended) that match no longer."""

    search: int
    added: Sequence[int]
    removed: Sequence[int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the whole recording (`errors` None while they are counted), and whether somebody records into it."""

    calls: int
    errors: int | None
    problems: int
    under_way: int
    live: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong with the file; an empty text when it is well again."""

    text: str


Event = Found | News | Totals | Trouble


class Watcher:
    """Looks at a recording until it is stopped. `tell` is called in the watcher's thread.

    `recorder_runs` says whether a recorder is known to write into this recording. `judge` is for filters about what a
    signature or a failure came to.
    """

    def __init__(
        self,
        path: Path,
        tell: Callable[[Event], object],
        recorder_runs: Callable[[], bool],
        judge: Callable[[], Judge] | None = None,
    ) -> None:
        self._path = path
        self._judge = judge
        self._tell = tell
        self._recorder_runs = recorder_runs
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._recording: Recording | None = None
        self._stopped = False
        self._wanted: tuple[int, Node, Order] = (0, EVERYTHING, ARRIVAL)
        self._searched: int | None = None
        self._version: int | None = None
        self._changed_at = float("-inf")
        self._looked_outside = float("-inf")
        self._running = False
        self._identity: tuple[int, int] | None = None
        self._unsorted = False  # something has changed since a sorted list was told
        self._sort_at = float("-inf")  # when it may be sorted again
        self._seen = 0  # every call up to this id has been looked at
        self._waiting: frozenset[int] = frozenset()  # of these the end is still to come
        self._calls, self._uncounted = 0, True
        self._errors: int | None = None
        self._problems, self._last_problem = 0, 0
        self._told: Totals | None = None
        self._trouble = ""

    # Called from other threads

    def look_for(self, where: Node, order: Order = ARRIVAL) -> int:
        """Search for this from now on, instead of what was searched for; gives the search's number."""
        with self._lock:
            self._wanted = (self._wanted[0] + 1, where, order)
            if self._recording is not None:
                self._recording.interrupt()
        self._wake.set()
        return self._wanted[0]

    def stop(self) -> None:
        """End `run` soon."""
        self._stopped = True
        with self._lock:
            if self._recording is not None:
                self._recording.interrupt()
        self._wake.set()

    def run(self) -> None:
        """Watch until `stop`."""
        try:
            with Recording(self._path, judge=self._judge) as recording:
                self._open(recording)
                while not self._stopped:
                    self._guarded(recording)
                    self._wake.wait(POLL)
                    self._wake.clear()
                self._open(None)
        except RecordingError as error:
            self._say(error.message)
        finally:
            self._open(None)

    def _open(self, recording: Recording | None) -> None:
        with self._lock:
            self._recording = recording

    # In the watcher's thread

    def _guarded(self, recording: Recording) -> None:
        try:
            self._look(recording)
        except sqlite3.Error as error:
            if not _interrupted(error):  # who asked for something else, or leaves, interrupts
                self._say(f"the recording cannot be read: {error}")

    def _look(self, recording: Recording) -> None:
        if self._outdated():
            self._search(recording)
        version = recording.data_version()
        if version != self._version:
            with recording.snapshot():
                self._news(recording)
            self._version = version
        if self._unsorted and time.monotonic() > self._sort_at:
            self._sort_again(recording)
        self._look_outside()
        self._tell_totals()
        if self._errors is None:
            with recording.snapshot():
                self._news(recording)
                self._errors = recording.count(_FAILED)
            self._tell_totals()

    def _outdated(self) -> bool:
        return self._searched != self._wanted[0]

    def _search(self, recording: Recording) -> None:
        search, where, order = self._wanted
        began = time.monotonic()
        with recording.snapshot():
            version = recording.data_version()
            if version != self._version or self._uncounted:  # else it is known, and counting a million takes a while
                self._waiting = frozenset(row.id for row in recording.under_way())
                self._seen = recording.last_id()
                self._calls, self._uncounted = recording.count(), False
        first = True
        for ids in self._batches(recording, where, order):
            if self._wanted[0] != search or self._stopped:
                return
            self._tell(Found(search, ids, first, False, order))
            first = False
        self._tell(Found(search, (), first, True, order))
        self._searched, self._version = search, version
        self._sorted(began)

    def _sort_again(self, recording: Recording) -> None:
        """Tell a sorted list anew, at once and whole: nothing must jump while it grows."""
        search, where, order = self._wanted
        began = time.monotonic()
        with recording.snapshot():
            ids = array("q", chain.from_iterable(recording.ordered_windows(where, order.by, order.descending)))
        if self._wanted[0] == search:
            self._tell(Found(search, ids, True, True, order))
        self._sorted(began)

    def _sorted(self, began: float) -> None:
        """Rest for some times as long as the sorting took: it is not all that this thread has to do."""
        now = time.monotonic()
        self._unsorted, self._sort_at = False, now + max(1.0, 4 * (now - began))

    def _batches(self, recording: Recording, where: Node, order: Order) -> Iterable[Sequence[int]]:
        """The matching ids, gathered so that the screen is not told of each window."""
        if not order.is_arrival:
            yield from _gathered(recording.ordered_windows(where, order.by, order.descending))
            return
        if where == EVERYTHING:
            yield recording.ids()
            return
        gathered: list[int] = []
        told = float("-inf")
        for window in recording.id_windows(where, newest_first=True):
            gathered += window
            if time.monotonic() - told > _BATCH:
                yield gathered[::-1]
                gathered, told = [], time.monotonic()
            elif self._outdated_since(where):
                return
        yield gathered[::-1]

    def _outdated_since(self, where: Node) -> bool:
        return self._stopped or self._wanted[1] is not where

    def _news(self, recording: Recording) -> None:
        """Calls that came, and calls that ended: those may match only now, or no longer."""
        under_way = frozenset(row.id for row in recording.under_way())
        ended = sorted(self._waiting - under_way)
        newest = recording.last_id()
        calls = recording.count()
        fresh = Term("id", Op.BETWEEN, str(self._seen + 1), str(newest))
        came = recording.count(fresh) if newest > self._seen else 0
        if calls != self._calls + came:
            self._searched, self._errors, self._uncounted = None, None, True  # some were pruned: begin anew
            self._wake.set()
            return
        search, where, order = self._wanted
        added = [*self._matching(recording, ended, where)]
        removed = sorted(set(ended) - set(added))
        added += recording.ids(both([fresh, where])) if came else []
        if self._errors is not None:
            self._errors += len(self._matching(recording, ended, _FAILED))
            self._errors += recording.count(both([fresh, _FAILED])) if came else 0
        self._seen, self._waiting, self._calls = max(self._seen, newest), under_way, calls
        if came or ended or under_way:
            self._changed_at = time.monotonic()  # a mark or a note is written, too, but not by a recorder
            self._unsorted = not order.is_arrival
        self._count_problems(recording)
        self._tell(News(search, added, removed))

    @staticmethod
    def _matching(recording: Recording, ids: Sequence[int], where: Node) -> Sequence[int]:
        if not ids:
            return ()
        some = Or(tuple(Term("id", Op.IS, str(number)) for number in ids)) if len(ids) > 1 else _only(ids[0])
        return recording.ids(both([some, where]))

    def _count_problems(self, recording: Recording) -> None:
        for stored in recording.problems(after=self._last_problem):
            self._problems, self._last_problem = self._problems + 1, stored.id

    def _look_outside(self) -> None:
        now = time.monotonic()
        if now - self._looked_outside < _OUTSIDE:
            return
        self._looked_outside = now
        self._running = self._recorder_runs()
        self._say(self._whereabouts())

    def _whereabouts(self) -> str:
        """What has become of the file. An open one is read on by SQLite even when its name is gone."""
        try:
            found = os.stat(self._path)
        except OSError:
            return f"{self._path} is gone: what it held when it went is still shown"
        identity = (found.st_dev, found.st_ino)
        self._identity = self._identity or identity
        if identity != self._identity:
            return f"another file took the place of {self._path}: quit and start again to read it"
        return ""

    def _say(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            self._tell(Trouble(text))

    def _tell_totals(self) -> None:
        live = self._running or time.monotonic() - self._changed_at < _RECENT
        totals = Totals(self._calls, self._errors, self._problems, len(self._waiting), live)
        if totals != self._told:
            self._told = totals
            self._tell(totals)


def _interrupted(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT"


def _only(number: int) -> Node:
    return Term("id", Op.IS, str(number))


def _gathered(windows: Iterable[Sequence[int]]) -> Iterable[Sequence[int]]:
    """The first window at once, the others together: the screen is not told of each."""
    ids = array("q")
    told = float("-inf")
    for window in windows:
        ids.extend(window)
        if time.monotonic() - told > _BATCH:
            yield ids
            ids, told = array("q"), time.monotonic()
    yield ids
