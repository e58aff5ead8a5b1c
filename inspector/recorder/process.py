"""The writer process: reads the spool, writes rows, until the proxy has ended and the spool is empty.

Its standard input brings one line of JSON (what to write where, and the spool's key), then a byte whenever something
was appended, and ends when the proxy does, however it died. How far the spool is read is committed together with the
rows that came of it, so whoever takes over neither loses nor repeats anything.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from inspector import __version__
from inspector.capture.settings import tell
from inspector.errors import InspectorError, RecordingError
from inspector.paths import data_dir, rolling_recording
from inspector.recorder.assembler import Assembler
from inspector.recorder.courtesy import Courtesy
from inspector.recorder.events import Frame, FrameKind, frames_of
from inspector.recorder.keys import pseudonym_key
from inspector.recorder.spool import Block, Place, SpoolReader, claim
from inspector.store.indexing import Indexer
from inspector.store.retention import prune
from inspector.store.writer import SpoolPosition, Writer
from inspector.wire.problem import Problem
from inspector.wire.redaction import Redactor

COMMIT_BYTES = 8 * 1024 * 1024
"""A transaction ends after this much of the spool, so that readers see bodies grow and the WAL stays small."""

KEPT_SEGMENTS = 8
"""How many read segments stay for a successor to begin again with the calls that were under way."""

IDLE_SECONDS = 0.1

PRUNE_SECONDS = 600.0

LAST_INDEXING_SECONDS = 0.5
"""How long the end of a session may wait for the full-text index."""


Batch = list[tuple[Place, Place, Block]]


class Doorbell:
    """Standard input as a signal: rung by each byte, closed at its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rung = threading.Event()
        self.closed = False
        threading.Thread(target=self._listen, name="doorbell", daemon=True).start()

    def _listen(self) -> None:
        while self._stream.read1(65536):  # type: ignore[attr-defined]
            self._rung.set()
        self.closed = True
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a ring; whether there was one."""
        rung = self._rung.wait(seconds)
        self._rung.clear()
        return rung


class WriterProcess:
    """One session's spool into one recording."""

    def __init__(self, settings: dict[str, Any], doorbell: Doorbell) -> None:
        self._settings = settings
        self._doorbell = doorbell
        self._path = Path(settings["recording"])
        self._writer = Writer(self._path)
        self._session = self._open_session()
        self._assembler = self._new_assembler()
        position = self._writer.spool_position(self._session)
        self._replay_to = Place(*position.done) if position else Place()
        place = Place(*position.restart) if position else Place()
        claim(Path(settings["spool"]))
        self._reader = SpoolReader(Path(settings["spool"]), base64.b64decode(settings["key"]), place)
        self._indexer = Indexer(self._writer)
        self._courtesy = Courtesy()  # only now: whoever starts a recorder waits until its session is open
        self._complaint = ""
        self._lost = 0
        self._prune_at = 0.0

    def _open_session(self) -> int:
        settings = self._settings
        versions = {
            "b2-inspector": __version__,
            "mitmproxy": settings["proxy_version"],
            "python": ".".join(map(str, sys.version_info[:3])),
            "sqlite": sqlite3.sqlite_version,
            "pid": os.getppid(),
        }
        with self._writer.transaction():
            session = self._writer.begin_session(
                settings["session_uid"],
                settings["session_kind"],
                time.time(),
                name=settings["session_name"],
                program=settings["session_program"],
                listen=settings["listen"],
                versions=json.dumps(versions),
            )
            if settings["restarts"]:
                self._take_over(session)
        tell("session", id=session, uid=settings["session_uid"], recording=str(self._path))
        return session

    def _take_over(self, session: int) -> None:
        """Another writer has died: what it had begun to store is begun again from the spool."""
        self._writer.drop_unfinished_bodies(session)
        text = "the writer process ended unexpectedly; another one took over where it had come to"
        self._writer.put_problem(session, Problem(time.time(), "recorder-restarted", "", text))

    def _new_assembler(self) -> Assembler:
        redactor = Redactor(pseudonym_key(data_dir(os.environ)))
        return Assembler(self._writer, self._session, redactor, self._settings["keep_body"])

    def run(self) -> None:
        """Until the proxy has ended and everything it said is written."""
        while True:
            closing = self._doorbell.closed
            busy = self._drain()
            if closing and not busy:
                break
            if not busy and not self._doorbell.wait(IDLE_SECONDS):
                self._idle()
        self._courtesy.come_forward()
        self._finish()

    def _drain(self) -> bool:
        """Write what the spool holds now; whether there was anything."""
        busy = False
        blocks = self._reader.read()
        while batch := _next_batch(blocks):
            busy = True
            self._make_way(batch)
            self._write(batch)
        return busy

    def _make_way(self, batch: Batch) -> None:
        if self._doorbell.closed:
            self._courtesy.come_forward()
            return
        bulk = sum(len(block.payload) for *_, block in batch if block.label)
        self._courtesy.mind(time.monotonic(), bulk, self._reader.lag(time.time()))

    def _write(self, batch: Batch) -> None:
        try:
            with self._writer.transaction():
                self._take(batch)
                self._assembler.show_open(time.monotonic())
                self._remember(batch[-1][1])
                self._own_up()
        except sqlite3.Error as error:
            self._lose(batch, error)
        else:
            self._reader.release(self._restart_place(batch[-1][1]))
            self._mind_the_file()

    def _take(self, batch: Batch) -> None:
        now = time.monotonic()
        for before, behind, block in batch:
            again = behind <= self._replay_to
            for frame in frames_of(block.label, block.payload):
                self._take_frame(frame, before, now, again)

    def _take_frame(self, frame: Frame, place: Place, now: float, again: bool) -> None:
        """One call that cannot be taken must not stop all that come after it: no later writer could pass it either."""
        try:
            self._assembler.take(frame, place, now, again=again)
        except sqlite3.Error:
            raise
        except Exception as error:
            self._assembler.forget(frame)
            # The error's own words may quote what passed.
            text = f"a call could not be taken: {type(error).__name__}"
            self._writer.put_problem(self._session, Problem(time.time(), "not-recorded", "", text))
            self._writer.count_loss(self._session, 1, 0)

    def _remember(self, place: Place) -> None:
        restart = self._restart_place(place)
        done = max(place, self._replay_to)
        position = SpoolPosition((done.segment, done.position), (restart.segment, restart.position))
        self._writer.set_spool_position(self._session, position)

    def _restart_place(self, place: Place) -> Place:
        oldest = self._assembler.oldest() or place
        return max(min(oldest, place), Place(max(1, place.segment - KEPT_SEGMENTS), 0))

    # Bad days

    def _lose(self, batch: Batch, error: sqlite3.Error) -> None:
        """The rows cannot be written: say so at once, count, and go on with what comes next."""
        self._lost += sum(
            1 for *_, block in batch for frame in frames_of(block.label, block.payload) if frame[0] == FrameKind.FLOW
        )
        self._assembler = self._new_assembler()
        complaint = f"NOT RECORDED: {self._path}: {error}; traffic flows on"
        if complaint != self._complaint:
            self._complaint = complaint
            tell("talk", text=complaint)

    def _own_up(self) -> None:
        """Write down what was lost, as soon as writing works again."""
        if not self._lost:
            return
        text = f"{self._lost} calls or parts of calls were lost: {self._complaint}"
        self._writer.count_loss(self._session, self._lost, 0)
        self._writer.put_problem(self._session, Problem(time.time(), "not-recorded", "", text))
        tell("talk", text=f"recording goes on; lost meanwhile: {self._lost} calls or parts of calls")
        self._lost, self._complaint = 0, ""

    def _mind_the_file(self) -> None:
        """A file that was removed would swallow rows without a word: begin a new one in its place."""
        if self._writer.in_place():
            return
        tell("talk", text=f"NOT RECORDED: {self._path} was removed or replaced; its calls are gone, a new file begins")
        self._writer.close()
        self._writer = Writer(self._path)
        self._session = self._open_session()
        self._assembler = self._new_assembler()
        self._indexer = Indexer(self._writer)

    # Quiet moments

    def _idle(self) -> None:
        try:
            now = time.monotonic()
            if self._assembler.unshown(now):
                with self._writer.transaction():
                    self._assembler.show_open(now)
            self._indexer.work()
            self._prune()
        except (sqlite3.Error, RecordingError) as error:
            tell("talk", text=f"{self._path}: {error}")

    def _prune(self) -> None:
        """Keep the rolling recording within its bounds; now and then, because a recorder may run for weeks."""
        if time.monotonic() < self._prune_at or self._path != rolling_recording(os.environ):
            return
        self._prune_at = time.monotonic() + PRUNE_SECONDS
        prune(self._path, time.time())

    def _finish(self) -> None:
        orderly = self._assembler.stopped
        text = "the recorder was stopped" if orderly else "the proxy ended unexpectedly"
        with self._writer.transaction():
            self._assembler.end(text)
            self._writer.abandon_open(self._session, text)
            self._writer.end_session(self._session, time.time())
            self._writer.forget_spool(self._session)
        self._indexer.work_to_the_end(LAST_INDEXING_SECONDS)
        self._writer.close()
        shutil.rmtree(self._settings["spool"], ignore_errors=True)
        tell("written", session=self._session)


def _next_batch(blocks: Iterator[tuple[Place, Place, Block]]) -> Batch:
    """Blocks for one transaction."""
    batch: Batch = []
    size = 0
    for before, behind, block in blocks:
        batch.append((before, behind, block))
        size += len(block.payload)
        if size >= COMMIT_BYTES:
            break
    return batch


def main() -> None:
    """Run the writer; exit 0 when all is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command line
    line = sys.stdin.buffer.readline()
    if not line:
        return
    settings = json.loads(line)
    try:
        process = WriterProcess(settings, Doorbell(sys.stdin.buffer))
    except sqlite3.DatabaseError as error:
        _fail(f"The recording {settings['recording']} cannot be written: {error}.\n  {_ELSEWHERE}")
    except InspectorError as error:
        _fail(str(error))
    try:
        process.run()
    except InspectorError as error:
        _fail(str(error))


_ELSEWHERE = "Name another with -r FILE; see what is damaged: sqlite3 FILE 'PRAGMA integrity_check'"


def _fail(text: str) -> NoReturn:
    """Say why this one does not record; what is in the spool is for the next."""
    tell("failed", text=text)
    os._exit(1)  # the doorbell's thread holds standard input, which Python would abort for at its end
