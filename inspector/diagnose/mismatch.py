"""What a verification and a search mean: a proof, a verdict that is no mismatch, or what was ruled out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from inspector.diagnose.attribution import fault_of, trace_of_path
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.reading import shown, signature_refused
from inspector.native.ids import read_key_id, secret_cluster
from inspector.sigv4.candidates import Alternative, base_values
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.chunks import ChainVerdict
from inspector.sigv4.hypotheses.model import HEADER_LIST, PATH, QUERY, SECRET, Change, problem
from inspector.sigv4.key import Key
from inspector.sigv4.payload_facts import Observation
from inspector.sigv4.post_policy import explain_policy
from inspector.sigv4.sigv2 import explain_sigv2
from inspector.sigv4.solve import Explanation, Outcome
from inspector.sigv4.verify import Verification, verify
from inspector.wire.credentials import HEADERS as SECRET_HEADERS

LONGEST_SHOWN = 400
"""Characters of a line that a finding shows; `explain` prints the whole canonical requests beside it."""

NO_CHAIN = ChainVerdict("none")


@dataclass(frozen=True)
class Judged:
    """A call with what its signature came to, and how far the signatures of its chunks hold."""

    call: Call
    verification: Verification
    outcome: Outcome | None
    keys: tuple[Key, ...] = ()
    dialect: Dialect = S3
    chain: ChainVerdict = NO_CHAIN

    @property
    def unexplained(self) -> bool:
        """Whether the signature does not match, and nothing that was tried says why."""
        found = self.outcome.explanations if self.outcome else ()
        return self.verification.verdict == "mismatch" and not found

    @property
    def key_proved_by(self) -> str:
        """What shows that the secret is the client's own, in words; empty where nothing does."""
        if self.verification.verdict == "mismatch" and self.chain.chunks:
            return "the first chunk of this very request carries the signature that this secret gives"
        if self.call.authorization.key_id in self.call.around.proved:
            return "another call of the recording with this key id verifies with this secret"
        return ""

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


def own_key(call: Call, keys: Iterable[Key]) -> Key | None:
    """The key that the call names, if its secret is at hand."""
    return next((key for key in keys if key.key_id == call.authorization.key_id), None)


def right_secret_wrong_scheme(judged: Judged) -> Iterator[Seen]:
    """A SigV2 signature that verifies: nothing is wrong but the scheme."""
    if judged.verification.verdict == "verified" and judged.verification.scheme == "sigv2" and judged.call.failed:
        words = "The secret is right, the scheme is not: signed with SigV2"
        yield Seen("sigv2-used", Certainty.CERTAIN, f"Signature={judged.call.authorization.signature}", words)


# Body and chunks, behind a head whose signature is settled


def body_altered(judged: Judged) -> Iterator[Seen]:
    """The head verifies, its hash of the body with it, and the body is another one."""
    if judged.verification.verdict != "verified" or judged.verification.body != "mismatch":
        return
    body, part = judged.call.signed.body.sent, judged.call.authorization.part("payload")
    seen = f"signed:  {shown(part.raw) if part else ''}\narrived: {body.sha256} ({body.size} bytes)"
    words = "The signature is right, and the body is not the one whose hash was signed"
    fault = fault_of(judged.call, "payload-body-altered")
    yield Seen("payload-body-altered", Certainty.CERTAIN, seen, words, fault=fault)


def broken_chain(judged: Judged) -> Iterator[Seen]:
    """A chunk, or the trailers, are not those that were signed."""
    chain = judged.chain
    settled = judged.verification.verdict == "verified" or chain.chunks > 0
    if chain.verdict != "mismatch" or not settled:
        return
    words = chain.words[:1].upper() + chain.words[1:]
    if chain.failed is not None:
        place = chain.failed
        seen = f"chunk {place.number}: {place.size} bytes from byte {place.offset} of the payload on"
        yield Seen("chunk-signature", Certainty.CERTAIN, seen, words)
    else:
        seen = f"{chain.chunks} chunks, {chain.size} bytes, all verified; trailers: {chain.trailer}"
        yield Seen("trailer-signature", Certainty.CERTAIN, seen, words)


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
        seen = f"computed: {judged.verification.signature}\narrived:  {judged.call.authorization.signature}"
        yield Seen("sig-bad-locally-but-200", Certainty.HINT, seen, fault=Fault.UNKNOWN)


def wrong_secret(judged: Judged) -> Iterator[Seen]:
    """Nothing explains the signature, and nothing shows that the secret is the client's own."""
    key = judged.verification.key
    if not judged.unexplained or key is None or judged.key_proved_by or judged.call.succeeded:
        return
    seen = f"key id {key.key_id}, secret from {key.name} (not shown)"
    if read_key_id(key.secret.decode("latin-1")) is not None:
        yield Seen("key-swapped", Certainty.LIKELY, seen, "The secret at hand has the shape of a key id")
        return
    why = _against(judged, key)
    words = "The client signed with another secret than the one at hand"
    yield Seen("key-wrong-secret", Certainty.LIKELY if why else Certainty.HINT, seen, f"{words}: {why}" if why else "")


def _against(judged: Judged, key: Key) -> str:
    """What speaks against the secret, in words; empty where nothing does but that the signature does not match."""
    named, own = secret_cluster(key.secret.decode("latin-1")), read_key_id(key.key_id)
    if named is not None and own is not None and named != own.cluster:
        return "it names another cluster than the key id"
    if judged.chain.verdict == "mismatch" and judged.chain.failed is not None:
        return "the first chunk, whose signature no header has a part in, does not verify either"
    others = judged.call.around.proved - {key.key_id}
    return "calls with other key ids verify, so that this side reads the client's requests aright" if others else ""


def proven_key(judged: Judged) -> Iterator[Seen]:
    """Nothing explains the signature, and the secret is right all the same."""
    if judged.unexplained and judged.key_proved_by and not judged.call.succeeded:
        seen = f"key id {judged.call.authorization.key_id}"
        yield Seen("key-proven", Certainty.HINT, seen, f"The secret is not to blame: {judged.key_proved_by}")


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
    if judged.verification.verdict != "unverified" or own_key(judged.call, judged.keys) is not None:
        return
    for key in judged.keys:
        if verify(judged.call.signed, key, judged.dialect).verdict == "verified":
            seen = f"key id {judged.call.authorization.key_id}, signed with the secret of {key.key_id} ({key.name})"
            words = f"The call names one key id and is signed with the secret of another ({key.name})"
            yield Seen("key-other-profile", Certainty.PROVED, seen, words)


VERDICTS = (
    proofs,
    other_schemes,
    another_key,
    right_secret_wrong_scheme,
    body_altered,
    broken_chain,
    refused_all_the_same,
    wrong_secret,
    proven_key,
    unexplained,
    accepted_all_the_same,
)
"""In the order in which they are told."""
