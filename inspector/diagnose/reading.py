"""What rules read in a call again and again: header lines, moments, and whether the answer is about the signature."""

from __future__ import annotations

import calendar
import time
from datetime import UTC
from email.utils import parsedate_to_datetime

from inspector.diagnose.call import Call
from inspector.native.ids import region_of_host
from inspector.s3.addressing import locate
from inspector.s3.probed import Answered
from inspector.s3.sentences import errors_of_length, recognise
from inspector.sigv4.parts import Oddity
from inspector.wire.exchange import Request
from inspector.wire.headers import get
from inspector.wire.host import host_name

REFUSALS = frozenset((400, 401, 403))
"""Statuses under which S3 servers refuse a request for what it says of its signer."""

BEYOND_THE_SIGNATURE = frozenset(
    (
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchUpload",
        "InvalidBucketName",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "BucketNotEmpty",
        "EntityTooSmall",
        "EntityTooLarge",
        "InvalidPart",
        "InvalidPartOrder",
        "InvalidRange",
        "MalformedXML",
        "KeyTooLongError",
        "InvalidStorageClass",
        "RequestTimeout",
    )
)
"""Codes that a server gives only once it has accepted the signature."""

ABOUT_THE_SIGNER = frozenset(
    (
        "key-id-malformed",
        "key-not-valid",
        "signature-failed",
        "sigv2-refused",
        "credential-malformed",
        "component-malformed",
        "not-in-signature",
        "signed-header-absent",
        "unauthenticated",
        "bucket-not-authorized",
        "expired",
    )
)
"""Names of B2's sentences (`s3.sentences`) that are about who signed a request and how; the others come after that."""


def sent(call: Call, name: bytes) -> bytes | None:
    """The first value of a header of the request."""
    return get(call.request.headers, name)


def answered(call: Call, name: bytes) -> bytes | None:
    """The first value of a header of the answer."""
    return get(call.response.headers, name) if call.response else None


def shown(value: bytes | str) -> str:
    """A value in a text: UTF-8, with U+FFFD for what is not."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def line(name: bytes | str, value: bytes | str) -> str:
    """A header line in a text."""
    return f"{shown(name)}: {shown(value)}"


def unanswered(call: Call) -> bool:
    """Whether nobody has answered it: a request from elsewhere, or one whose connection broke."""
    return call.status is None


def refused(call: Call) -> bool:
    """Whether it was answered as requests are whose signer is not accepted, or not answered at all.

    A 404 or 412 speaks for the signature: a server looks at it first, unless B2 was asked and does not. So do sentences
    of B2's that are about rights, caps and unsupported calls.
    """
    if call.status is None or told_before_the_signature(call):
        return True
    if call.status not in REFUSALS or call.facts.error_code in BEYOND_THE_SIGNATURE:
        return False
    names = sentences(call)
    return not names or not names.isdisjoint(ABOUT_THE_SIGNER)


def wordless(call: Call) -> bool:
    """Whether an answer came without the body that it has: to HEAD, or to a client that hung up after the head."""
    return call.request.method == b"HEAD" or (call.failed and not call.response_body and call.response is not None)


def without_words(call: Call) -> str:
    """Why there is no body, as what follows the status."""
    return "to HEAD" if call.request.method == b"HEAD" else "whose body did not come"


def same_refusal(call: Call, refusal: Answered) -> bool:
    """Whether a call was refused as the probe was: status and code; to HEAD, the status."""
    if call.status != refusal.status:
        return False
    return wordless(call) or call.facts.error_code == refusal.code


BEFORE_THE_SIGNATURE = ("order-signature-bucket", "order-signature-call", "order-signature-header")
"""Probes whose signature was wrong and that had another fault besides: told is what B2 looks for first."""


def told_before_the_signature(call: Call) -> tuple[str, ...]:
    """The probes that show that B2 gives this call's answer before it looks at the signature; none without facts."""
    if call.status is None or call.facts.error_code is None or not at_b2(call.request):
        return ()
    alone = call.probed.seen("wrong-signature", "sent")
    found = ((name, call.probed.seen(name, "sent")) for name in BEFORE_THE_SIGNATURE)
    return tuple(
        name
        for name, one in found
        if one is not None and alone is not None and one.code != alone.code and same_refusal(call, one)
    )


def sentences(call: Call) -> frozenset[str]:
    """The names of B2's sentences that the answer is, or may be: to HEAD there is no body, but the length of one.

    Sentences with a part that varies fit many lengths, so only fixed ones are guessed.
    """
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    if said is not None:
        return frozenset((said.sentence.name,))
    length = answered(call, b"content-length")
    if not wordless(call) or call.status is None or length is None or not length.isdigit():
        return frozenset()
    guesses = errors_of_length(call.status, int(length[:9]))
    return frozenset(guess.sentence.name for guess in guesses if guess.hole is None)


def doubtful(call: Call) -> bool:
    """Whether the signature may be at fault: an S3 call that was refused as signatures are, or not answered at all."""
    return call.facts.api != "b2" and call.authorization.scheme != "b2-native" and refused(call)


def signed_and_doubtful(call: Call) -> bool:
    """Whether it is `doubtful`, and signed by SigV4 in its header or query."""
    return call.authorization.scheme.startswith("sigv4-") and doubtful(call)


def presigned_and_doubtful(call: Call) -> bool:
    """Whether it is `doubtful`, and carries its SigV4 signature in the query."""
    return call.authorization.scheme == "sigv4-query" and doubtful(call)


def failed_or_open(call: Call) -> bool:
    """Whether it did not go well, or nobody knows."""
    return not call.succeeded


def signature_refused(call: Call) -> bool:
    """Whether the answer says that the signature does not match. B2's answer to HEAD says so by its length alone."""
    if call.facts.error_code is not None:
        return call.facts.error_code == "SignatureDoesNotMatch"
    return "signature-failed" in sentences(call)


def oddities(call: Call, place: str) -> list[Oddity]:
    """What the reader of the authorization found odd at places that begin so."""
    return [one for one in call.authorization.oddities if one.where.startswith(place)]


def odd(call: Call, place: str, what: str) -> Oddity | None:
    """The first oddity at a place that ends so, whose words begin with `what`."""
    found = (one for one in call.authorization.oddities if one.where.endswith(place) and one.what.startswith(what))
    return next(found, None)


LIST_FAULTS = frozenset(
    ("empty", "not all lower case", "not sorted", "a name stands twice", "an empty name", "host is not among them")
)
"""What the reader of the authorization finds odd about a list of signed headers, not about how it is set off."""


def at_b2(request: Request) -> bool:
    """Whether the host line names an S3 endpoint of B2."""
    return region_of_host(host_name(request)) is not None


def endpoint_region(request: Request) -> str | None:
    """The region that the host names, None where it names none."""
    return locate(request).region


# Moments, in Unix seconds.


def amz_moment(text: str | None) -> float | None:
    """The moment of `YYYYMMDD'T'HHMMSS'Z'`, None for anything else."""
    try:
        return float(calendar.timegm(time.strptime(text or "", "%Y%m%dT%H%M%SZ")))
    except (ValueError, OverflowError):
        return None


def http_moment(value: bytes | str | None) -> float | None:
    """The moment of an HTTP date (RFC 9110 §5.6.7), None for anything else."""
    try:
        moment = parsedate_to_datetime(shown(value or b""))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def signed_moment(call: Call) -> float | None:
    """When the request says that it was signed."""
    moment = amz_moment(call.authorization.timestamp)
    return http_moment(call.authorization.timestamp) if moment is None else moment


def answer_moment(call: Call) -> float | None:
    """The server's clock: the answer's Date."""
    return http_moment(answered(call, b"date"))


def receipt_moment(call: Call) -> float:
    """The recorder's clock, when the request came."""
    return call.exchange.timing.request_start


def span(seconds: float) -> str:
    """A time span in words, in the largest unit that fits: `37 s`, `4 min`, `2 h 5 min`, `3 days`."""
    whole = round(abs(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(minutes / 1440)} days"


def stamp(moment: float) -> str:
    """A moment in a text: `2026-11-22 12:00:00 UTC`."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
    except (ValueError, OverflowError, OSError):
        return f"{moment:.0f} s since 1970"
