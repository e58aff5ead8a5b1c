"""Presigned URLs: their time, their parameters, and what becomes of a URL between its maker and its user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

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

_OWN = re.compile(rb"(?i)x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token)(?=\\?=)")
_GLUE = re.compile(rb"(?i)(?:&(?:amp;)+|\\\\u0026|%(?:25)*(?:26|3f|5c)(?:u0026)?(?:amp%3b)?|&#\d+;|[^0-9a-z])?\Z")
"""What an ampersand has become before a parameter; no more of what stands before it is shown."""
_TIMES_ESCAPED = 3
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


def _presigned_or_unsigned(call: Call) -> bool:
    """A URL may be mangled so badly that nothing of its signature can be read."""
    unsigned = call.facts.api == "s3" and call.authorization.scheme == "none" and doubtful(call)
    return presigned_and_doubtful(call) or unsigned


def _hidden(call: Call) -> bytes:
    """The first parameter of a presigned URL that stands in the target and is none of it: what was glued to it, and
    its name. Empty where there is none.
    """
    target = call.request.target
    named = {pair.name.lower() for pair in pairs(target.partition(b"?")[2])}
    for _ in range(_TIMES_ESCAPED):
        for found in _OWN.finditer(target):
            if found[0].lower() not in named:
                glue = _GLUE.search(target[: found.start()])
                return (glue[0] if glue else b"") + found[0]
        target = unquote_to_bytes(target)
    return b""


@rule(when=_presigned_or_unsigned)
def url_mangled(call: Call) -> Iterator[Seen]:
    """The URL went through something that escaped its ampersands, or rewrote the case of its parameters."""
    glued = _hidden(call)
    if glued:
        yield Seen("presign-url-mangled", Certainty.CERTAIN, f"target: …{shown(glued)}=…")
        return
    written = [one for one in call.authorization.oddities if one.what.startswith("the name is written")]
    if written:
        seen = "\n".join(f"{one.where}: {one.what}" for one in written)
        whole = len(written) > 1
        words = "The names of the URL's parameters are written in another case" if whole else ""
        yield Seen("presign-url-mangled", Certainty.CERTAIN if whole else Certainty.LIKELY, seen, words)


@rule(when=_presigned_or_unsigned)
def cut_off(call: Call) -> Iterator[Seen]:
    """Of a presigned URL only the parameter came that stands before its signature: a shell took the & for its own."""
    query = call.request.query
    signers = any(name.lower().startswith((b"x-amz-", b"amz-sdk-")) for name, _ in call.request.headers)
    if call.authorization.scheme == "none" and query.startswith(b"x-id=") and b"&" not in query and not signers:
        words = "The beginning of a presigned URL came (x-id), cut off at its first &"
        yield Seen("presign-param-missing", Certainty.LIKELY, f"query: {shown(query)}", words)


@rule(when=presigned_and_doubtful)
def param_missing(call: Call) -> Iterator[Seen]:
    """One of the six parameters of a presigned URL is not there."""
    missing = _missing(call)
    if missing:
        names = ", ".join(missing)
        certainty = Certainty.LIKELY if _hidden(call) else Certainty.CERTAIN
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
