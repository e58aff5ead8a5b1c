"""What was asked of B2 itself (`doctor --probe`) settles what its public traces leave open.

A cause is weighed anew where B2's own answer says whether it takes such a request: what it takes is not why a call
failed; what it refused so is, where the refusal is the same. Only calls to B2 are weighed so, and proofs stand as they
are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import answer_moment, at_b2, receipt_moment, same_refusal, signed_moment, wordless
from inspector.s3.probed import Answered
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.forms import RULE, forms_of


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether B2 takes what a cause says of a call, by which probes. `refusal`: how it was refused there."""

    taken: bool
    probes: tuple[str, ...]
    refusal: Answered | None = None


Asked = Callable[[Call], Settled | None]
"""From a call to what is settled about it; None where nothing is."""


def probe(name: str, variant: str) -> Asked:
    """The answer to one request of a probe."""

    def asked(call: Call) -> Settled | None:
        seen = call.probed.seen(name, variant)
        return None if seen is None else Settled(seen.taken, (name,), None if seen.taken else seen)

    return asked


def region(call: Call) -> Settled | None:
    """Whether the scope's region is checked: a word that is no region at all, and AWS's default."""
    usual = (call.authorization.region or "") == "us-east-1"
    return probe("scope-region", "us-east-1" if usual else "nowhere")(call)


_OFF = re.compile(r"(\d+)m-(ahead|behind)")


def clock(call: Call) -> Settled | None:
    """How far a clock may be off. Between what was taken and what was refused nothing is known."""
    fact, signed = call.probed.fact("clock-limit"), signed_moment(call)
    if fact is None or signed is None:
        return None
    now = answer_moment(call)
    off = (signed - (receipt_moment(call) if now is None else now)) / 60
    for one in fact.seen:
        match = _OFF.fullmatch(one.variant)
        if match is None or (match[2] == "ahead") is (off < 0) or one.status is None:
            continue
        if one.taken and abs(off) <= int(match[1]):
            return Settled(True, ("clock-limit",))
        if not one.taken and abs(off) >= int(match[1]):
            return Settled(False, ("clock-limit",), one)
    return None


def digest(call: Call) -> Settled | None:
    """Whether digests are compared with the body: Content-MD5, else a checksum."""
    written = {name.lower() for name, _ in call.request.headers}
    return probe("wrong-content-md5" if b"content-md5" in written else "wrong-checksum", "sent")(call)


BY_CAUSE: Mapping[str, Asked] = {
    "scope-wrong-region": region,
    "scope-region-typo": region,
    "scope-wrong-service": probe("scope-service", "other"),
    "scope-date-mismatch": probe("scope-date", "day-before"),
    "clock-skew": clock,
    "hdr-list-order": probe("signed-headers-unsorted", "as-written"),
    "hdr-signed-absent": probe("signed-header-absent", "counted-as-empty"),
    "presign-expired": probe("presigned-expired", "expired"),
    "presign-too-long": probe("presigned-too-long", "long"),
    "presign-not-yet": probe("presigned-future", "future"),
    "chunk-signature": probe("signed-chunks", "wrong-chunk"),
    "trailer-signature": probe("signed-trailer", "wrong-trailer"),
    "trailer-checksum": probe("unsigned-trailer", "wrong-checksum"),
    "payload-body-altered": probe("wrong-content-sha256", "sent"),
    "bad-digest": digest,
    "token-extra": probe("session-token", "sent"),
    "sse-kms": probe("kms", "sent"),
    "metadata-too-large": probe("metadata-too-large", "sent"),
    "expected-bucket-owner-mismatch": probe("expected-owner", "sent"),
}
"""Cause to the question whose answer settles it."""


def reweighed(call: Call, seen: Seen) -> Seen:
    """A finding as B2's own answers have it; as it was where they say nothing of it."""
    asked = BY_CAUSE.get(seen.cause)
    if asked is None or not call.probed.of_b2 or not at_b2(call.request) or seen.certainty is Certainty.PROVED:
        return seen
    settled = _by_order(call, seen) or asked(call)
    if settled is None:
        return seen
    probes = tuple(dict.fromkeys((*seen.probed, *settled.probes)))
    if settled.taken:
        return replace(seen, certainty=Certainty.HINT, probed=probes)
    told = settled.refusal is not None and same_refusal(call, settled.refusal)
    return replace(seen, certainty=Certainty.CERTAIN if told else seen.certainty, probed=probes)


# The order of B2's checks

EARLIER = {
    "clock-skew": (("order-signature-clock", "wrong-signature"), ("order-key-clock", "unknown-key")),
}
"""A cause, and the probes that had it beside another fault: the pair, and the other fault alone."""


def _by_order(call: Call, seen: Seen) -> Settled | None:
    """A fault that B2 looks for first is not there where its answer names one that comes after it."""
    for pair, alone in EARLIER.get(seen.cause, ()):
        both, other = call.probed.seen(pair, "sent"), call.probed.seen(alone, "sent")
        if both is None or other is None or (both.status, both.code) == (other.status, other.code):
            continue
        if same_refusal(call, other) and not wordless(call):
            return Settled(True, (pair,))
    return None


# The canonical form


def dialect_of(call: Call, dialect: Dialect) -> Dialect:
    """The rule by which a call's signature is verified: S3's, with the forms that B2 was found to have."""
    if dialect is not S3 or not call.probed.of_b2 or not at_b2(call.request):
        return dialect
    forms = forms_of(call.probed.answers())
    return dialect if forms is RULE else replace(dialect, forms=forms)
