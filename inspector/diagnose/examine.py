"""One call, examined: its signature verified and, where it does not match, solved; every rule asked; one list.

The cause comes before its consequences, the most certain first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from inspector.diagnose.advice import finding_of
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Finding, Seen
from inspector.diagnose.mismatch import explained
from inspector.diagnose.register import all_rules
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.hypotheses.model import problem
from inspector.sigv4.key import Key
from inspector.sigv4.solve import Outcome, Progress, search
from inspector.sigv4.verify import Verification, verify

DEPTH = 2
"""How many deviations at once are searched unless more are asked for: three take seconds."""

Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a call: `outcome` is how the search for its signature ended, None where none was needed."""

    call: Call
    verification: Verification
    outcome: Outcome | None
    findings: tuple[Finding, ...]


def examine(
    call: Call, keys: Sequence[Key] = (), *, depth: int = DEPTH, dialect: Dialect = S3, watch: Watch | None = None
) -> Diagnosis:
    """Everything that can be said of a call. `keys` are the secrets at hand; none of them shows in the result's texts.

    `watch` is told how a long search proceeds; it may raise to end it.
    """
    verification = verify(call.signed, own_key(call, keys), dialect)
    outcome = solved(call, verification, depth, dialect, watch)
    seen = [*explained(call, verification, outcome, keys), *observed(call)]
    return Diagnosis(call, verification, outcome, findings_of(call, seen))


def own_key(call: Call, keys: Iterable[Key]) -> Key | None:
    """The key that the call names, if its secret is at hand."""
    return next((key for key in keys if key.key_id == call.signed.authorization.key_id), None)


def solved(call: Call, verification: Verification, depth: int, dialect: Dialect, watch: Watch | None) -> Outcome | None:
    """How the search for a mismatch ended."""
    if verification.verdict != "mismatch" or verification.key is None or verification.canonical_request is None:
        return None
    for step in search(problem(call.signed, verification.key, dialect, call.around), depth):
        if isinstance(step, Outcome):
            return step
        if watch is not None:
            watch(step)
    return None


def observed(call: Call) -> Iterator[Seen]:
    """What the rules see in a call, no secret needed."""
    for rule in all_rules():
        yield from rule(call)


def findings_of(call: Call, seen: Iterable[Seen]) -> tuple[Finding, ...]:
    """One list, each cause once: the most certain first, else in the order in which the rules saw them."""
    best: dict[str, Seen] = {}
    for one in seen:
        known = best.get(one.cause)
        if known is None or one.certainty > known.certainty:
            best[one.cause] = _weakened(call, one)
    ordered = sorted(best.values(), key=lambda one: -one.certainty)
    return tuple(finding_of(call, one) for one in ordered)


def _weakened(call: Call, seen: Seen) -> Seen:
    """What rests on bytes that were rebuilt is a hint at most."""
    if not call.rebuilt or seen.certainty <= Certainty.HINT:
        return seen
    return replace(seen, certainty=Certainty.HINT)
