"""The player: from a request and its payload to the recorded answer, or to why there is none. Safe for any threads."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

from inspector.replay.match.dimensions import DIMENSIONS, named
from inspector.replay.match.payload import NOTHING, Payload
from inspector.replay.match.question import Question, Reading
from inspector.replay.play.answer import Answer
from inspector.replay.play.cassette import Cassette, Taped
from inspector.replay.play.heads import sendable, with_length
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import get


class Player:
    """Plays a cassette. `ask` is the whole of it; the rest tells what became of the cassette."""

    def __init__(self, cassette: Cassette, options: Options | None = None) -> None:
        self.cassette = cassette
        self.options = options or Options()
        self._names = named(self.options.match_on)
        self._lock = Lock()
        self._reading = Reading()
        self._calls: dict[Hashable, list[Taped]] = {}
        self._played: dict[int, int] = {}
        for call in cassette.calls:
            self._calls.setdefault(self._key(call.request, self._taped_payload(call)), []).append(call)

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The answer to a request, or why there is none. `now` in Unix seconds. Never raises, never waits."""
        with self._lock:
            question = self._reading.read(request, payload)
            found = self._calls.get(self._key(request, payload))
            if not found:
                return Miss(Reason.NOTHING_SIMILAR, question, "not recorded")
            call = next((one for one in found if not self._played.get(one.id)), found[-1])
            self._played[call.id] = self._played.get(call.id, 0) + 1
        return self._answer(call, now)

    def unplayed(self) -> list[Taped]:
        """The recorded calls that nobody has asked for."""
        with self._lock:
            return [call for call in self.cassette.calls if not self._played.get(call.id)]

    def rewind(self) -> None:
        """Begin anew: nothing was asked yet."""
        with self._lock:
            self._played.clear()

    def _key(self, request: Request, payload: Payload) -> Hashable:
        question = self._reading.read(request, payload)
        return tuple(DIMENSIONS[name](question, request) for name in self._names)

    def _taped_payload(self, call: Taped) -> Payload:
        digests = call.payload
        body = self.cassette.payload(call)
        return (
            Payload(digests.size, digests.sha256, document=lambda: b"".join(body.windows()))
            if digests.size
            else NOTHING
        )

    def _answer(self, call: Taped, now: float) -> Answer:
        if call.response is None:
            return Answer(None, call=call)
        lines, dated = sendable(call.response)
        body = self.cassette.answer(call)
        length = body.size
        if call.request.method == b"HEAD":
            length = int(get(call.response.headers, b"content-length") or 0)
        head = Response(call.response.status, with_length(lines, length, dated, now), call.response.reason)
        return Answer(head, body.windows, body.size, call=call)


def question(player: Player, request: Request, payload: Payload = NOTHING) -> Question:
    """What a request asks, as a player reads it; for logs."""
    return player._reading.read(request, payload)
