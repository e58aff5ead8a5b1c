"""A session of calls that are sent again, written as the recorder writes: redacted, digested, with what it repeats."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inspector.errors import RecordingError
from inspector.paths import data_dir
from inspector.recorder.events import Code, Event
from inspector.recorder.keys import pseudonym_key
from inspector.replay.sink import Heard, Plan, Sink, SinkBeside, Written
from inspector.sending.line import Line, Listener
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.uid import uuid7

HELD = 1024 * 1024
"""Bytes of bodies that are held before they are written."""

TOGETHER = 32
"""Calls that are written in one transaction: each touches a page of every index."""

MANY = 100
"""From so many calls on a process of its own writes them: it takes half a second to start."""


class Session:
    """A new session of a recording. A context manager; the session begins with its first call.

    `calls`: how many are to come, as far as that is known.

    Raises:
        RecordingError: the recording cannot be written.
    """

    def __init__(self, recording: Path, kind: str, name: str | None, keep: int | None, calls: int = 1) -> None:
        plan = Plan(recording, kind, name, keep, pseudonym_key(data_dir(os.environ)))
        self._sink: Sink | SinkBeside = SinkBeside(plan) if calls >= MANY else Sink(plan)
        self._replay_of: dict[str, int] = {}
        self._waiting: list[Heard] = []
        self._size = 0
        self._done: dict[str, Written] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(RecordingError):
                self.flush()
        finally:
            self._sink.close()

    @property
    def id(self) -> int | None:
        """The number of the session; None before its first call is written."""
        return self._sink.id

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
        self._waiting.append(Heard(uid, self._replay_of[uid], events))
        self._size += size
        if events[-1][0] == Code.DONE:
            del self._replay_of[uid]
        if self._size >= HELD or len(self._waiting) >= TOGETHER:
            self._hand_over()

    def _hand_over(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting:
            self._sink.put(waiting)

    def flush(self, wait: bool = True) -> None:
        """Store what waits. `wait`: until it is. Raises RecordingError where it cannot be written."""
        self._hand_over()
        self._done.update(self._sink.collect(wait))

    def done(self, uid: str) -> Written | None:
        """The id of a call that was written, and what was written; given once. None while it is not yet."""
        if uid not in self._done:
            self._done.update(self._sink.collect(wait=False))
        return self._done.pop(uid, None)


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
