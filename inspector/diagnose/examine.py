"""One call, examined: its signature verified and, where it does not match, solved; every rule asked; one list.

The most certain comes first; among equals the cause before its consequences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inspector.diagnose.advice import finding_of
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Finding, Seen
from inspector.diagnose.judged import NO_CHAIN, Judged, own_key
from inspector.diagnose.mismatch import explained
from inspector.diagnose.register import all_causes, all_rules
from inspector.diagnose.secrecy import without_secrets
from inspector.diagnose.secret_shapes import Spoilt, spoilt
from inspector.diagnose.settled import dialect_of, reweighed
from inspector.diagnose.testimony import OUTDONE, settles, testified
from inspector.diagnose.witness import Testimony, heard
from inspector.native.ids import read_key_id
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.chunks import ChainVerdict, proves_key, verify_chain
from inspector.sigv4.forms import RULE
from inspector.sigv4.hypotheses.model import problem
from inspector.sigv4.key import Key
from inspector.sigv4.logged import Logged
from inspector.sigv4.solve import Outcome, Progress, search
from inspector.sigv4.verify import Verification, verify

DEPTH = 2
"""How many deviations at once are searched unless more are asked for: three take seconds."""

Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a call.

    `outcome` is how the search for its signature ended, None where none was needed. `chain` says how far the signatures
    of its chunks hold. `testimony` is what the client's own log says of it, None where no log was given.
    """

    call: Call
    verification: Verification
    outcome: Outcome | None
    findings: tuple[Finding, ...]
    chain: ChainVerdict = NO_CHAIN
    testimony: Testimony | None = None

    @property
    def signed(self) -> bytes | None:
        """The canonical request that the client signed, where the search has found it and it may be shown."""
        found = self.outcome.explanations if self.outcome else ()
        return found[0].canonical_request if found else None

    @property
    def arrived(self) -> bytes | None:
        """The canonical request that the wire gives; None where a signed value is redacted or nothing is signed."""
        return self.verification.canonical_request


def examine(
    call: Call,
    keys: Sequence[Key] = (),
    *,
    depth: int = DEPTH,
    dialect: Dialect = S3,
    watch: Watch | None = None,
    logged: Sequence[Logged] | None = None,
) -> Diagnosis:
    """Everything that can be said of a call. `keys` are the secrets at hand; none of them shows in the result's texts.

    `watch` is told how a long search proceeds; it may raise to end it. `logged` are entries of the client's own log
    that may be this call's, None where there is no log.
    """
    dialect = dialect_of(call, dialect)
    key, given = _as_the_client_has_it(call, own_key(call, keys), dialect)
    verification = verify(call.signed, key, dialect)
    by_rule = dialect.forms is not RULE and verify(call.signed, key, replace(dialect, forms=RULE)).verdict == "verified"
    outcome = None if by_rule else solved(call, verification, depth, dialect, watch)
    chain = verify_chain(call.signed, key)
    judged = Judged(call, verification, outcome, tuple(keys), dialect, chain, by_rule, given)
    testimony = None if logged is None else heard(judged, logged)
    seen = [*witnessed(judged, testimony), *_unrefuted(judged, observed(call))]
    hidden = (*keys, *((key,) if key else ()))
    findings = tuple(_shown(one, hidden) for one in findings_of(call, seen))
    return Diagnosis(call, verification, outcome, findings, chain, testimony)


def _as_the_client_has_it(call: Call, key: Key | None, dialect: Dialect) -> tuple[Key | None, Spoilt | None]:
    """The call's key; without what was copied along with its secret, where that is what the client signed with."""
    fault = spoilt(key.secret) if key is not None and read_key_id(key.key_id) else None
    if key is None or fault is None or fault.clean is None:
        return key, None
    clean = replace(key, secret=fault.clean)
    if verify(call.signed, key, dialect).verdict == "mismatch" and _right(call, clean, dialect):
        return clean, fault
    return key, None


def _right(call: Call, key: Key, dialect: Dialect) -> bool:
    return verify(call.signed, key, dialect).verdict == "verified"


def _shown(finding: Finding, keys: Sequence[Key]) -> Finding:
    summary, seen = (without_secrets(words, keys) for words in (finding.summary, finding.seen))
    return replace(finding, summary=summary, seen=seen)


def witnessed(judged: Judged, testimony: Testimony | None) -> Iterator[Seen]:
    """What the signature says, and the client's own log, which overrides a search that found nothing."""
    settled = settles(testimony)
    yield from (one for one in explained(judged) if not (settled and one.cause in OUTDONE))
    if testimony is not None:
        yield from testified(judged, testimony)


def solved(call: Call, verification: Verification, depth: int, dialect: Dialect, watch: Watch | None) -> Outcome | None:
    """How the search for a mismatch ended; only SigV4 in header or query is searched."""
    if verification.verdict != "mismatch" or verification.key is None or verification.string_to_sign is None:
        return None
    if verification.scheme not in SEARCHED:
        return None
    around = call.around
    if proves_key(call.signed, verification.key):
        around = replace(around, proved=around.proved | {verification.key.key_id})
    for step in search(problem(call.signed, verification.key, dialect, around), depth):
        if isinstance(step, Outcome):
            return step
        if watch is not None:
            watch(step)
    return None


SEARCHED = frozenset(("sigv4-header", "sigv4-query", "sigv4-streaming"))
"""Schemes whose signature is over a canonical request; hypotheses are about those."""


def _unrefuted(judged: Judged, seen: Iterable[Seen]) -> Iterator[Seen]:
    """What rules suspect without the secret: where it verifies as recorded, nothing has changed up to here."""
    verified = judged.verification.verdict == "verified"
    for one in seen:
        refuted = verified and one.cause in CHANGES and one.certainty is Certainty.LIKELY
        yield replace(one, certainty=Certainty.HINT) if refuted else one


CHANGES = frozenset(("hdr-accept-encoding-changed", "presign-method"))
"""Causes that rules suspect by traces of them, and that a signature which verifies leaves for what comes behind."""


def observed(call: Call) -> Iterator[Seen]:
    """What the rules see in a call, no secret needed."""
    for rule in all_rules():
        yield from rule(call)


def findings_of(call: Call, seen: Iterable[Seen]) -> tuple[Finding, ...]:
    """One list, each cause once: the most certain first, among equals the cause before its consequences.

    Else they stand in the order in which they were seen: what the signature proves, then the rules, family by family.
    """
    best: dict[str, Seen] = {}
    for one in seen:
        weighed = _weighed(call, one)
        known = best.get(one.cause)
        if known is None or weighed.certainty > known.certainty:
            best[one.cause] = weighed
    ordered = sorted(_settled(_undoubted(best)), key=lambda one: (-one.certainty, _depth(one.cause, best)))
    return tuple(finding_of(call, one) for one in ordered)


def _undoubted(best: Mapping[str, Seen]) -> dict[str, Seen]:
    """Without guesses at what nothing explains, where something is certain: a header that did not come is enough."""
    enough = any(one.certainty >= Certainty.CERTAIN and slug.startswith(ENOUGH) for slug, one in best.items())
    return {
        slug: one
        for slug, one in best.items()
        if not (enough and slug in GUESSES and one.certainty < Certainty.CERTAIN)
    }


def _settled(best: Mapping[str, Seen]) -> list[Seen]:
    """That a right signature was refused is a riddle only as long as nothing else explains it; that the answer is about
    the signature is no news once it is proved what was signed.
    """
    known = any(one.certainty > Certainty.HINT for one in best.values() if one.cause != RIDDLE)
    proved = any(one.certainty is Certainty.PROVED for one in best.values())
    over = {cause for cause, settled in ((RIDDLE, known), (MISMATCH, proved)) if settled}
    return [replace(one, certainty=Certainty.HINT) if one.cause in over else one for one in best.values()]


RIDDLE = "sig-ok-locally-but-403"
MISMATCH = "signature-mismatch"
ENOUGH = ("hdr-", "presign-", "query-", "auth-")
"""Beginnings of causes that leave a signature no chance, whatever it was made with."""
GUESSES = frozenset(("key-wrong-secret", "presign-header-required"))
"""What is worth a look where nothing explains a signature."""


def _depth(slug: str, present: Iterable[str]) -> int:
    """How many of the causes that are present lead to this one."""
    causes = all_causes()
    return sum(slug in causes[other].leads_to for other in present if other in causes)


def _weighed(call: Call, seen: Seen) -> Seen:
    """What rests on bytes that were rebuilt is a hint at most; so is whatever is odd about a call that succeeded.

    Of the rest, what was asked of B2 itself is weighed by its answer.
    """
    seen = reweighed(call, seen)
    if seen.certainty > Certainty.HINT and (call.rebuilt or call.succeeded):
        return replace(seen, certainty=Certainty.HINT)
    return seen
