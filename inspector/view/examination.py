"""Calls examined one by one: out of a recording, or a request from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inspector.diagnose.call import Call
from inspector.diagnose.examine import DEPTH, Diagnosis, Watch, examine
from inspector.facts import PREFIX, facts_of
from inspector.s3.probed import NOTHING_PROBED, ProbedFacts
from inspector.sigv4.authorization import Authorization
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.key import Key
from inspector.sigv4.logged import Logged
from inspector.sigv4.signed import SignedRequest
from inspector.store.reader import Recording
from inspector.view.call import call_of
from inspector.view.surroundings import Around
from inspector.wire.exchange import Exchange, Timing

Keys = Callable[[str | None], Sequence[Key]]
"""From the key id that a call names to the secrets to examine it with."""

Log = Callable[[Authorization], Sequence[Logged]]
"""From a call's authorization to the entries of the client's own log that may be the call's."""


class Examiner:
    """Examines calls with the secrets at hand, and with what a recording (None: there is none) knows around them.

    `watch` is told how a long search proceeds; it may raise to end it. `log` is the client's own log, if there is one;
    `probed` what was asked of B2 itself.
    """

    def __init__(
        self,
        recording: Recording | None,
        keys: Keys,
        *,
        depth: int = DEPTH,
        watch: Watch | None = None,
        log: Log | None = None,
        probed: ProbedFacts = NOTHING_PROBED,
    ) -> None:
        self._recording = recording
        self._around = None if recording is None else Around(recording)
        self._keys = keys
        self._depth = depth
        self._watch = watch
        self._log = log
        self._probed = probed

    def recorded(self, number: int) -> Diagnosis | None:
        """What is known of a call of the recording; None where it is no longer there."""
        assert self._recording is not None
        assert self._around is not None
        stored = self._recording.exchange(number)
        if stored is None:
            return None
        keys = self._keys(stored.facts.key_id)
        return self._examine(call_of(self._recording, stored, self._around.of(stored, keys)), keys)

    def request(self, signed: SignedRequest, body: bytes, when: float, dialect: Dialect = S3) -> Diagnosis:
        """What is known of a request to which no answer is known, at the moment `when` (Unix seconds).

        `body` are its body's first bytes.
        """
        keys = self._keys(signed.authorization.key_id)
        around = Surroundings(keys=tuple(keys)) if self._around is None else self._around.of_nothing(keys)
        return self._examine(loose_call(signed, body, when, around), keys, dialect)

    def _examine(self, call: Call, keys: Sequence[Key], dialect: Dialect = S3) -> Diagnosis:
        """A key that another call proves is not suspected, unless nothing else explains this one: a program may hold
        two secrets for one key id.
        """
        call = replace(call, probed=self._probed)
        logged = None if self._log is None else self._log(call.authorization)
        found = examine(call, keys, depth=self._depth, dialect=dialect, watch=self._watch, logged=logged)
        if found.outcome is None or found.outcome.explanations or not call.around.proved:
            return found
        call = replace(call, around=replace(call.around, proved=frozenset()))
        again = examine(call, keys, depth=self._depth, dialect=dialect, watch=self._watch, logged=logged)
        return again if again.outcome is not None and again.outcome.explanations else found


def loose_call(signed: SignedRequest, body: bytes, when: float, around: Surroundings = NOTHING_AROUND) -> Call:
    """A request that no recording holds, as a call; `body` are its body's first bytes."""
    facts = facts_of(signed.request, None, body, b"")
    return Call(Exchange("", signed.request, Timing(when)), facts, signed, request_body=body[:PREFIX], around=around)
