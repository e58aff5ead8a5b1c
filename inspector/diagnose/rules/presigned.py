"""Presigned URLs: their time, their parameters, and what becomes of a URL between its maker and its user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import (
    answer_moment,
    doubtful,
    odd,
    oddities,
    presigned_and_doubtful,
    receipt_moment,
    shown,
    signature_refused,
    signed_moment,
    span,
    stamp,
)
from inspector.diagnose.register import rule
from inspector.s3.operations import BY_NAME
from inspector.s3.sentences import recognise
from inspector.sigv4.canonical import signed_names
from inspector.wire.query import pairs

LONGEST = 7 * 86_400
"""Seconds that a presigned URL may live (AWS documentation, X-Amz-Expires)."""

ALLOWED = 15 * 60
"""Seconds that a URL may be from the future: what S3 servers allow clocks to be off."""

_MANGLED = re.compile(rb"(?i)(?:amp(?:;|%3b)|(?:\\|%5c)u0026|%26|%3f|^\?)x-amz-")
_TWICE = re.compile(rb"%25(?:2f|3b)", re.IGNORECASE)


def _now(call: Call) -> tuple[float, bool]:
    """What time it was, and whether that is the server's own word."""
    server = answer_moment(call)
    return (receipt_moment(call), False) if server is None else (server, True)


@rule(when=presigned_and_doubtful)
def expired(call: Call) -> Iterator[Seen]:
    """The URL was used after its time."""
    signed, seconds = signed_moment(call), call.authorization.expires
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    told = said is not None and said.sentence.name == "expired"
    if signed is None or seconds is None:
        return
    now, by_server = _now(call)
    late = now - (signed + seconds)
    if late > 0 or told:
        certainty = Certainty.CERTAIN if told or by_server else Certainty.LIKELY
        words = f"The URL was good for {span(seconds)} and was used {span(late)} after that" if late > 0 else ""
        yield Seen("presign-expired", certainty, _times(signed, seconds, now), words)


@rule(when=presigned_and_doubtful)
def not_yet(call: Call) -> Iterator[Seen]:
    """The URL was signed at a moment still to come."""
    signed, seconds = signed_moment(call), call.authorization.expires
    now, by_server = _now(call)
    if signed is None or signed - now <= ALLOWED:
        return
    words = f"The URL is good only {span(signed - now)} from now"
    certainty = Certainty.CERTAIN if by_server else Certainty.LIKELY
    yield Seen("presign-not-yet", certainty, _times(signed, seconds or 0, now), words)


def _times(signed: float, seconds: float, now: float) -> str:
    return f"X-Amz-Date:    {stamp(signed)}\nX-Amz-Expires: {seconds:.0f} s\nused:          {stamp(now)}"


@rule(when=presigned_and_doubtful)
def too_long(call: Call) -> Iterator[Seen]:
    """The URL is meant to live longer than a week."""
    seconds = call.authorization.expires
    if seconds is not None and seconds > LONGEST:
        words = f"X-Amz-Expires asks for {span(seconds)}; the most is 7 days"
        yield Seen("presign-too-long", Certainty.CERTAIN, f"X-Amz-Expires={seconds}", words)


def _mangled(call: Call) -> bool:
    return _MANGLED.search(call.request.query) is not None


@rule(when=presigned_and_doubtful)
def url_mangled(call: Call) -> Iterator[Seen]:
    """The URL went through something that escaped its ampersands, or rewrote the case of its parameters."""
    match = _MANGLED.search(call.request.query)
    if match is not None and _missing(call):
        yield Seen("presign-url-mangled", Certainty.CERTAIN, f"query: …{shown(match[0])}…")
        return
    written = [one for one in call.authorization.oddities if one.what.startswith("the name is written")]
    if written:
        seen = "\n".join(f"{one.where}: {one.what}" for one in written)
        yield Seen("presign-url-mangled", Certainty.LIKELY, seen)


@rule(when=presigned_and_doubtful)
def param_missing(call: Call) -> Iterator[Seen]:
    """One of the six parameters of a presigned URL is not there."""
    missing = _missing(call)
    if missing:
        names = ", ".join(missing)
        certainty = Certainty.LIKELY if _mangled(call) else Certainty.CERTAIN
        yield Seen("presign-param-missing", certainty, f"missing: {names}", f"Not in the URL: {names}")


def _missing(call: Call) -> list[str]:
    """The names of parameters that are not there. A URL that holds another one in a parameter lacks none."""
    found = [one.where for one in oddities(call, "query ") if _lacks(one.what)]
    return [where.removeprefix("query ") for where in found]


def _lacks(what: str) -> bool:
    return what in ("missing", "the value is empty") or what.startswith("no value")


@rule(when=doubtful)
def both_auth(call: Call) -> Iterator[Seen]:
    """The request carries an Authorization header and a signature in its query."""
    if odd(call, "header Authorization", "the query carries an authorization too"):
        yield Seen("presign-both-auth", Certainty.CERTAIN, "header Authorization, and X-Amz-… in the query")


@rule(when=presigned_and_doubtful)
def other_method(call: Call) -> Iterator[Seen]:
    """The URL names the operation that it was signed for (x-id), and is used with another method."""
    for pair in pairs(call.request.query):
        known = BY_NAME.get(shown(pair.value or b"")) if pair.name == b"x-id" else None
        method = shown(call.request.method)
        if known is not None and known.method != method:
            certainty = Certainty.LIKELY if signature_refused(call) else Certainty.HINT
            words = f"The URL was signed for {known.name}, a {known.method}, and was used with {method}"
            yield Seen("presign-method", certainty, f"{method} …x-id={known.name}", words)
            return


@rule(when=presigned_and_doubtful)
def header_required(call: Call) -> Iterator[Seen]:
    """The URL was signed for headers that the request does not bring."""
    came = {name.lower() for name, _ in call.request.headers} | {b"host", b":authority"}
    missing = [name for name in signed_names(call.authorization.signed_headers) if name and name not in came]
    if missing:
        names = ", ".join(map(shown, missing))
        listed = shown(b";".join(call.authorization.signed_headers))
        seen = f"X-Amz-SignedHeaders={listed}\nmissing: {names}"
        words = f"The URL was signed for headers that did not come: {names}"
        yield Seen("presign-header-required", Certainty.CERTAIN, seen, words)


@rule(when=presigned_and_doubtful)
def tail_on_signature(call: Call) -> Iterator[Seen]:
    """Something stands behind the 64 digits of the signature, or some of them are gone."""
    for what in (one.what for one in oddities(call, "query X-Amz-Signature") if "64" in one.what):
        seen = f"X-Amz-Signature={call.authorization.signature}"
        yield Seen("query-tail-on-signature", Certainty.CERTAIN, seen, f"X-Amz-Signature is {what}")


@rule(when=presigned_and_doubtful)
def semicolon(call: Call) -> Iterator[Seen]:
    """The semicolons of X-Amz-SignedHeaders stand bare; some parsers cut the query there."""
    if odd(call, "query X-Amz-SignedHeaders", "semicolons are not percent-encoded"):
        told = call.facts.error_code == "AuthorizationQueryParametersError"
        part = call.authorization.part("signed-headers")
        seen = f"X-Amz-SignedHeaders={shown(part.raw) if part else ''}"
        yield Seen("query-semicolon", Certainty.LIKELY if told else Certainty.HINT, seen)


@rule(when=presigned_and_doubtful)
def double_encoded(call: Call) -> Iterator[Seen]:
    """The URL's own parameters are percent-encoded twice."""
    own = [pair for pair in pairs(call.request.query) if pair.name.lower().startswith(b"x-amz-") and pair.value]
    twice = [pair for pair in own if _TWICE.search(pair.value or b"") and pair.name.lower() != b"x-amz-security-token"]
    if twice:
        seen = "\n".join(f"{shown(pair.name)}={shown(pair.value or b'')}" for pair in twice)
        names = ", ".join(shown(pair.name) for pair in twice)
        yield Seen("query-double-encoded", Certainty.CERTAIN, seen, f"Percent-encoded twice: {names}")
