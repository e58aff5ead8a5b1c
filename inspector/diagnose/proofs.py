"""The client's signature was reproduced: which bytes were signed, and how they differ from those that arrived."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from inspector.diagnose.attribution import direction_of, fault_of, trace_of_path
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.judged import Judged, own_key
from inspector.diagnose.reading import shown
from inspector.sigv4.alternatives import Alternative
from inspector.sigv4.hypotheses.model import HEADER_LIST, PATH, QUERY, SECRET, SERVICE, Change
from inspector.sigv4.key import Key
from inspector.sigv4.payload_facts import Observation
from inspector.sigv4.post_policy import explain_policy
from inspector.sigv4.sigv2 import explain_sigv2
from inspector.sigv4.solve import Explanation
from inspector.wire.credentials import HEADERS as SECRET_HEADERS
from inspector.wire.credentials import QUERY as SECRET_PARAMETERS

LONGEST_SHOWN = 400
"""Characters of a line that a finding shows; `explain` prints the whole canonical requests beside it."""


def proofs(judged: Judged) -> Iterator[Seen]:
    """The client's signature was reproduced: one finding a deviation."""
    for explanation in judged.outcome.explanations if judged.outcome else ():
        yield from _proved(judged, explanation)


def _proved(judged: Judged, explanation: Explanation) -> Iterator[Seen]:
    if not explanation.deviations:
        yield _badly_written(judged.call.authorization.signature or "")
    for deviation in explanation.deviations:
        text = difference(judged.wire, deviation)
        summary = _summary(deviation.changes, explanation)
        for cause in dict.fromkeys(deviation.changes[0].causes):
            side = direction_of(cause, deviation, judged.wire)
            fault = side.fault if side else fault_of(judged.call, cause)
            came = f"\ncame through: {trace_of_path(judged.call)}" if fault is Fault.PATH else ""
            yield Seen(cause, Certainty.PROVED, text + came, summary, side.fix if side else "", fault)
    yield from _service(judged, explanation)


def _service(judged: Judged, explanation: Explanation) -> Iterator[Seen]:
    """The service of the scope is what was signed, and signers have another rule for paths where it is not S3."""
    service = judged.call.authorization.service
    if service not in (None, "s3") and not any(SERVICE in one.values for one in explanation.deviations):
        yield Seen(
            "scope-wrong-service", Certainty.PROVED, f"service: {service}", f"Signed for the service {service!r}"
        )


def _badly_written(signature: str) -> Seen:
    """A signature that is right, and not written as it should be."""
    if _TAIL.fullmatch(signature):
        words = "The signature is right, and something stands behind it"
        return Seen("query-tail-on-signature", Certainty.PROVED, f"Signature={signature}", words)
    words = "The signature is right, and not written as 64 lower-case hex digits"
    return Seen("impl-signature-encoding", Certainty.PROVED, f"Signature={signature}", words)


_TAIL = re.compile(r"[0-9a-f]{64}.+", re.DOTALL)


def _summary(changes: Sequence[Change], explanation: Explanation) -> str:
    """What was signed, by which other names this goes, and whether it explains the signature alone."""
    words = changes[0].words
    text = words[:1].upper() + words[1:]
    same = [change.cause for change in changes[1:] if change.cause != changes[0].cause]
    names = dict.fromkeys([*same, *others_of(explanation)])
    if names:
        text += f" (the same bytes come of: {', '.join(names)})"
    if len(explanation.deviations) > 1:
        text += "; together with what else is proved here this gives the client's signature"
    return text


def others_of(explanation: Explanation) -> list[str]:
    """The names of other sets of deviations that come to the same bytes."""
    own = _name(explanation.deviations)
    return [name for name in dict.fromkeys(map(_name, explanation.also)) if name != own]


def _name(way: Sequence[Alternative]) -> str:
    return "+".join(one.changes[0].cause for one in way)


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
    text = label + shown(masked(value) if axis in (PATH, QUERY) else value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(value)} bytes)"


def masked(query: bytes) -> bytes:
    """A query without the values of parameters that are secrets: the token of a presigned URL is one."""
    return _PARAMETER.sub(_without_value, query)


_PARAMETER = re.compile(rb"([^?&=]+)=([^&]*)")


def _without_value(match: re.Match[bytes]) -> bytes:
    return match[1] + b"=(not shown)" if match[1].lower() in SECRET_PARAMETERS else match[0]


LABELS = {PATH: "path", QUERY: "query", HEADER_LIST: "signed headers"}


# Other schemes have no canonical request: theirs are a few forms, tried one by one.


def other_schemes(judged: Judged) -> Iterator[Seen]:
    """A form's policy, or a SigV2 signature: which other form, secret or scope gives it."""
    key = judged.verification.key or own_key(judged.call, judged.keys)
    if judged.verification.verdict == "mismatch" and key is not None:
        for found in _ways(judged, key):
            words = f"{found.words[:1].upper()}{found.words[1:]}: this gives the client's signature"
            yield Seen(found.cause, Certainty.PROVED, found.seen, words)


def _ways(judged: Judged, key: Key) -> Iterator[Observation]:
    signed, around = judged.call.signed, judged.call.around
    others = [one for one in judged.keys if one != key]
    if signed.authorization.part("policy") is not None:
        yield from explain_policy(signed, key, others, around.regions)
    elif signed.authorization.scheme == "sigv2":
        yield from explain_sigv2(signed, key, others)
