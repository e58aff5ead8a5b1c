"""The body: its hash, framing, lengths, trailers and checksum, beside what the head says of them."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import doubtful, failed_or_open, odd
from inspector.diagnose.register import rule
from inspector.s3.sentences import recognise
from inspector.sigv4.payload_facts import payload_facts

WITHOUT_PROOF = frozenset(("payload-body-altered",))
"""What follows from the bytes only when the signature verifies: else the client may have hashed something else."""


def _to_s3(call: Call) -> bool:
    return failed_or_open(call) and call.authorization.scheme.startswith(("sigv4", "none"))


@rule(when=_to_s3)
def body(call: Call) -> Iterator[Seen]:
    """The body is not what the head says it is."""
    for fact in payload_facts(call.signed, call.request_body):
        certainty = Certainty.LIKELY if fact.cause in WITHOUT_PROOF else Certainty.CERTAIN
        words = fact.words if fact.words.startswith("x-amz-") else fact.words[:1].upper() + fact.words[1:]
        yield Seen(fact.cause, certainty, fact.seen, words)


@rule(when=doubtful)
def hash_missing(call: Call) -> Iterator[Seen]:
    """A signed request without x-amz-content-sha256, which S3 wants of every one."""
    if call.authorization.scheme == "sigv4-header" and odd(call, "header x-amz-content-sha256", "missing"):
        told = "x-amz-content-sha256" in (call.facts.error_message or "")
        certainty = Certainty.CERTAIN if told else Certainty.HINT
        yield Seen("payload-hash-missing", certainty, "no x-amz-content-sha256 header")


SENTENCES = {"chunk-too-large": "chunk-framing", "trailer-malformed": "chunk-framing"}
"""What B2 says of a stream that it cannot read, and what that means."""


@rule(when=failed_or_open)
def stream_refused(call: Call) -> Iterator[Seen]:
    """B2 says that it cannot read the chunks or trailers of a stream."""
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    cause = SENTENCES.get(said.sentence.name) if said else None
    if cause is not None:
        yield Seen(cause, Certainty.CERTAIN, f"{call.facts.error_code}: {call.facts.error_message}")


@rule(when=doubtful)
def retried_with_another_body(call: Call) -> Iterator[Seen]:
    """An earlier attempt of the same call had another body, and this one has the old one's hash."""
    part = call.authorization.part("payload")
    if part is None or call.authorization.payload not in ("hash", "empty"):
        return
    declared, own = part.raw.strip().lower().decode("ascii", "replace"), call.signed.body.sent
    for earlier in call.earlier:
        before = earlier.body.sent
        if _same_call(call, earlier) and before.sha256 == declared != own.sha256:
            seen = f"before: {before.size} bytes, SHA-256 {before.sha256}\nnow:    {own.size} bytes, {own.sha256}"
            yield Seen("payload-retry-different", Certainty.CERTAIN, seen)
            return


def _same_call(call: Call, earlier: Earlier) -> bool:
    """Whether it is another attempt of this call: by the SDK's own number, else by method and target."""
    if call.facts.invocation_id and earlier.facts.invocation_id:
        return call.facts.invocation_id == earlier.facts.invocation_id
    there = earlier.exchange.request
    return (there.method, there.target) == (call.request.method, call.request.target)
