"""Calls of a recording sent again one after the other, and each answer laid beside the recorded one."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from inspector.diff.exchanges import Side, hunks
from inspector.errors import UsageError
from inspector.replay.carry import HANDS_OUT, LONGEST, Answered, Carrier, names_what_is_handed_out
from inspector.replay.compare import Fate, New, Replayed, judged, plainly_same
from inspector.replay.prepare import Outgoing, Ways, prepared
from inspector.replay.refused import Refused
from inspector.replay.tape import TOGETHER, CallTape, Session
from inspector.sending.address import Address, SendError
from inspector.sending.line import IDLE_SECONDS
from inspector.sending.lines import Lines
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.store.writer import Entry
from inspector.view.comparison import AnswerSide
from inspector.wire.exchange import EMPTY_BODY, Failure, Request
from inspector.wire.headers import get

READS = frozenset((b"GET", b"HEAD", b"OPTIONS"))
READING_POSTS = frozenset({"SelectObjectContent"})

FRESH_SECONDS = 60.0
"""A signature that was made in the time of another call is made again after so long: servers take 15 minutes."""

A_FEW = 2
"""Calls that are compared while another is on its way."""

SETTLE_SECONDS = 0.2
"""How long a person waits at most to hear of a call that has ended, while others go on."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions calls are sent. `address` says where a request goes; `idle` in seconds."""

    ways: Ways
    address: Callable[[Request], Address]
    allow_writes: bool = False
    idle: float = IDLE_SECONDS


def changes_nothing(stored: Stored) -> bool:
    """Whether a call only reads."""
    return stored.exchange.request.method in READS or stored.facts.operation in READING_POSTS


@dataclass(slots=True)
class _Sent:
    """A call that has ended and is not compared yet."""

    stored: Stored
    outgoing: Outgoing
    tape: CallTape
    prepared_at: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> bool:
        """Whether its signature was made a moment ago."""
        return time.monotonic() - self.prepared_at < FRESH_SECONDS


class Replayer:
    """Sends calls of an open recording into a session of it.

    While one call is on its way, those before it are written and compared: a server's time is not waited away.
    """

    def __init__(self, recording: Recording, session: Session, conditions: Conditions, brief: bool = False) -> None:
        """`brief`: of answers that are plainly the same, nobody asks in what they always differ."""
        self._brief = brief
        self._recording = recording
        self._session = session
        self._conditions = conditions
        self._carrier = Carrier()
        self._ended: list[_Sent | Replayed] = []
        self._settled: deque[_Sent | Replayed] = deque()
        # A body on its way holds its connection to a moment; what was written since is read over another.
        self._written = Recording(recording.path)
        self._settled_at = 0.0

    async def replay(self, ids: Iterable[int]) -> AsyncIterator[Replayed]:
        """Each call in its turn.

        Raises:
            RecordingError: the recording cannot be read or written.
        """
        self._settled_at = time.monotonic()
        async with Lines() as lines:
            coming = self._recording.exchanges_whole(ids)
            following, early = next(coming, None), None
            while following is not None:
                call = early if early is not None and early.fresh else self._prepared(following)
                if not isinstance(call, _Sent):
                    self._ended.append(call)
                    following, early = next(coming, None), None
                    continue
                sending = asyncio.create_task(self._send(lines, call))
                try:
                    await asyncio.sleep(0)  # the request goes out
                    following = next(coming, None)
                    early = None if following is None else self._prepared_early(following)
                    for one in self._settle():
                        yield one
                    if (self._ended or self._settled) and not await _done(sending, SETTLE_SECONDS):
                        for one in self._settle(at_once=True):
                            yield one
                    await sending
                finally:
                    await _ended(sending)
                self._learn(call)
                self._ended.append(call)
            for one in self._settle(at_once=True):
                yield one

    def rest(self) -> Iterator[Replayed]:
        """Those that have ended and were not told of, when the replay was stopped."""
        return self._settle(at_once=True)

    def close(self) -> None:
        """Let go of what was opened here; the recording and the session are the caller's."""
        self._written.close()

    def _prepared_early(self, stored: Stored) -> _Sent | None:
        """The next call, made ready in the time of this one where nothing depends on this one's answer."""
        if self._conditions.ways.edit is not None or stored.redacted:
            return None  # a person may have to be asked, and that takes time
        if names_what_is_handed_out(stored.exchange.request, stored.facts.operation):
            return None
        call = self._prepared(stored)
        return call if isinstance(call, _Sent) else None

    def _prepared(self, stored: Stored) -> _Sent | Replayed:
        """A call that is ready to be sent, or what became of one that is not."""
        if not (self._conditions.allow_writes or changes_nothing(stored)):
            return Replayed(stored, Fate.HELD_BACK, reason="it writes", hint="Send writes too: --allow-writes.")
        try:
            outgoing = prepared(self._recording, stored, self._conditions.ways, self._carrier, time.time())
        except Refused as error:
            return Replayed(stored, Fate.REFUSED, reason=error.message, hint=error.hint)
        except OSError as error:
            raise UsageError(f"--body cannot be read: {error.strerror or error}", "Name a file.") from error
        wanted = LONGEST if stored.facts.operation in HANDS_OUT else 0
        altered = _alterations(stored, outgoing.request)
        return _Sent(stored, outgoing, self._session.call(outgoing.request, stored.row.id, altered, wanted))

    async def _send(self, lines: Lines, call: _Sent) -> None:
        address = self._conditions.address(call.outgoing.request)
        try:
            await lines.send(address, call.outgoing.head, call.outgoing.body, call.tape.on, self._conditions.idle)
            call.tape.done()
        except SendError as error:
            call.tape.failed(error.failure)
        except asyncio.CancelledError:
            call.tape.failed(Failure("recorder-stopped", "the replay was stopped"))
            raise

    # What came of them

    def _settle(self, at_once: bool = False) -> Iterator[Replayed]:
        """Those that have ended, compared: a few in the time of each call, so that no call waits for them.

        All of them `at_once`, or when a person has waited for long enough.
        """
        if at_once or len(self._ended) >= TOGETHER or time.monotonic() - self._settled_at > SETTLE_SECONDS:
            self._settled_at = time.monotonic()
            self._session.flush(wait=at_once)
            self._settled.extend(self._ended)
            self._ended.clear()
        for _ in range(len(self._settled) if at_once else min(A_FEW, len(self._settled))):
            one = self._settled[0]
            told = one if isinstance(one, Replayed) else self._compared(one)
            if told is None:
                break
            self._settled.popleft()
            yield told

    def _compared(self, call: _Sent) -> Replayed | None:
        """What became of a call; None while it is not written."""
        written = self._session.done(call.tape.uid)
        if written is None:
            return None
        number, entry = written
        old, there = call.stored, call.outgoing.request
        new = New(number, entry.exchange.response, entry.exchange.failure, entry.facts.error_code)
        if self._brief and plainly_same(old, entry):
            return judged(old, new, (), call.outgoing.notes, there)
        found = tuple(hunks(*self._answers(old, entry)))
        elsewhere = self._conditions.ways.changes.endpoint is not None
        return judged(old, new, found, call.outgoing.notes, there, elsewhere=elsewhere)

    def _answers(self, old: Stored, new: Entry) -> tuple[Side, Side]:
        """Both answers to what was asked then, ids that were handed out meanwhile read as those of now."""
        request, facts = old.exchange.request, old.facts
        info = new.response_info or EMPTY_BODY
        same = old.response_info.sent == info.sent  # the same bytes need not be read
        then = AnswerSide(old.exchange, facts, old.response_info, None if same else old.response_body)
        now = AnswerSide(new.exchange, new.facts, info, None if same else new.response_body)
        translated = partial(self._carrier.answer, facts)
        return then.read(self._recording, request, translated), now.read(self._written, request)

    def _learn(self, call: _Sent) -> None:
        """What the answer hands out counts for the very next call."""
        facts, then, now = call.stored.facts, call.stored.exchange.response, call.tape.response
        if then is None or now is None or facts.api != "s3":
            return
        body = b""
        if facts.operation in HANDS_OUT and call.stored.response_info.truncated is None:
            body = self._recording.body(call.stored.response_body).read(0, LONGEST)
        self._carrier.learn(facts, Answered(then, body), Answered(now, bytes(call.tape.body)))


async def _done(task: asyncio.Task[None], seconds: float) -> bool:
    """Whether a task ends within so many seconds."""
    ended, _ = await asyncio.wait({task}, timeout=seconds)
    return bool(ended)


async def _ended(task: asyncio.Task[None]) -> None:
    """A task that was left because of something else ends before that goes on."""
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _alterations(stored: Stored, request: Request) -> tuple[str, ...]:
    """What is not as it was, of what the recorder would note."""
    altered = []
    if stored.exchange.request.http_version.startswith("HTTP/2"):
        altered.append("http2-to-http1")
    if get(request.headers, b"transfer-encoding") is not None:
        altered.append("request-rechunked")
    return tuple(altered)
