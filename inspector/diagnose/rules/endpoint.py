"""What an endpoint of the recorder found when it refused a call: it had the secret, who reads the recording may not."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import answered, line, signature_refused
from inspector.diagnose.register import all_causes, rule

REASON = b"x-b2-inspector-reason"
UNKNOWN = "signature-mismatch"


@rule(when=signature_refused)
def reason(call: Call) -> Iterator[Seen]:
    """The answer is the recorder's own and names the cause that it found."""
    named = (answered(call, REASON) or b"").decode("ascii", "replace")
    cause = all_causes().get(named)
    if cause is not None and named != UNKNOWN and "synthetic" in call.exchange.alterations:
        yield Seen(named, Certainty.LIKELY, line(REASON, named), f"{cause.title} (so the endpoint, with its secret)")


@rule(when=lambda call: call.exchange.failure is not None and call.exchange.failure.kind == "request-rejected")
def broken_chunk(call: Call) -> Iterator[Seen]:
    """The endpoint broke an upload off at a chunk, or at trailers, whose signature does not hold."""
    text = call.exchange.failure.text if call.exchange.failure else ""
    if text.startswith("the signature of "):
        slug = "trailer-signature" if "trailers" in text else "chunk-signature"
        yield Seen(slug, Certainty.CERTAIN, text, text[:1].upper() + text[1:])
