"""Where what was heard of calls is written: in this process, or in one beside it while the next calls are on their way.

Digesting, compressing and inserting a call takes as long as preparing and sending it. Of a thousand calls a second
process does that half on the other core; of a few it would take longer to start than they take.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from inspector import __version__
from inspector.errors import RecordingError
from inspector.recorder.assembler import Assembler
from inspector.recorder.events import Event, FrameKind
from inspector.recorder.spool import Place
from inspector.store.indexing import Indexer
from inspector.store.writer import Entry, Writer
from inspector.wire.redaction import Redactor
from inspector.wire.uid import uuid7

INDEXING_SECONDS = 0.5
"""What is not indexed now is searched directly, and indexed by the next recorder."""

AHEAD = 8
"""Portions that the process beside may be behind before the next call waits for it."""

_HERE = Place()


class Heard(NamedTuple):
    """A part of what was heard of a call: the events come in order, the last one says that it is done."""

    uid: str
    replay_of: int
    events: list[Event]


class Written(NamedTuple):
    """A call as it was written: its id in the recording, and what stands there."""

    id: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """A session that is to be written. `keep`: bytes that are kept of each body (None: all)."""

    recording: Path
    kind: str
    name: str | None
    keep: int | None
    pseudonym_key: bytes = field(repr=False)


class Sink:
    """Writes into a recording, at once. The session begins with the first call.

    Raises:
        RecordingError: it cannot be opened.
    """

    def __init__(self, plan: Plan) -> None:
        self.id: int | None = None
        self._plan = plan
        self._redactor = Redactor(plan.pseudonym_key)
        self._replay_of: dict[str, int] = {}
        self._done: dict[str, Written] = {}
        self._writer = Writer(plan.recording)
        self._assembler: Assembler | None = None

    def put(self, portion: Sequence[Heard]) -> None:
        """Write what was heard, in one transaction.

        Raises:
            RecordingError: it cannot be written.
        """
        try:
            with self._writer.transaction():
                if self._assembler is None:
                    self._assembler = self._begin()
                for heard in portion:
                    self._replay_of[heard.uid] = heard.replay_of
                    frame = (FrameKind.FLOW, heard.uid, heard.events)
                    self._assembler.take(frame, _HERE, time.monotonic())
        except sqlite3.Error as error:
            hint = "Is the disk full? What was written stays."
            raise RecordingError(f"{self._plan.recording}: {error}", hint) from error

    def collect(self, wait: bool) -> dict[str, Written]:
        """The calls that were written whole since the last time, by uid. `wait`: all that was put."""
        done, self._done = self._done, {}
        return done

    def close(self) -> None:
        """End the session."""
        with suppress(sqlite3.Error, RecordingError):
            if self.id is not None and self._assembler is not None:
                with self._writer.transaction():
                    self._assembler.end("the replay was stopped")
                    self._writer.end_session(self.id, time.time())
                Indexer(self._writer).work_to_the_end(INDEXING_SECONDS)
        self._writer.close()

    def _begin(self) -> Assembler:
        now = time.time()
        versions = json.dumps({"b2-inspector": __version__})
        uid = uuid7(now, os.urandom(10))
        self.id = self._writer.begin_session(uid, self._plan.kind, now, name=self._plan.name, versions=versions)
        return Assembler(self._writer, self.id, self._redactor, self._plan.keep, self._replay_of, self._keep_done)

    def _keep_done(self, row: int, entry: Entry) -> None:
        uid = entry.exchange.uid
        self._replay_of.pop(uid, None)
        self._done[uid] = Written(row, entry)


class SinkBeside:
    """The same, in a process beside this one: what it cannot do is told when its work is asked for."""

    def __init__(self, plan: Plan) -> None:
        self.id: int | None = None
        self._recording = plan.recording
        # `spawn` on every system: a fork would share connections to the recording, and threads' locks.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, _begin_beside, (plan,))
        self._portions: deque[Future[_Told]] = deque()
        self._done: dict[str, Written] = {}
        with _deaf():
            self._submit()

    def put(self, portion: Sequence[Heard]) -> None:
        """Hand over what was heard; wait where the other process is far behind.

        Raises:
            RecordingError: what was put earlier cannot be written.
        """
        self._submit(portion)
        while len(self._portions) > AHEAD:
            self._take(self._portions.popleft())

    def collect(self, wait: bool) -> dict[str, Written]:
        """The calls that were written whole since the last time, by uid. `wait`: all that was put.

        Raises:
            RecordingError: something cannot be written.
        """
        while self._portions and (wait or self._portions[0].done()):
            self._take(self._portions.popleft())
        done, self._done = self._done, {}
        return done

    def close(self) -> None:
        """End the session, and the process."""
        with suppress(BrokenProcessPool, RecordingError):
            self._pool.submit(_end_beside).result()
        self._pool.shutdown()

    def _submit(self, portion: Sequence[Heard] = ()) -> None:
        try:
            self._portions.append(self._pool.submit(_put_beside, portion))
        except BrokenProcessPool as error:
            raise self._broken() from error

    def _take(self, portion: Future[_Told]) -> None:
        try:
            told = portion.result()
        except BrokenProcessPool as error:
            raise self._broken() from error
        self.id = told.session
        self._done.update(told.done)

    def _broken(self) -> RecordingError:
        return RecordingError(
            f"{self._recording}: the process that writes it was ended", "What was written stays. Send the rest again."
        )


@contextmanager
def _deaf() -> Iterator[None]:
    """A process that is started now hears no Ctrl-C: what was sent before it has yet to be written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# In the process beside


class _Told(NamedTuple):
    session: int | None
    done: dict[str, Written]


_beside: list[Sink] = []


def _begin_beside(plan: Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _beside.append(Sink(plan))


def _put_beside(portion: Sequence[Heard]) -> _Told:
    (sink,) = _beside
    if portion:
        sink.put(portion)
    return _Told(sink.id, sink.collect(wait=True))


def _end_beside() -> None:
    _beside.pop().close()
