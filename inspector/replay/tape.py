"""A session of calls that are sent again, written as the recorder writes: redacted, digested, with what it repeats."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inspector import __version__
from inspector.errors import RecordingError
from inspector.paths import data_dir
from inspector.recorder.assembler import Assembler
from inspector.recorder.events import Code, Event, FrameKind
from inspector.recorder.keys import pseudonym_key
from inspector.recorder.spool import Place
from inspector.sending.line import Line, Listener
from inspector.store.indexing import Indexer
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.redaction import Redactor
from inspector.wire.uid import uuid7

HELD = 1024 * 1024
"""Bytes of bodies that are held before they are written."""

TOGETHER = 100
"""Calls that are written in one transaction: each touches a page of every index."""

INDEXING_SECONDS = 0.5
"""What is not indexed now is searched directly, and indexed by the next recorder."""
_HERE = Place()


class Session:
    """A new session of a recording. A context manager; the session begins with its first call.

    Raises:
        RecordingError: the recording cannot be written.
    """

    def __init__(self, recording: Path, kind: str, name: str | None, keep: int | None) -> None:
        self.id: int | None = None
        self._path, self._kind, self._name, self._keep = recording, kind, name, keep
        self._redactor = Redactor(pseudonym_key(data_dir(os.environ)))
        self._replay_of: dict[str, int] = {}
        self._waiting: list[tuple[str, list[Event]]] = []
        self._done: dict[str, tuple[int, Entry]] = {}
        self._writer = Writer(recording)
        self._assembler: Assembler | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error, RecordingError):
            self.flush()
            if self.id is not None and self._assembler is not None:
                with self._writer.transaction():
                    self._assembler.end("the replay was stopped")
                    self._writer.end_session(self.id, time.time())
                Indexer(self._writer).work_to_the_end(INDEXING_SECONDS)
        self._writer.close()

    def call(self, request: Request, replay_of: int, alterations: tuple[str, ...] = (), wanted: int = 0) -> CallTape:
        """A tape for one call that is about to be sent; it keeps `wanted` bytes of the answer's body at hand."""
        return CallTape(self, replay_of, request, alterations, wanted)

    def new_uid(self, replay_of: int) -> str:
        """The uid of a call that repeats another."""
        uid = uuid7(time.time(), os.urandom(10))
        self._replay_of[uid] = replay_of
        return uid

    def write(self, uid: str, events: list[Event], size: int) -> None:
        """Store what was heard of a call, now or with others; `size`: bytes of bodies in it.

        Raises:
            RecordingError: it cannot be written.
        """
        self._waiting.append((uid, events))
        if size >= HELD or len(self._waiting) >= TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Store what waits. Raises RecordingError where it cannot be written."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        try:
            with self._writer.transaction():
                if self._assembler is None:
                    self._assembler = self._begin()
                for uid, events in waiting:
                    self._assembler.take((FrameKind.FLOW, uid, events), _HERE, time.monotonic())
                    if events[-1][0] == Code.DONE:
                        self._replay_of.pop(uid, None)
        except sqlite3.Error as error:
            raise RecordingError(f"{self._path}: {error}", "Is the disk full? What was written stays.") from error

    def done(self, uid: str) -> tuple[int, Entry]:
        """The id of a call that was written, and what was written; asked for once."""
        return self._done.pop(uid)

    def _keep_done(self, row: int, entry: Entry) -> None:
        self._done[entry.exchange.uid] = (row, entry)

    def _begin(self) -> Assembler:
        now = time.time()
        versions = json.dumps({"b2-inspector": __version__})
        uid = uuid7(now, os.urandom(10))
        self.id = self._writer.begin_session(uid, self._kind, now, name=self._name, versions=versions)
        return Assembler(self._writer, self.id, self._redactor, self._keep, self._replay_of, self._keep_done)


class CallTape(Listener):
    """Writes one call while it goes on."""

    def __init__(
        self, session: Session, replay_of: int, request: Request, alterations: tuple[str, ...], wanted: int
    ) -> None:
        self.uid = session.new_uid(replay_of)
        self.response: Response | None = None
        self.body = bytearray()
        self._wanted = wanted
        self._session = session
        self._replay_of = replay_of
        self._request = request
        self._alterations = alterations
        self._line: Line | None = None
        self._events: list[Event] = []
        self._held = 0
        self._begun = self._written = False

    def on(self, line: Line) -> CallTape:
        """The same tape, for a line. A call that is sent a second time, unheard the first time, begins anew."""
        if self._begun:
            self._again()
        self._line = line
        return self

    def _again(self) -> None:
        """What was not written yet of the first attempt is forgotten; what was stays as a call that broke off."""
        if self._written:
            self.failed(Failure("upstream-reset", "the connection was closed while idle; the call was sent once more"))
            self.uid = self._session.new_uid(self._replay_of)
        self._events, self._held = [], 0
        self._begun = self._written = False
        self.body.clear()

    def begins(self, at: float) -> None:
        """The head goes out."""
        self._begun = True
        r = self._request
        head = (at, r.method, r.scheme, r.host, r.port, r.authority, r.target, r.http_version, r.headers, "", "")
        self._events.append((Code.REQUEST_HEAD, *head))
        self._events.extend((Code.ALTERED, name) for name in self._alterations)

    def request_data(self, data: bytes) -> None:
        self._data(Code.REQUEST_DATA, data)

    def request_end(self, at: float) -> None:
        self._events.append((Code.REQUEST_END, at))

    def interim(self, status: int) -> None:
        self._events.append((Code.INTERIM, status))

    def response_head(self, at: float, response: Response) -> None:
        self.response = response
        told = (response.status, response.reason, response.http_version, response.headers)
        self._events.append((Code.RESPONSE_HEAD, at, *told, *self._reached()))

    def response_data(self, data: bytes) -> None:
        if len(self.body) < self._wanted:
            self.body += data[: self._wanted - len(self.body)]
        self._data(Code.RESPONSE_DATA, data)

    def response_end(self, at: float) -> None:
        self._events.append((Code.RESPONSE_END, at))

    def done(self) -> None:
        """The call is over."""
        self._end()

    def failed(self, failure: Failure) -> None:
        """No whole answer came."""
        if not self._begun:  # no connection: nothing was sent
            self.begins(time.time())
            self.request_end(time.time())
        if self._line is not None and self.response is None:
            self._events.append((Code.REACHED, *self._reached()))
        self._events.append((Code.FAILED, time.time(), failure.kind, failure.text))
        self._end()

    def _reached(self) -> tuple[Any, ...]:
        assert self._line is not None
        link, first = self._line.link, self._line.calls <= 1
        return link.address, "", link.tcp_ms if first else None, link.tls_ms if first else None

    def _data(self, code: Code, data: bytes) -> None:
        self._events.append((code, data))
        self._held += len(data)
        if self._held >= HELD:
            self._flush()

    def _end(self) -> None:
        self._events.append((Code.DONE,))
        self._flush()

    def _flush(self) -> None:
        self._session.write(self.uid, self._events, self._held)
        self._events, self._held = [], 0
        self._written = True
