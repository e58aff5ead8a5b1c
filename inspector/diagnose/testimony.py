"""What follows from the client's own log: which causes, how sure, whose fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inspector.diagnose.attribution import trace_of_path
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.judged import Judged
from inspector.diagnose.proofs import difference
from inspector.diagnose.reading import signature_refused
from inspector.diagnose.witness import Difference, Testimony, parts_that_differ, says_the_same
from inspector.sigv4.alternatives import Alternative, base_values, gather
from inspector.sigv4.hypotheses.model import METHOD, PATH, QUERY, REGION, Change, Problem, header
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.wire.query import pairs

OUTDONE = frozenset(("unexplained", "key-wrong-secret"))
"""Verdicts of a search that found nothing: a log that shows what was signed overrides them."""

_NO_PART = frozenset(("key", "line_ends", "homemade", "dressing"))
"""Families of hypotheses about secrets and recipes: a log shows neither."""

_HEADERS = {
    "host": "host-rewritten",
    "accept-encoding": "hdr-accept-encoding-changed",
    "range": "hdr-range-removed",
    "expect": "hdr-expect",
    "user-agent": "hdr-user-agent",
    "content-type": "hdr-content-type",
    "content-length": "hdr-content-length",
    "amz-sdk-request": "hdr-retry-counter",
    "amz-sdk-invocation-id": "hdr-retry-counter",
    **dict.fromkeys(("connection", "te", "trailer", "transfer-encoding", "keep-alive", "upgrade"), "hdr-hop-by-hop"),
    **dict.fromkeys(("via", "forwarded", "x-real-ip"), "hdr-forwarded-signed"),
    **dict.fromkeys(
        ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"), "hdr-conditional-stripped"
    ),
}
"""The cause of a header that changed, by its lower-case name, where no hypothesis knows the very change."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Differences with the cause that they come of; `words` where a hypothesis knows the very change, `also` the names
    of others that come to the same.
    """

    cause: str
    differences: tuple[Difference, ...]
    words: str = ""
    also: tuple[str, ...] = ()


def testified(judged: Judged, testimony: Testimony) -> Iterator[Seen]:
    """What the log adds to what is known. Nothing where the search has reproduced what it says."""
    entry = testimony.entry
    if entry is None or _known_already(judged, testimony):
        return
    if testimony.differences:
        yield from (_changed(judged, testimony, one) for one in _named(testimony))
    elif entry.canonical_request is not None and entry.coherent is not False:
        yield from _only_the_secret(judged, testimony)


def settles(testimony: Testimony | None) -> bool:
    """Whether it shows for certain what was signed instead."""
    return testimony is not None and bool(testimony.differences) and testimony.certainty >= Certainty.CERTAIN


def _known_already(judged: Judged, testimony: Testimony) -> bool:
    found = judged.outcome.explanations if judged.outcome else ()
    logged = testimony.entry.canonical_request if testimony.entry else None
    same = any(one.canonical_request == logged for one in found)
    return same or judged.verification.verdict == "verified"


# What changed


def _named(testimony: Testimony) -> Iterator[_Named]:
    """The differences by their causes: those that a hypothesis foretells, the largest first, then each for itself."""
    open_ones = {one.axis: one for one in testimony.differences}
    for alternative in _foretold(testimony):
        if open_ones.keys() >= alternative.values.keys():
            change = alternative.changes[0]
            own = tuple(open_ones.pop(axis) for axis in alternative.values)
            yield _Named(change.cause.partition("+")[0], own, change.words, _also(alternative.changes))
    by_cause: dict[str, list[Difference]] = {}
    for one in open_ones.values():
        by_cause.setdefault(usual_cause(one), []).append(one)
    yield from (_Named(cause, tuple(some)) for cause, some in by_cause.items())


def _also(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.cause for one in changes if one.cause != changes[0].cause))


def _foretold(testimony: Testimony) -> Sequence[Alternative]:
    """Alternatives of the search whose every value is what the log shows, those of most values first."""
    base, signed = testimony.base, parts_that_differ(testimony)
    if base is None or not signed:
        return ()
    hypotheses = [one for one in all_hypotheses() if one.family not in _NO_PART]
    fitting = [one for one in gather(base, hypotheses) if one.values and one.values.items() <= signed.items()]
    return sorted(fitting, key=lambda one: (-len(one.values), one.weight, one.rank))


def usual_cause(one: Difference) -> str:
    """The cause that a change of this part usually has; `log-differs` where nothing is usual."""
    if one.axis == PATH:
        return _of_path(one)
    if one.axis == QUERY:
        return _of_query(one)
    if one.axis == METHOD:
        return "method-changed"
    if one.axis == REGION:
        return "scope-wrong-region"
    name = one.axis.removeprefix(header(""))
    if name == one.axis:
        return "log-differs"
    return _HEADERS.get(name) or ("hdr-forwarded-signed" if name.startswith("x-forwarded-") else "log-differs")


def _of_path(one: Difference) -> str:
    if says_the_same(one):
        return "path-unencoded"
    if len(one.arrived) > 1 and one.signed.endswith(one.arrived):
        return "path-prefix-stripped"
    if len(one.signed) > 1 and one.arrived.endswith(one.signed):
        return "path-prefix-added"
    return "log-differs"


def _of_query(one: Difference) -> str:
    signed, arrived = ({(pair.name, pair.value) for pair in pairs(text)} for text in (one.signed, one.arrived))
    if signed < arrived:
        return "query-param-added"
    if arrived < signed:
        return "query-param-removed"
    return "query-encoding" if says_the_same(one) else "log-differs"


def _changed(judged: Judged, testimony: Testimony, named: _Named) -> Seen:
    """What was signed differs from what arrived: on the way, unless both say the same in another writing."""
    way = all(not one.secret and says_the_same(one) for one in named.differences)
    text = _shown(testimony.base, named)
    trace = trace_of_path(judged.call)
    if trace and not way:
        text += f"\ncame through: {trace}"
    return Seen(named.cause, testimony.certainty, text, _summary(testimony, named), fault=None if way else Fault.PATH)


def _shown(base: Problem | None, named: _Named) -> str:
    """The lines that differ, as they were signed and as they arrived; of secrets only the name."""
    wire = {} if base is None else base_values(base)
    return "\n".join(_pair(wire, one) or f"{part_name(one.axis)} (not shown)" for one in named.differences)


def _pair(wire: Mapping[str, bytes], one: Difference) -> str:
    if one.secret:
        return ""
    return difference({one.axis: b"", **wire}, Alternative({one.axis: one.signed}, 1, ()))


def _summary(testimony: Testimony, named: _Named) -> str:
    entry = testimony.entry
    log = f"the client's own log ({entry.source}, line {entry.line})" if entry else "the client's own log"
    if named.words:
        also = f" (the same bytes come of: {', '.join(named.also)})" if named.also else ""
        return f"{named.words[:1].upper()}{named.words[1:]}, says {log}{also}"
    parts = ", ".join(part_name(one.axis) for one in named.differences)
    return f"{log[:1].upper()}{log[1:]} shows another {parts} signed than arrived"


def part_name(axis: str) -> str:
    """An axis in words."""
    name = axis.removeprefix(header(""))
    return axis.replace("-", " ") if name == axis else f"{name} line"


# What did not


def _only_the_secret(judged: Judged, testimony: Testimony) -> Iterator[Seen]:
    """What was signed is what arrived: the secret is left."""
    verdict, found = judged.verification.verdict, judged.outcome.explanations if judged.outcome else ()
    if found or judged.call.succeeded:
        return
    seen = f"the canonical request of the log and the one that arrived are the same, {_size(testimony)} bytes"
    if verdict == "mismatch":
        words = "The client's own log shows that it signed what arrived: with another secret than the one at hand"
        yield Seen("key-wrong-secret", testimony.certainty, seen, words)
    elif verdict == "unverified" and signature_refused(judged.call):
        words = (
            "Nothing changed on the way: the client's own log shows that it signed what arrived, so that its secret"
            " is most likely not the key's"
        )
        yield Seen("key-wrong-secret", min(Certainty.LIKELY, testimony.certainty), seen, words)


def _size(testimony: Testimony) -> int:
    return len(testimony.entry.canonical_request or b"") if testimony.entry else 0
