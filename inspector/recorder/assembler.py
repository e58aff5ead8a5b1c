"""Frames from the spool, put together to exchanges and written as rows.

This is where the true bytes are seen last: secrets are replaced here, before anything is handed to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from inspector.recorder.entry import clean_entry, request_intake, response_intake
from inspector.recorder.events import Code, Event, Frame, FrameKind
from inspector.recorder.intake import BodyIntake
from inspector.recorder.spool import Place
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import Exchange, Failure, Request, Response, SignedChunk, Timing
from inspector.wire.headers import get
from inspector.wire.problem import Problem
from inspector.wire.redaction import Redactor

OPEN_SECONDS = 0.25
"""A call that takes longer has a row before it ends."""


@dataclass(slots=True)
class Side:
    """One half of a call while it comes in."""

    intake: BodyIntake
    ended: bool = False


@dataclass(slots=True)
class Call:
    """A call while its events come in. `begun_at` is the block of the spool that its first event stood in."""

    uid: str
    begun_at: Place
    seen_at: float
    timing: dict[str, Any]
    request: Request
    client_address: str
    client_connection: str
    request_side: Side
    response: Response | None = None
    response_side: Side | None = None
    server_address: str = ""
    server_connection: str = ""
    failure: Failure | None = None
    alterations: list[str] = field(default_factory=list)
    interim: list[int] = field(default_factory=list)
    forwarded: Request | None = None
    signatures: bytearray | None = None
    row: int | None = None
    chunks_stored: int = 0

    @property
    def has_declared_answer(self) -> bool:
        """Whether as much of the answer's body came as its Content-Length says."""
        if self.response is None or self.response_side is None:
            return False
        declared = get(self.response.headers, b"content-length")
        return declared is not None and declared.strip() == b"%d" % self.response_side.intake.size

    def exchange(self) -> Exchange:
        """What is known of the call by now."""
        return Exchange(
            uid=self.uid,
            request=self.request,
            timing=Timing(**self.timing),
            response=self.response,
            failure=self.failure,
            client_address=self.client_address,
            server_address=self.server_address,
            client_connection=self.client_connection,
            server_connection=self.server_connection,
            alterations=tuple(dict.fromkeys(self.alterations)),
            interim=tuple(self.interim),
        )


class Assembler:
    """Takes frames in order and writes what comes of them into one session of a recording."""

    def __init__(
        self,
        writer: Writer,
        session: int,
        redactor: Redactor,
        keep_body: int | None,
        replay_of: Mapping[str, int] = MappingProxyType({}),
        on_done: Callable[[int, Entry], None] = lambda row, entry: None,
    ) -> None:
        """`keep_body`: how many bytes of each body are stored (None: all). `replay_of`: the id of the call that a call
        of this uid sends again. `on_done` hears of each call that is complete, with its id.
        """
        self._replay_of = replay_of
        self._on_done = on_done
        self._writer = writer
        self._session = session
        self._redactor = redactor
        self._keep = keep_body
        self._calls: dict[str, Call] = {}
        self.stopped = False

    def take(self, frame: Frame, place: Place, now: float, *, again: bool = False) -> None:
        """Take one frame; `place` is that of its block in the spool, `now` the clock in seconds (any steady one).

        `again`: an earlier writer has taken this frame already, and may have died before the call was complete.
        """
        kind, *rest = frame
        if kind == FrameKind.FLOW:
            self._take_flow(rest[0], rest[1], place, now, again=again)
        elif not again:
            self._take_other(FrameKind(kind), rest)

    def forget(self, frame: Frame) -> None:
        """Let go of the call that a frame belongs to; what follows of it is passed over."""
        if frame[0] == FrameKind.FLOW:
            self._calls.pop(frame[1], None)

    def _take_other(self, kind: FrameKind, rest: list[Any]) -> None:
        if kind == FrameKind.PROBLEM:
            at, problem, host, text, connection = rest
            self._writer.put_problem(self._session, Problem(at, problem, host, text, connection))
        elif kind == FrameKind.TUNNEL:
            self._writer.count_tunnel(self._session, rest[0], rest[1])
        elif kind == FrameKind.LOST:
            self._writer.count_loss(self._session, rest[0], rest[1])
        elif kind == FrameKind.STOP:
            self.stopped = True

    def _take_flow(self, uid: str, events: list[Event], place: Place, now: float, *, again: bool) -> None:
        call = self._calls.get(uid)
        for event in events:
            if event[0] == Code.REQUEST_HEAD:
                if again and self._writer.finished(uid):
                    return
                call = self._calls[uid] = self._begin(uid, event, place, now)
            elif call is None:
                # Its head was read by a writer that died long ago, or the call is complete already.
                return
            elif event[0] == Code.DONE:
                self._finish(call)
            else:
                _HANDLERS[event[0]](self, call, *event[1:])

    # The events of a call

    def _begin(self, uid: str, event: Event, place: Place, now: float) -> Call:
        _, at, method, scheme, host, port, authority, target, version, headers, address, connection = event
        request = Request(method, scheme, host, port, target, tuple(map(tuple, headers)), version, authority)

        def on_chunks(chunks: list[SignedChunk]) -> None:
            self._put_chunks(self._calls[uid], chunks)

        return Call(
            uid=uid,
            begun_at=place,
            seen_at=now,
            timing={"request_start": at},
            request=request,
            client_address=address,
            client_connection=connection,
            request_side=Side(request_intake(self._writer, self._keep, self._redactor, request, on_chunks)),
        )

    def _request_data(self, call: Call, data: bytes) -> None:
        call.request_side.intake.feed(data)

    def _request_end(self, call: Call, at: float) -> None:
        call.timing["request_end"] = at
        call.request_side.ended = True

    def _response_head(self, call: Call, at: float, status: int, *rest: Any) -> None:
        reason, version, headers, address, connection, tcp_ms, tls_ms = rest
        call.timing.update(response_start=at, tcp_ms=tcp_ms, tls_ms=tls_ms)
        call.response = Response(status, tuple(map(tuple, headers)), reason, version)
        call.response_side = Side(
            response_intake(self._writer, self._keep, self._redactor, call.request, call.response)
        )
        call.server_address, call.server_connection = address, connection

    def _response_data(self, call: Call, data: bytes) -> None:
        if call.response_side is not None:
            call.response_side.intake.feed(data)

    def _response_end(self, call: Call, at: float) -> None:
        call.timing["response_end"] = at
        if call.response_side is not None:
            call.response_side.ended = True

    def _altered(self, call: Call, name: str) -> None:
        call.alterations.append(name)

    def _request_gap(self, call: Call, size: int) -> None:
        call.request_side.intake.gap("recorder-behind")

    def _response_gap(self, call: Call, size: int) -> None:
        if call.response_side is not None:
            call.response_side.intake.gap("recorder-behind")

    def _failed(self, call: Call, at: float, kind: str, text: str) -> None:
        """A client that has the whole answer may leave before HTTP/2 says that it was the last of it: curl does."""
        if kind == "client-disconnected" and call.has_declared_answer:
            self._response_end(call, at)
        else:
            call.failure = Failure(kind, text)

    def _interim(self, call: Call, status: int) -> None:
        call.interim.append(status)

    def _reached(self, call: Call, address: str, connection: str, tcp_ms: float | None, tls_ms: float | None) -> None:
        call.timing.update(tcp_ms=tcp_ms, tls_ms=tls_ms)
        call.server_address, call.server_connection = address, connection

    def _forwarded(self, call: Call, *sent: Any) -> None:
        scheme, host, port, target, version, authority, headers, resigned = sent
        lines = tuple(map(tuple, headers))
        call.forwarded = Request(call.request.method, scheme, host, port, target, lines, version, authority)
        call.signatures = bytearray() if resigned else None

    def _forwarded_signatures(self, call: Call, raw: bytes) -> None:
        if call.signatures is not None:
            call.signatures += raw

    # Rows

    def _finish(self, call: Call) -> None:
        state = "failed" if call.failure is not None else "done"
        request = call.request_side.intake.finish(None if call.request_side.ended else "incomplete")
        response = None
        if call.response_side is not None:
            response = call.response_side.intake.finish(None if call.response_side.ended else "incomplete")
        prefixes = call.request_side.intake.prefix, call.response_side.intake.prefix if call.response_side else b""
        entry = clean_entry(self._redactor, call.exchange(), prefixes, request, response)
        entry = replace(entry, replay_of=self._replay_of.get(call.uid))
        row = self._writer.put(self._session, entry, state, call.row)
        if call.forwarded is not None:
            self._put_forwarded(call, row, call.forwarded)
        del self._calls[call.uid]
        self._on_done(row, entry)

    def _put_forwarded(self, call: Call, row: int, forwarded: Request) -> None:
        clean, _ = self._redactor.redact_request(forwarded)
        self._writer.put_forwarded(row, clean, None if call.signatures is None else bytes(call.signatures))

    def unshown(self, now: float) -> list[Call]:
        """The calls that have been under way for `OPEN_SECONDS` and have no row yet."""
        return [call for call in self._calls.values() if call.row is None and now - call.seen_at >= OPEN_SECONDS]

    def show_open(self, now: float) -> None:
        """Give those a row."""
        for call in self.unshown(now):
            self._put_open(call)

    def _put_open(self, call: Call) -> int:
        entry = clean_entry(self._redactor, call.exchange(), (call.request_side.intake.prefix, b""), None, None)
        entry = replace(entry, replay_of=self._replay_of.get(call.uid))
        call.row = self._writer.put(self._session, entry, "open")
        return call.row

    def _put_chunks(self, call: Call, chunks: list[SignedChunk]) -> None:
        row = call.row if call.row is not None else self._put_open(call)
        self._writer.put_chunks(row, call.chunks_stored, chunks)
        call.chunks_stored += len(chunks)

    def oldest(self) -> Place | None:
        """Where the oldest call that is still under way began, None when none is."""
        return min((call.begun_at for call in self._calls.values()), default=None)

    def end(self, text: str) -> None:
        """No more frames will come: what is still under way ends here."""
        for call in list(self._calls.values()):
            call.failure = call.failure or Failure("recorder-stopped", text)
            self._finish(call)


_HANDLERS: dict[int, Callable[..., None]] = {
    Code.REQUEST_DATA: Assembler._request_data,
    Code.REQUEST_END: Assembler._request_end,
    Code.RESPONSE_HEAD: Assembler._response_head,
    Code.RESPONSE_DATA: Assembler._response_data,
    Code.RESPONSE_END: Assembler._response_end,
    Code.ALTERED: Assembler._altered,
    Code.REQUEST_GAP: Assembler._request_gap,
    Code.RESPONSE_GAP: Assembler._response_gap,
    Code.FAILED: Assembler._failed,
    Code.INTERIM: Assembler._interim,
    Code.REACHED: Assembler._reached,
    Code.FORWARDED: Assembler._forwarded,
    Code.FORWARDED_SIGNATURES: Assembler._forwarded_signatures,
}
