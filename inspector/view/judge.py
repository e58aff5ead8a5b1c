"""What the calls of a recording came to, one by one as they are asked for, and remembered: lists show and filter it.

A signature is verified in a fifth of a millisecond; to explain one that does not match may take a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from inspector.diagnose.call import Call
from inspector.diagnose.judged import own_key
from inspector.diagnose.settled import dialect_of
from inspector.s3.probed import NOTHING_PROBED, ProbedFacts
from inspector.sigv4.canonical import S3
from inspector.sigv4.verify import verify
from inspector.store.judge import Named
from inspector.store.reader import Recording
from inspector.view.call import signed_of
from inspector.view.examination import Examiner, Keys

if TYPE_CHECKING:
    from inspector.diagnose.examine import Diagnosis
    from inspector.diagnose.finding import Finding
    from inspector.store.stored import Stored

T = TypeVar("T")

KEPT = 100_000
"""Calls that are remembered, each with some hundred bytes."""


class RecordedJudge:
    """A `store.judge.Judge` with the secrets at hand and a connection of its own, for any number of threads."""

    def __init__(self, path: Path, keys: Keys, probed: ProbedFacts = NOTHING_PROBED) -> None:
        self._path = path
        self._keys = keys
        self._probed = probed
        self._lock = threading.Lock()
        self._recording: Recording | None = None
        self._examiner: Examiner | None = None
        self._verdicts: dict[int, str] = {}
        self._named: dict[int, tuple[Named, ...]] = {}
        self._generation = 0

    # What is known already

    def known_verdict(self, number: int) -> str | None:
        """The verdict on a call's signature, if it was asked for before: this takes no time."""
        return self._verdicts.get(number)

    def known_names(self, number: int) -> Sequence[Named] | None:
        """What a call's findings go by, if that was asked for before."""
        return self._named.get(number)

    def forget(self) -> None:
        """The secrets are others."""
        self._generation += 1
        self._verdicts, self._named = {}, {}

    def close(self) -> None:
        """Close the recording."""
        with self._lock:
            if self._recording is not None:
                self._recording.close()
            self._recording = self._examiner = None

    # What is found out

    def verdict(self, number: int) -> str | None:
        """`verified`, `mismatch`, `unverified` or `none`; None while the call is under way, or when it is gone."""
        return self._remembered(self._verdicts, number, self._verified)

    def named(self, number: int) -> Sequence[Named]:
        """What `explain` is sure of, and what it says first; of a call that failed, else nothing."""
        return self._remembered(self._named, number, self._found) or ()

    def slugs(self) -> Sequence[str]:
        """Every cause that `explain` knows."""
        from inspector.diagnose.register import all_causes

        return sorted(all_causes())

    def _remembered(self, memory: dict[int, T], number: int, find: Callable[[Recording, Stored], T]) -> T | None:
        known = memory.get(number)
        if known is not None:
            return known
        with self._lock:
            opened, generation = self._opened(), self._generation
            stored = opened.exchange(number)
            if stored is None or stored.row.state == "open":
                return None
            found = find(opened, stored)
        if generation == self._generation:
            if len(memory) >= KEPT:
                memory.clear()
            memory[number] = found
        return found

    def _opened(self) -> Recording:
        if self._recording is None:
            self._recording = Recording(self._path)
        return self._recording

    def _verified(self, recording: Recording, stored: Stored) -> str:
        call = Call(stored.exchange, stored.facts, signed_of(recording, stored), probed=self._probed)
        return verify(call.signed, own_key(call, self._keys(stored.facts.key_id)), dialect_of(call, S3)).verdict

    def _found(self, recording: Recording, stored: Stored) -> tuple[Named, ...]:
        if not stored.row.failed:
            return ()
        if self._examiner is None:
            self._examiner = Examiner(recording, self._keys, probed=self._probed)
        diagnosis = self._examiner.recorded(stored.row.id)
        return () if diagnosis is None else named(diagnosis)


def named(diagnosis: Diagnosis) -> tuple[Named, ...]:
    """The findings that a call goes by: those that are more than a hint, else the first."""
    from inspector.diagnose.finding import Certainty

    sure = [one for one in diagnosis.findings if one.certainty > Certainty.HINT]
    return tuple(_names(one) for one in sure or diagnosis.findings[:1])


def _names(finding: Finding) -> Named:
    return Named(finding.cause, str(finding.certainty), finding.fault.value)
