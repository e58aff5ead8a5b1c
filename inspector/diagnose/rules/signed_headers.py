"""The list of signed headers beside the headers that came: which are gone, unsigned, or never survive the way."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.attribution import trace_of_path
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.reading import (
    LIST_FAULTS,
    line,
    oddities,
    sent,
    shown,
    signature_refused,
    signed_and_doubtful,
)
from inspector.diagnose.register import rule
from inspector.s3.sentences import recognise
from inspector.sigv4.canonical import signed_names
from inspector.wire.headers import get_all

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers that hold for one connection only, and that whoever passes a request on must take out (RFC 9110 §7.6.1)."""

FORWARDED = (b"x-forwarded-", b"cf-", b"x-real-ip", b"forwarded", b"via", b"true-client-ip")
"""Beginnings of headers that proxies add to or replace."""

GONE = {
    b"range": "hdr-range-removed",
    b"expect": "hdr-expect",
    b"user-agent": "hdr-user-agent",
    b"accept-encoding": "hdr-accept-encoding-changed",
    b"content-type": "hdr-content-type",
    b"content-length": "hdr-content-length",
    b"x-amz-security-token": "token-missing",
}
"""What it means that a header is listed as signed and did not come; the rest is `hdr-signed-absent`."""


def _names(call: Call) -> tuple[bytes, ...]:
    return signed_names(name for name in call.authorization.signed_headers if name)


def absent(call: Call) -> list[bytes]:
    """The signed headers that did not come. The host may stand in HTTP/2's `:authority`."""
    came = {name.lower() for name, _ in call.request.headers}
    if call.request.signed_host:
        came |= {b"host", b":authority"}
    return [name for name in _names(call) if name not in came]


def _in_header(call: Call) -> bool:
    return signed_and_doubtful(call) and call.authorization.scheme != "sigv4-query"


@rule(when=_in_header)
def signed_and_absent(call: Call) -> Iterator[Seen]:
    """A header is listed as signed, and did not come."""
    trace = trace_of_path(call)
    by_cause: dict[str, list[bytes]] = {}
    for name in absent(call):
        by_cause.setdefault(_cause(name), []).append(name)
    for cause, names in by_cause.items():
        listed = ", ".join(shown(name) for name in names)
        seen = f"SignedHeaders={_list(call)}\nmissing: {listed}" + (f"\ncame through: {trace}" if trace else "")
        words = f"Listed as signed, and did not come: {listed}"
        yield Seen(cause, Certainty.CERTAIN, seen, words, fault=Fault.PATH if trace else None)


def _cause(name: bytes) -> str:
    if name in HOP_BY_HOP:
        return "hdr-hop-by-hop"
    if name.startswith(b"if-"):
        return "hdr-conditional-stripped"
    if name.startswith(FORWARDED):
        return "hdr-forwarded-signed"
    return GONE.get(name, "hdr-signed-absent")


def _list(call: Call) -> str:
    return shown(b";".join(call.authorization.signed_headers))


FRAGILE = {
    "hdr-hop-by-hop": HOP_BY_HOP,
    "hdr-expect": frozenset((b"expect",)),
    "hdr-user-agent": frozenset((b"user-agent",)),
}
"""Headers that do not survive a proxy, or that some do not count: signed, they are a risk though they came."""


@rule(when=_in_header)
def fragile(call: Call) -> Iterator[Seen]:
    """A header is signed that whatever stands in between may take out or change."""
    if not signature_refused(call):
        return
    gone = set(absent(call))
    for cause, names in FRAGILE.items():
        found = [name for name in _names(call) if name in names and name not in gone]
        if found:
            yield Seen(cause, Certainty.HINT, _came(call, found), f"Signed: {', '.join(map(shown, found))}")


@rule(when=_in_header)
def forwarded(call: Call) -> Iterator[Seen]:
    """A header that proxies write is signed, and a proxy was there."""
    found = [name for name in _names(call) if name.startswith(FORWARDED) and sent(call, name) is not None]
    if found and signature_refused(call):
        yield Seen("hdr-forwarded-signed", Certainty.LIKELY, _came(call, found), fault=Fault.PATH)


@rule(when=_in_header)
def accept_encoding(call: Call) -> Iterator[Seen]:
    """Accept-Encoding is signed, and the request came through something that is known to rewrite it."""
    trace = trace_of_path(call)
    if b"accept-encoding" not in _names(call) or trace is None or not signature_refused(call):
        return
    if sent(call, b"accept-encoding") is not None:
        seen = f"{_came(call, [b'accept-encoding'])}\ncame through: {trace}"
        yield Seen("hdr-accept-encoding-changed", Certainty.LIKELY, seen, fault=Fault.PATH)


def _came(call: Call, names: list[bytes]) -> str:
    return "\n".join(line(name, value) for name in names for value in get_all(call.request.headers, name))


@rule(when=signed_and_doubtful)
def unsigned(call: Call) -> Iterator[Seen]:
    """An x-amz-* header came that the signature does not cover."""
    signed = {*_names(call), b"x-amz-security-token"}
    came = dict.fromkeys(name.lower() for name, _ in call.request.headers)
    found = [name for name in came if name.startswith(b"x-amz-") and name not in signed]
    if not found or not call.authorization.signed_headers:
        return
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    told = (said is not None and said.sentence.name == "not-in-signature") or _names_unsigned(call)
    listed = ", ".join(shown(name) for name in found)
    seen = f"SignedHeaders={_list(call)}\nunsigned: {listed}"
    yield Seen("hdr-unsigned-amz", _unsigned(call, found, told), seen, f"Sent, and not signed: {listed}")


def _unsigned(call: Call, found: list[bytes], told: bool) -> Certainty:
    """A payload hash beside a presigned URL is what many clients send, and servers overlook."""
    if told:
        return Certainty.CERTAIN
    beside_url = call.authorization.presigned and found == [b"x-amz-content-sha256"]
    return Certainty.HINT if beside_url else Certainty.LIKELY


def _names_unsigned(call: Call) -> bool:
    """AWS lists the headers in an element of its own."""
    return call.error is not None and "HeadersNotSigned" in call.error.fields


@rule(when=signed_and_doubtful)
def list_order(call: Call) -> Iterator[Seen]:
    """The list of signed headers is not sorted, not in lower case, or lacks the host."""
    found = [one.what for one in oddities(call, "") if one.where.endswith("SignedHeaders") and one.what in LIST_FAULTS]
    if found:
        lacks_host = "host is not among them" in found
        certainty = Certainty.CERTAIN if lacks_host else Certainty.LIKELY
        words = f"The list of signed headers is {_joined(found)}"
        yield Seen("hdr-list-order", certainty, f"SignedHeaders={_list(call)}", words)


def _joined(found: list[str]) -> str:
    return "; ".join(dict.fromkeys(found))


@rule(when=signed_and_doubtful)
def http2_authority(call: Call) -> Iterator[Seen]:
    """HTTP/2's `:authority` and a Host line disagree: signers and servers differ in which of them counts."""
    host, authority = sent(call, b"host"), call.request.authority
    if call.request.http_version == "HTTP/2.0" and host is not None and authority and host != authority:
        yield Seen("host-http2-authority", Certainty.LIKELY, f":authority: {shown(authority)}\nhost: {shown(host)}")


@rule(when=signed_and_doubtful)
def redirect_followed(call: Call) -> Iterator[Seen]:
    """The same signature went to another host before, and was answered with a redirect."""
    signature = call.authorization.signature
    for earlier in call.earlier:
        answer = earlier.exchange.response
        if answer is None or answer.status not in (301, 302, 303, 307, 308):
            continue
        if signature and earlier.authorization.signature == signature:
            there = earlier.exchange.request.signed_host
            seen = f"first sent to: {shown(there)} ({answer.status})\nthen to: {shown(call.request.signed_host)}"
            yield Seen("host-redirect-followed", Certainty.CERTAIN, seen)
            return
