"""What a verification and a search mean: a proof, a verdict that is no mismatch, or what was ruled out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from inspector.diagnose.attribution import fault_of, trace_of_path
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import shown, signature_refused
from inspector.sigv4.candidates import Alternative, base_values
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.hypotheses.model import HEADER_LIST, PATH, QUERY, SECRET, Change, problem
from inspector.sigv4.key import Key
from inspector.sigv4.solve import Explanation, Outcome
from inspector.sigv4.verify import Verification, verify
from inspector.wire.credentials import HEADERS as SECRET_HEADERS

LONGEST_SHOWN = 400
"""Characters of a line that a finding shows; `explain` prints the whole canonical requests beside it."""


@dataclass(frozen=True)
class Judged:
    """A call with what its signature came to."""

    call: Call
    verification: Verification
    outcome: Outcome | None
    keys: tuple[Key, ...] = ()
    dialect: Dialect = S3

    @cached_property
    def wire(self) -> Mapping[str, bytes]:
        """Axis to the value that the wire gives; no secret among them."""
        if self.verification.key is None:
            return {}
        base = base_values(problem(self.call.signed, self.verification.key, self.dialect, self.call.around))
        return {axis: value for axis, value in base.items() if axis != SECRET}


def explained(judged: Judged) -> Iterator[Seen]:
    """What the signature says about the call."""
    for verdict in VERDICTS:
        yield from verdict(judged)


# Proofs


def proofs(judged: Judged) -> Iterator[Seen]:
    """The client's signature was reproduced: one finding a deviation."""
    for explanation in judged.outcome.explanations if judged.outcome else ():
        yield from _proved(judged, explanation)


def _proved(judged: Judged, explanation: Explanation) -> Iterator[Seen]:
    several = len(explanation.deviations) > 1
    for deviation in explanation.deviations:
        text = difference(judged.wire, deviation)
        summary = _summary(deviation.changes, others_of(explanation), several)
        for cause in dict.fromkeys(deviation.changes[0].cause.split("+")):
            fault = fault_of(judged.call, cause)
            came = f"\ncame through: {trace_of_path(judged.call)}" if fault else ""
            yield Seen(cause, Certainty.PROVED, text + came, summary, fault=fault)


def _summary(changes: Sequence[Change], others: Sequence[str], several: bool) -> str:
    words = changes[0].words
    text = words[:1].upper() + words[1:]
    same = list(dict.fromkeys(change.cause for change in changes[1:] if change.cause != changes[0].cause))
    if same or others:
        text += f" (the same bytes: {', '.join([*same, *others])})"
    if several:
        text += "; together with the others named here this gives the client's signature"
    return text


def others_of(explanation: Explanation) -> list[str]:
    """The names of other sets of deviations that come to the same bytes."""
    own = "+".join(explanation.causes)
    return [name for name in dict.fromkeys("+".join(_causes(way)) for way in explanation.also) if name != own]


def _causes(way: Sequence[Alternative]) -> list[str]:
    return [one.changes[0].cause for one in way]


def difference(wire: Mapping[str, bytes], deviation: Alternative) -> str:
    """The lines that differ: as they were signed, and as they arrived. No secret among them."""
    pairs = [_pair(axis, value, wire.get(axis)) for axis, value in sorted(deviation.values.items())]
    return "\n".join(pair for pair in pairs if pair)


def _pair(axis: str, signed: object, arrived: bytes | None) -> str:
    """One axis; nothing for secrets and for recipes, which the words alone describe."""
    name = axis.removeprefix("header:").encode()
    if axis == SECRET or name in SECRET_HEADERS or not isinstance(signed, bytes) or arrived is None:
        return ""
    return f"signed:  {_shown(axis, signed)}\narrived: {_shown(axis, arrived)}"


def _shown(axis: str, value: bytes) -> str:
    if not value:
        return f"(no {axis.removeprefix('header:')} line)" if axis.startswith("header:") else "(empty)"
    label = "" if axis.startswith("header:") else f"{LABELS.get(axis, axis)} "
    text = label + shown(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(value)} bytes)"


LABELS = {PATH: "path", QUERY: "query", HEADER_LIST: "signed headers"}


# Verdicts that are no proof


def refused_all_the_same(judged: Judged) -> Iterator[Seen]:
    """It verifies as recorded, and the server says that it does not match."""
    if judged.verification.verdict == "verified" and signature_refused(judged.call):
        yield Seen(
            "sig-ok-locally-but-403",
            Certainty.LIKELY,
            f"Signature={judged.verification.signature}",
            "The signature is right for the bytes as recorded, and the server says it does not match",
        )


def accepted_all_the_same(judged: Judged) -> Iterator[Seen]:
    """It does not verify here, and the server took it."""
    if judged.verification.verdict == "mismatch" and judged.call.succeeded:
        yield Seen(
            "sig-bad-locally-but-200",
            Certainty.HINT,
            f"computed: {judged.verification.signature}\narrived:  {judged.call.authorization.signature}",
        )


def unexplained(judged: Judged) -> Iterator[Seen]:
    """Nothing that was tried gives the client's signature."""
    outcome = judged.outcome
    if outcome is None or outcome.explanations or judged.call.succeeded:
        return
    words = f"{outcome.tried:,} ways to sign this request otherwise were tried, none gives the client's signature"
    if outcome.not_searchable:
        words += f"; not searchable: {', '.join(outcome.not_searchable)} (redacted)"
    yield Seen("unexplained", Certainty.HINT, _ruled_out(outcome), words)


def _ruled_out(outcome: Outcome) -> str:
    if not outcome.ruled_out:
        return ""
    return f"ruled out, alone and up to {outcome.level} at a time: {', '.join(outcome.ruled_out)}"


def another_key(judged: Judged) -> Iterator[Seen]:
    """No secret of the call's key id is at hand, and another one that is verifies it."""
    if judged.verification.verdict != "unverified":
        return
    for key in judged.keys:
        if verify(judged.call.signed, key, judged.dialect).verdict == "verified":
            yield Seen(
                "key-other-profile",
                Certainty.PROVED,
                f"key id {judged.call.authorization.key_id}, signed with the secret of {key.key_id} ({key.name})",
                f"The call names one key id and is signed with the secret of another ({key.name})",
            )


VERDICTS = (proofs, another_key, refused_all_the_same, unexplained, accepted_all_the_same)
"""In the order in which they are told."""
