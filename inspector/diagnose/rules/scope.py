"""The credential's scope: date, region, service and terminator, each beside what the request says elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import at_b2, endpoint_region, signature_refused, signed_and_doubtful
from inspector.diagnose.register import rule
from inspector.wire.host import host_name

SERVICES = frozenset(("s3", "s3express", "s3-outposts", "s3-object-lambda"))
"""Service names that S3 requests are signed for; all but `s3` on AWS alone."""

_MALFORMED = frozenset(("AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"))
_DATE = re.compile(r"\d{8}")


def _scope(call: Call) -> str:
    a = call.authorization
    return "/".join(part or "" for part in (a.date, a.region, a.service, a.terminator))


def _has_scope(call: Call) -> bool:
    return signed_and_doubtful(call) and call.authorization.part("credential") is not None


@rule(when=_has_scope)
def region(call: Call) -> Iterator[Seen]:
    """The scope's region is not the one that the host names."""
    there, signed = endpoint_region(call.request), call.authorization.region or ""
    if there is None or signed == there:
        return
    seen = f"scope: {_scope(call)}\nhost: {host_name(call.request)}"
    if signed and _plain(signed) == _plain(there):
        words = f"The region is written {signed!r}; the endpoint is in {there!r}"
        yield Seen("scope-region-typo", _weight(call), seen, words)
    else:
        unknown = at_b2(call.request) and call.probed.fact("scope-region") is None
        yield Seen("scope-wrong-region", _weight(call), seen, _words(signed, there, unknown))


def _weight(call: Call) -> Certainty:
    """The difference is certain, that it is what was refused is not: one report says that B2 takes any region."""
    told = signature_refused(call) or call.facts.error_code in _MALFORMED
    return Certainty.LIKELY if told else Certainty.HINT


def _words(signed: str, there: str, unknown: bool) -> str:
    words = f"Signed for the region {signed!r}, sent to {there!r}" if signed else f"No region in the scope; {there!r}"
    return words + ("; B2 is not known to refuse a call for this alone" if unknown and signed else "")


def _plain(name: str) -> str:
    """A region without what people mistype: case, separators, leading zeros of the number."""
    return re.sub(r"0+(?=\d)", "", re.sub(r"[^a-z0-9]", "", name.lower()))


@rule(when=_has_scope)
def service(call: Call) -> Iterator[Seen]:
    """The scope's service is not S3."""
    name = call.authorization.service
    aws = host_name(call.request).endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if name == "s3" or (aws and name in SERVICES) or call.facts.api != "s3":
        return
    words = f"Signed for the service {name!r}" if name else "No service in the scope"
    yield Seen("scope-wrong-service", Certainty.CERTAIN, f"scope: {_scope(call)}", words)


@rule(when=_has_scope)
def terminator(call: Call) -> Iterator[Seen]:
    """The scope does not end with `aws4_request`."""
    if call.authorization.terminator != "aws4_request":
        words = f"The scope ends with {call.authorization.terminator or ''!r}, not with 'aws4_request'"
        yield Seen("scope-terminator", Certainty.CERTAIN, f"scope: {_scope(call)}", words)


@rule(when=_has_scope)
def date_mismatch(call: Call) -> Iterator[Seen]:
    """The scope is of another day than the timestamp."""
    date, timestamp = call.authorization.date or "", call.authorization.timestamp or ""
    if _DATE.fullmatch(date) and _DATE.match(timestamp) and not timestamp.startswith(date):
        part = call.authorization.part("timestamp")
        place = part.place if part else "timestamp"
        yield Seen("scope-date-mismatch", Certainty.CERTAIN, f"scope: {_scope(call)}\n{place}: {timestamp}")
