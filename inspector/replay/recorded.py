"""A recording as a cassette: the calls of its sessions, their bodies read from the file when they are asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from inspector.formats.captured import answer_as_kept
from inspector.replay.play.cassette import Body, Bytes, Taped
from inspector.s3.chunked import Decoder, is_aws_chunked
from inspector.store.bodies import StoredBody
from inspector.store.filters.tree import Node
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.headers import Headers

WINDOW = 1024 * 1024

SMALL = 64 * 1024
"""Bytes of a body that is kept in memory when it was read."""

HELD = 64 * 1024 * 1024
"""Bytes of small bodies that are kept."""


class RecordedCassette:
    """The calls of a recording that match a filter (all of them when it is empty), in the order of their answers.

    Raises:
        RecordingError: the file cannot be read.
        FilterError: the filter cannot be read.
    """

    def __init__(self, path: Path, where: Node | str = "", name: str | None = None) -> None:
        self.name = name or (f"{path.name}, {where}" if where else path.name)
        self._path = path
        self._local = threading.local()
        self._open: list[Recording] = []
        self._lock = threading.Lock()
        self._small: dict[int, _Small] = {}
        self._at_hand: deque[_Small] = deque()  # the oldest first
        self._held = 0
        recording = self._recording()
        self._bodies: dict[int, tuple[int | None, int | None]] = {}
        known: dict[object, Any] = {}
        calls: list[tuple[tuple[float, int], Taped]] = []
        for one in map(recording.exchange, recording.ids(where)):
            if one is not None and one.row.state != "open":
                self._bodies[one.row.id] = one.request_body, one.response_body
                calls.append((_moment(one), _sharing(taped(one), known)))
        calls.sort(key=itemgetter(0))
        self.calls: Sequence[Taped] = [call for _, call in calls]

    def close(self) -> None:
        """Close the file in every thread; no body may be read after."""
        for recording in self._open:
            recording.close()

    def payload(self, call: Taped) -> Body:
        """What the request carried, without aws-chunked framing."""
        body = self._body(self._bodies[call.id][0])
        if not is_aws_chunked(call.request.headers):
            return body
        size = min(call.payload.size, body.size) if call.request_info.truncated else call.payload.size
        return _Unframed(body, size)

    def answer(self, call: Taped) -> Body:
        """The body of the answer."""
        return self._body(self._bodies[call.id][1])

    def _body(self, number: int | None) -> Body:
        if number is None:
            return Bytes()
        small = self._small.get(number)
        if small is not None:
            return small
        size = self.stored_body(number).size
        if size > SMALL:
            return _OnDisk(self, number, size)
        return self._small.setdefault(number, _Small(self, number, size))

    def keep(self, body: _Small, data: bytes) -> None:
        """A short body was read. The newest of them stay at hand."""
        with self._lock:
            if body.data is None:
                body.data = data
                self._held += body.size
                self._at_hand.append(body)
            while self._held > HELD:
                oldest = self._at_hand.popleft()
                oldest.data = None
                self._held -= oldest.size

    def stored_body(self, number: int) -> StoredBody:
        """A body by its number, for the thread that asks."""
        return self._recording().body(number)

    def _recording(self) -> Recording:
        """The file, opened by each thread for itself: a connection to SQLite belongs to one."""
        recording: Recording | None = getattr(self._local, "recording", None)
        if recording is None:
            recording = self._local.recording = Recording(self._path)
            self._open.append(recording)
        return recording


class _Small:
    """A short body, which an answer may refer to for good: it is at hand, or read again."""

    __slots__ = ("_cassette", "_number", "data", "size")

    def __init__(self, cassette: RecordedCassette, number: int, size: int) -> None:
        self._cassette = cassette
        self._number = number
        self.size = size
        self.data: bytes | None = None

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        data = self.data
        if data is None:
            data = self._cassette.stored_body(self._number).read()
            self._cassette.keep(self, data)
        piece = data[start:end]
        return iter((piece,) if piece else ())


class _OnDisk:
    """A body that is read in windows. Each window is a query of its own: threads may take turns."""

    def __init__(self, cassette: RecordedCassette, number: int, size: int) -> None:
        self._cassette = cassette
        self._number = number
        self.size = size

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        last = self.size if end is None else min(end, self.size)
        for at in range(start, last, WINDOW):
            yield self._cassette.stored_body(self._number).read(at, min(WINDOW, last - at))


class _Unframed:
    """The payload of an aws-chunked body. It is read from its beginning, wherever one wants to begin."""

    def __init__(self, framed: Body, size: int) -> None:
        self._framed = framed
        self.size = size

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        last = self.size if end is None else end
        decoder, at = Decoder(), 0
        for window in self._framed.windows():
            for event in decoder.feed(window):
                if isinstance(event, memoryview):
                    run = bytes(event[max(0, start - at) : max(0, last - at)])
                    at += len(event)
                    if run:
                        yield run
            if at >= last:
                return


def _moment(one: Stored) -> tuple[float, int]:
    """When its answer began: what a write changed holds from then on."""
    timing = one.exchange.timing
    return (timing.response_start or timing.request_end or timing.request_start, one.row.id)


def _sharing(call: Taped, known: dict[object, Any]) -> Taped:
    """The call with each header line that others have, too, held once: most are the same in every call."""

    def shared(headers: Headers) -> Headers:
        lines = tuple(known.setdefault(line, line) for line in headers)
        return cast(Headers, known.setdefault(lines, lines))

    request = replace(call.request, headers=shared(call.request.headers))
    response = call.response and replace(call.response, headers=shared(call.response.headers))
    return replace(call, request=request, response=response)


def taped(one: Stored) -> Taped:
    """A stored exchange as a cassette holds it."""
    timing = one.exchange.timing
    begun = timing.request_end or timing.request_start
    return Taped(
        id=one.row.id,
        request=one.exchange.request,
        response=answer_as_kept(one.exchange),
        request_info=one.request_info,
        response_info=one.response_info,
        failure=one.exchange.failure,
        started_at=timing.request_start,
        wait=None if timing.response_start is None else max(0.0, timing.response_start - begun),
        invocation=one.facts.invocation_id,
        attempt=one.facts.attempt,
        upload_id=one.facts.upload_id,
        error_code=one.facts.error_code,
    )
