"""Calls of a recording sent again one after the other, and each answer laid beside the recorded one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from urllib.parse import urlsplit

from inspector.diff.exchanges import hunks
from inspector.diff.hunk import Hunk, Section
from inspector.errors import UsageError
from inspector.replay.carry import HANDS_OUT, LONGEST, Answered, Carrier
from inspector.replay.prepare import Outgoing, Ways, prepared
from inspector.replay.refused import Refused
from inspector.replay.tape import Session
from inspector.sending.address import Address, SendError
from inspector.sending.line import IDLE_SECONDS
from inspector.sending.lines import Lines
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.comparison import answer_of
from inspector.wire.exchange import Request
from inspector.wire.headers import get

READS = frozenset((b"GET", b"HEAD", b"OPTIONS"))
READING_POSTS = frozenset({"SelectObjectContent"})


_FRAMING = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))


class Fate(str, Enum):
    """What became of a call."""

    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"
    """No whole answer came, where the recorded call had one."""
    REFUSED = "refused"
    """It cannot be sent."""
    HELD_BACK = "held-back"
    """It would change something, and nobody said that it may."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A call and what became of it; `new` is None where nothing was sent. `reason`: why, for people."""

    old: Stored
    fate: Fate
    new: Stored | None = None
    hunks: tuple[Hunk, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""


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


class Replayer:
    """Sends calls of an open recording into a session of it."""

    def __init__(self, recording: Recording, session: Session, conditions: Conditions) -> None:
        self._recording = recording
        self._session = session
        self._conditions = conditions
        self._carrier = Carrier()

    async def replay(self, ids: Iterable[int]) -> AsyncIterator[Replayed]:
        """Each call in its turn.

        Raises:
            RecordingError: the recording cannot be read or written.
        """
        async with Lines() as lines:
            for number in ids:
                stored = self._recording.exchange(number)
                if stored is not None:
                    yield await self._one(lines, stored)

    async def _one(self, lines: Lines, stored: Stored) -> Replayed:
        if not (self._conditions.allow_writes or changes_nothing(stored)):
            return Replayed(stored, Fate.HELD_BACK, reason="it writes", hint="Send writes too: --allow-writes.")
        try:
            outgoing = prepared(self._recording, stored, self._conditions.ways, self._carrier, time.time())
            return await self._sent(lines, stored, outgoing)
        except Refused as error:
            return Replayed(stored, Fate.REFUSED, reason=error.message, hint=error.hint)
        except OSError as error:
            raise UsageError(f"--body cannot be read: {error.strerror or error}", "Name a file.") from error

    async def _sent(self, lines: Lines, stored: Stored, outgoing: Outgoing) -> Replayed:
        tape = self._session.call(outgoing.request, stored.row.id, _alterations(stored, outgoing.request))
        address = self._conditions.address(outgoing.request)
        try:
            await lines.send(address, outgoing.head, outgoing.body, tape.on, self._conditions.idle)
            tape.done()
        except SendError as error:
            tape.failed(error.failure)
        number = self._recording.find(tape.uid)
        new = None if number is None else self._recording.exchange(number)
        assert new is not None, "what was written a moment ago can be read"
        return self._compared(stored, new, outgoing)

    def _compared(self, old: Stored, new: Stored, outgoing: Outgoing) -> Replayed:
        self._learn(old, new)
        request = old.exchange.request
        then = answer_of(self._recording, old, request, partial(self._carrier.answer, old.facts))
        found = tuple(hunks(then, answer_of(self._recording, new, request)))
        notes = (*outgoing.notes, *_redirected(outgoing.request, new))
        failure, before = new.exchange.failure, old.exchange.failure
        if failure is not None and (before is None or before.kind != failure.kind):
            return Replayed(old, Fate.FAILED, new, found, notes, failure.text, _advice(failure.kind, failure.text))
        elsewhere = self._conditions.ways.changes.endpoint is not None
        bodiless = old.exchange.request.method == b"HEAD"
        differs = any(_counts(hunk, elsewhere, bodiless) for hunk in found)
        return Replayed(old, Fate.DIFFERS if differs else Fate.SAME, new, found, notes)

    def _learn(self, old: Stored, new: Stored) -> None:
        if old.exchange.response is not None and new.exchange.response is not None and old.facts.api == "s3":
            then, now = self._answered(old), self._answered(new)
            if then is not None and now is not None:
                self._carrier.learn(old.facts, then, now)

    def _answered(self, stored: Stored) -> Answered | None:
        response = stored.exchange.response
        if response is None:
            return None
        wanted = stored.facts.operation in HANDS_OUT and stored.response_info.truncated is None
        body = self._recording.body(stored.response_body).read(0, LONGEST) if wanted else b""
        return Answered(response, body)


def _counts(hunk: Hunk, elsewhere: bool, bodiless: bool) -> bool:
    """Whether a difference is one of the answer.

    Another server has other headers, which alone mean nothing. How a body travels says nothing either: its payload is
    compared, and a date in it may be a character longer.
    """
    if hunk.quiet:
        return False
    if hunk.section is not Section.RESPONSE_HEADER:
        return True
    return not elsewhere and (bodiless or hunk.where.partition(" ")[0] not in _FRAMING)


def _alterations(stored: Stored, request: Request) -> tuple[str, ...]:
    """What is not as it was, of what the recorder would note."""
    altered = []
    if stored.exchange.request.http_version.startswith("HTTP/2"):
        altered.append("http2-to-http1")
    if get(request.headers, b"transfer-encoding") is not None:
        altered.append("request-rechunked")
    return tuple(altered)


def _redirected(request: Request, new: Stored) -> tuple[str, ...]:
    """A word on a redirect: it is never followed."""
    response = new.exchange.response
    if response is None or not 300 <= response.status < 400 or response.status == 304:
        return ()
    location = (get(response.headers, b"location") or b"").decode("utf-8", "replace")
    host = urlsplit(location).hostname
    if host is None or host == request.host:
        return (f"it was redirected ({location or 'nowhere named'}), which is not followed",)
    return (f"it was redirected to {host}, which is not followed: the signature is for {request.host} alone",)


def _advice(kind: str, text: str) -> str:
    if kind == "upstream-tls" and "certificate" in text:
        return "Trust its authority: --upstream-ca PEM; or check no certificate: --insecure-upstream."
    return "Is the endpoint right, and up?" if kind == "upstream-unreachable" else ""
