"""From a request and its payload to what is answered, whoever writes it: asked once, told once, and never raising."""

from __future__ import annotations

import time
from typing import Protocol

from inspector.replay.match.payload import KEPT, Intake, Payload
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.miss_answer import miss_answer
from inspector.serving.reach import within_reach
from inspector.wire.exchange import Request


class Asker(Protocol):
    """Who knows the answers: a player, or what records beside one."""

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The answer to a request, or why there is none. `now` in Unix seconds. Never waits for long."""


class Listener(Protocol):
    """Who is told what becomes of calls. It is called in the server's thread."""

    def answered(self, answer: Answer, request: Request) -> None:
        """A call was answered, or spoiled as a fault wants it."""

    def missed(self, miss: Miss, request: Request) -> None:
        """The recording has no answer."""

    def failed(self, error: Exception, request: Request) -> None:
        """The answer is there and could not be read; the connection was broken instead."""


class Answers:
    """What an asker knows, or a miss in words.

    `verify`: learn of bodies what a verifier of signatures needs. `keep`: bytes of each that are kept.
    """

    def __init__(self, asker: Asker, listener: Listener, *, verify: bool = False, keep: int = KEPT) -> None:
        self._asker = asker
        self._listener = listener
        self._verify = verify
        self._keep = keep

    def intake(self, request: Request) -> Intake:
        """Takes the body of a request as it comes."""
        return Intake(request, verify=self._verify, keep=self._keep)

    def to(self, request: Request, payload: Payload, *, direct: bool) -> Answer:
        """What is answered; nothing (a reset) where the recording cannot be read.

        `direct`: the client came to this server's own address, not by way of a proxy.
        """
        try:
            found = self._asked(request, payload)
            return within_reach(found, request) if direct else found
        except Exception as error:  # a recording that is damaged, or went away: say so, and go on with the others
            self.failed(error, request)
            return Answer(None)

    def _asked(self, request: Request, payload: Payload) -> Answer:
        now = time.time()
        found = self._asker.ask(request, payload, now)
        if isinstance(found, Miss):
            self._listener.missed(found, request)
            return miss_answer(found, request, now)
        self._listener.answered(found, request)
        return found

    def failed(self, error: Exception, request: Request) -> None:
        """An answer was found, and its body cannot be read."""
        self._listener.failed(error, request)
