"""Trouble on the server's side: full vaults, incidents, too many requests, connections that break."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, heard, spoken
from inspector.diagnose.reading import answered, line, span
from inspector.diagnose.register import rule
from inspector.diagnose.retries import retries_of

_INCIDENT = re.compile(r"incident id ([0-9a-f]+-[0-9a-f]+)")

BY_SENTENCE = {
    "no-tomes": "no-tomes",
    "internal-error": "internal-error-xml",
    "internal-incident": "internal-incident-xml",
}
"""B2's sentence to the cause."""

SLOW = frozenset(("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded"))
TIMED_OUT = frozenset(("RequestTimeout", "RequestTimeoutException", "request_timeout"))


def troubled(call: Call) -> bool:
    """Whether an S3 call failed by the server's doing, or by nobody's."""
    return call.facts.api != "b2" and call.failed


@rule(when=troubled)
def in_b2s_words(call: Call) -> Iterator[Seen]:
    """B2 has no room where it looked, or had an accident."""
    for one in heard(call, *BY_SENTENCE):
        yield Seen(BY_SENTENCE[one.sentence.name], one.certainty, _with_ids(call, one.seen))


@rule(when=troubled)
def incident_in_json(call: Call) -> Iterator[Seen]:
    """A server error in JSON, which SDKs that want XML cannot read."""
    if (call.status or 0) < 500 or call.facts.error_code != "internal_error" or not by_b2(call):
        return
    match = _INCIDENT.search(call.facts.error_message or "")
    words = f"B2 had an accident, incident {match[1]}; SDKs cannot read its JSON and drop the id" if match else ""
    yield Seen("internal-error-json", Certainty.CERTAIN, _with_ids(call, spoken(call)), words)


def _with_ids(call: Call, seen: str) -> str:
    """With the ids that a support asks for."""
    ids = [(name, answered(call, name.encode())) for name in ("x-amz-request-id", "x-amz-id-2")]
    return "\n".join([seen, *(line(name, value) for name, value in ids if value)])


@rule(when=troubled)
def slow_down(call: Call) -> Iterator[Seen]:
    """The server asks for fewer requests."""
    if call.facts.error_code in SLOW and call.status != 429:
        yield Seen("slowdown", Certainty.CERTAIN, spoken(call) + _wait(call), _waited(call))


@rule(when=troubled)
def too_many(call: Call) -> Iterator[Seen]:
    """429: too many requests."""
    if call.status == 429:
        yield Seen("rate-limit-429", Certainty.CERTAIN, spoken(call) + _wait(call), _waited(call))


def _wait(call: Call) -> str:
    value = answered(call, b"retry-after")
    return f"\n{line('Retry-After', value)}" if value else ""


def _waited(call: Call) -> str:
    """How long the server asks to wait."""
    value = (answered(call, b"retry-after") or b"").strip()
    seconds = int(value) if value.isdigit() and len(value) < 7 else None
    return "" if seconds is None else f"The server asks for fewer requests, and to wait {span(seconds)}"


@rule(when=troubled)
def timed_out(call: Call) -> Iterator[Seen]:
    """The server waited for a body that did not come."""
    if call.facts.error_code in TIMED_OUT or call.status == 408:
        yield Seen("request-timeout", Certainty.CERTAIN, spoken(call))


@rule(when=troubled)
def reset(call: Call) -> Iterator[Seen]:
    """The connection broke before there was an answer."""
    failure = call.exchange.failure
    if failure is None or failure.kind != "upstream-reset" or call.status is not None:
        return
    size = call.signed.body.sent.size
    seen = failure.text + (f"\n{size} bytes of the body had come" if size else "")
    tries = retries_of(call)
    words = f"The connection broke before an answer came, at attempt {tries.attempt}" if tries.attempt > 1 else ""
    yield Seen("connection-reset", Certainty.CERTAIN, seen, words)
