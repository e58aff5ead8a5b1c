"""The second witness: the client's own log, set against the wire.

A log says what was signed, the wire what arrived. Where a part differs, it changed in between, or the signer wrote it
by a rule of its own; where nothing differs, only the secret is left. None of this needs the secret. With it, an entry
that gives the client's signature is a proof.

A log is believed as far as it can be checked. An entry belongs to a call by the signature, else by what the secret
gives, else by the invocation's id or by second, method and path; and its canonical request must be the one whose hash
its own string to sign names, for logs get edited, cut and mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

from inspector.diagnose.finding import Certainty
from inspector.diagnose.judged import Judged
from inspector.sigv4 import steps
from inspector.sigv4.canonical import signed_secret_names
from inspector.sigv4.hypotheses.model import (
    DATE,
    HEADER_LIST,
    METHOD,
    PATH,
    PAYLOAD,
    QUERY,
    REGION,
    SERVICE,
    TERMINATOR,
    TIMESTAMP,
    Problem,
    header,
    laid_out,
    problem,
)
from inspector.sigv4.key import Key
from inspector.sigv4.logged import Logged
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import signs_own_hash, timestamps_of, whole
from inspector.wire.credentials import HEADERS as SECRET_HEADERS
from inspector.wire.credentials import QUERY as SECRET_PARAMETERS
from inspector.wire.headers import get
from inspector.wire.query import pairs

How = Literal["signature", "secret", "invocation", "moment"]

NO_KEY = Key("", b"")
_INVOCATION = b"amz-sdk-invocation-id"


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of what was signed that is another on the wire. `hidden`: what arrived is not on record."""

    axis: str
    signed: bytes
    arrived: bytes
    hidden: bool = False

    @property
    def secret(self) -> bool:
        """Whether neither text may be shown."""
        return self.hidden or self.axis.removeprefix(header("")).encode() in SECRET_HEADERS


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a log says of a call.

    `entry` is the call's, None where none was found; `how` says by what it was. `certainty` is that of what follows
    from it. `note` says in words why there is no entry, or why it is not believed. `base` is the request as it
    arrived, on its axes.
    """

    entry: Logged | None = None
    how: How | None = None
    certainty: Certainty = Certainty.HINT
    differences: tuple[Difference, ...] = ()
    note: str = ""
    base: Problem | None = None


SEARCHED = frozenset(("sigv4-header", "sigv4-query", "sigv4-streaming"))


def heard(judged: Judged, entries: Sequence[Logged]) -> Testimony:
    """What these entries of a log say of a call. Never raises."""
    signed = judged.call.signed
    if signed.authorization.scheme not in SEARCHED:
        return Testimony(note="the call is not signed by SigV4 in its header or query")
    key = judged.verification.key
    entry, how, note = _entry(signed, key, entries)
    if entry is None:
        return Testimony(note=note)
    base = problem(signed, key or NO_KEY, judged.dialect, judged.call.around)
    certainty = _certainty(entry, how, signed, key)
    if entry.coherent is False:
        note = "its string to sign names another canonical request: the log was edited, or is cut or mixed"
    return Testimony(entry, how, certainty, tuple(_differences(judged, entry, base)), note, base)


# Which entry


def _entry(signed: SignedRequest, key: Key | None, entries: Sequence[Logged]) -> tuple[Logged | None, How | None, str]:
    """The call's own entry, and by what it is known; else why there is none."""
    signature = signed.authorization.signature
    for entry in entries:
        if signature and entry.signature == signature:
            return entry, "signature", ""
    for entry in entries:
        if key is not None and signature and signature_of(entry, key) == signature:
            return entry, "secret", ""
    unsigned = [entry for entry in entries if entry.signature is None]
    invocation = get(signed.request.headers, _INVOCATION)
    own = [entry for entry in unsigned if invocation and _line(entry, _INVOCATION) == invocation.strip()]
    if own:
        return _nearest(signed, own, "invocation")
    same = [entry for entry in unsigned if _same_call(signed, entry)]
    if same:
        return _nearest(signed, same, "moment")
    if any(_same_call(signed, entry) for entry in entries):
        return None, None, "its entry of that second, method and path has another signature"
    return None, None, "it has no entry of this signature, nor one of that second, method and path without a signature"


def _nearest(signed: SignedRequest, entries: Sequence[Logged], how: How) -> tuple[Logged | None, How | None, str]:
    """The entry that has the most in common with the call, if there is one."""
    wire = problem(signed, NO_KEY).parts
    common = [sum(wire.get(axis) == value for axis, value in entry.parts.items()) for entry in entries]
    best = [entry for entry, count in zip(entries, common, strict=True) if count == max(common)]
    if len({entry.canonical_request for entry in best}) > 1:
        return None, None, f"{len(best)} of its entries of that second fit equally well"
    return best[0], how, ""


def _same_call(signed: SignedRequest, entry: Logged) -> bool:
    """Whether second, method and path are the call's; the path in any writing."""
    path = unquote_to_bytes(signed.request.path)
    return (
        entry.timestamp in timestamps_of(signed)
        and entry.parts.get(METHOD) == signed.request.method
        and PATH in entry.parts
        and path in (entry.parts[PATH], unquote_to_bytes(entry.parts[PATH]))
    )


def _line(entry: Logged, name: bytes) -> bytes:
    return entry.parts.get(header(name), b"").partition(b":")[2].strip()


def signature_of(entry: Logged, key: Key) -> str | None:
    """The signature that a secret gives to an entry's string to sign; None where the log does not show one."""
    if entry.string_to_sign is None:
        return None
    scope = entry.string_to_sign.split(b"\n")[2].split(b"/")
    return steps.signature(steps.signing_key(key.secret, *scope[-4:]), entry.string_to_sign).decode()


def _certainty(entry: Logged, how: How | None, signed: SignedRequest, key: Key | None) -> Certainty:
    if entry.coherent is False:
        return Certainty.HINT
    if entry.coherent is None:
        return Certainty.LIKELY
    if key is not None and signature_of(entry, key) == signed.authorization.signature:
        return Certainty.PROVED
    return Certainty.CERTAIN if how == "signature" else Certainty.LIKELY


# What differs


def _differences(judged: Judged, entry: Logged, base: Problem) -> Iterator[Difference]:
    """The parts that differ, in the order of the canonical request, then those of the string to sign."""
    if _same_hash(judged, entry):
        canonical: list[Difference] = []
    else:
        canonical = list(_canonical(judged, entry, base))
        if not canonical and entry.coherent and _named_hash(judged) is not None:
            yield from (Difference(axis, b"", b"", True) for axis in _secret_axes(judged.call.signed))
    yield from canonical
    yield from _string(judged.call.signed, entry, base)


def _named_hash(judged: Judged) -> str | None:
    """The hash of the canonical request over the true values, where some of them were replaced."""
    return judged.call.signed.canonical_sha256


def _same_hash(judged: Judged, entry: Logged) -> bool:
    named = _named_hash(judged)
    return (
        bool(named and entry.canonical_request)
        and steps.sha256_hex(entry.canonical_request or b"") == (named or "").encode()
    )


def _secret_axes(signed: SignedRequest) -> tuple[str, ...]:
    """Axes whose true value is not on record."""
    names = signed_secret_names(signed.authorization, signed.redacted)
    return tuple(QUERY if name.startswith("query ") else header(name.removeprefix("header ")) for name in names)


def _canonical(judged: Judged, entry: Logged, base: Problem) -> Iterator[Difference]:
    signed = judged.call.signed
    unknown = set(_secret_axes(signed))
    if signs_own_hash(signed, judged.dialect) and not whole(signed.body):
        unknown.add(PAYLOAD)
    for axis, arrived in laid_out(base.parts, entry.parts).items():
        logged = entry.parts.get(axis)
        if logged is None and entry.canonical_request is None:
            continue
        if axis in unknown and (axis != QUERY or _bare(logged or b"") == _bare(arrived)):
            continue
        if (logged or b"") != arrived:
            yield Difference(axis, logged or b"", arrived)


def _bare(query: bytes) -> list[tuple[bytes, bytes | None]]:
    """A query without the values of secrets."""
    return [(pair.name, None if pair.name.lower() in SECRET_PARAMETERS else pair.value) for pair in pairs(query)]


def _string(signed: SignedRequest, entry: Logged, base: Problem) -> Iterator[Difference]:
    if entry.string_to_sign is None:
        return
    _, moment, scope, _ = entry.string_to_sign.split(b"\n")
    if moment not in timestamps_of(signed):
        yield Difference(TIMESTAMP, moment, base.signing.timestamp)
    wire = (base.signing.date, base.signing.region, base.signing.service, base.signing.terminator)
    axes = (DATE, REGION, SERVICE, TERMINATOR)
    for axis, logged, arrived in zip(axes, scope.split(b"/")[-4:], wire, strict=True):
        if logged != arrived:
            yield Difference(axis, logged, arrived)


def says_the_same(difference: Difference) -> bool:
    """Whether both texts say the same thing in another writing, so that it was the signer who wrote it otherwise."""
    one, other = difference.signed, difference.arrived
    if difference.axis == PATH:
        return _decoded(one) == _decoded(other)
    if difference.axis == QUERY:
        return sorted(map(_decoded, one.split(b"&"))) == sorted(map(_decoded, other.split(b"&")))
    if difference.axis == HEADER_LIST:
        return sorted(one.lower().split(b";")) == sorted(other.lower().split(b";"))
    return one.lower().split() == other.lower().split()


def _decoded(text: bytes) -> bytes:
    """The text with every layer of percent-encoding off, and a space however it was written."""
    for _ in range(3):
        text = unquote_to_bytes(text)
    return text.replace(b"+", b" ").removesuffix(b"=")


def parts_that_differ(testimony: Testimony) -> Mapping[str, bytes]:
    """Axis to what was signed, of all that differs and may be shown."""
    return {one.axis: one.signed for one in testimony.differences if not one.hidden}
