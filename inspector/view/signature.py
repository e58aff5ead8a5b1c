"""A signature part by part: what is on the wire, what the server makes of it, what the client signed.

The server's column is the rule applied to the bytes as they arrived (`verify`); the client's is known where the
signature verifies, for then it is the server's, and where the search has reproduced it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import unquote_to_bytes

from inspector.diagnose.examine import Diagnosis
from inspector.s3.addressing import region_of_host
from inspector.sigv4.hypotheses.model import ASSEMBLY, KEY_DATE, KEY_REGION, KEY_SERVICE, RECIPE, SECRET, STRING
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.solve import Explanation
from inspector.sigv4.verify import text_bytes
from inspector.wire.exchange import Request
from inspector.wire.host import host_name
from inspector.wire.query import pairs

Pieces = Sequence[tuple[str, bytes]]

_STRING_PARTS = ("algorithm", "time", "scope", "hash of the above")
_HIDDEN = frozenset((SECRET, RECIPE, KEY_DATE, KEY_REGION, KEY_SERVICE, ASSEMBLY, STRING))
"""Axes that show in no line of what is signed: how the key is made, and how the pieces are put together."""


@dataclass(frozen=True, slots=True)
class SignedPart:
    """One part of what is signed; None: it is not there, or (`signed`, where the table says so) not known.

    `wire` is as it was sent. `note` says what else is known of it, in words.
    """

    name: str
    wire: bytes | None
    expected: bytes | None
    signed: bytes | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SignatureTable:
    """The parts in the order of the rule; `known`: whether what the client signed is known."""

    parts: tuple[SignedPart, ...]
    known: bool

    def differs(self, part: SignedPart) -> bool:
        """Whether the client is known to have signed something else here."""
        return self.known and part.signed != part.expected


def signature_table(diagnosis: Diagnosis) -> SignatureTable:
    """The signature of a call part by part; no parts where nothing is signed."""
    verification = diagnosis.verification
    found = diagnosis.outcome.explanations[0] if diagnosis.outcome and diagnosis.outcome.explanations else None
    verified = verification.verdict == "verified"
    if verification.string_to_sign is None:
        return SignatureTable((), known=False)
    signed_request, signed_string = verification.canonical_request, verification.string_to_sign
    if found is not None:
        signed_request, signed_string = found.canonical_request, found.string_to_sign
    known = verified or found is not None
    wire = _wire(diagnosis.call.signed)
    parts = [
        *_aligned(canonical_pieces(verification.canonical_request), canonical_pieces(signed_request), wire),
        *_aligned(_string_pieces(verification.string_to_sign), _string_pieces(signed_string), wire),
        *_key(diagnosis, found),
    ]
    return SignatureTable(tuple(_noted(part, diagnosis) for part in parts), known)


# The pieces


def canonical_pieces(text: bytes | None) -> Pieces:
    """The parts of a canonical request by name; its lines where it has not the form of the rule."""
    if text is None:
        return ()
    lines = text.split(b"\n")
    if len(lines) < 6 or lines[-3] != b"":
        return [(f"line {number}", line) for number, line in enumerate(lines, 1)]
    method, path, query = lines[:3]
    headers = [(f"header {_name(line.partition(b':')[0])}", line) for line in lines[3:-3]]
    tail = [("signed headers", lines[-2]), ("payload", lines[-1])]
    return _unique([("method", method), ("path", path), *_parameters(query), *headers, *tail])


def _parameters(query: bytes) -> Iterator[tuple[str, bytes]]:
    if not query:
        yield "query", b""
        return
    for pair in query.split(b"&"):
        yield f"query {_name(unquote_to_bytes(pair.partition(b'=')[0]))}", pair


def _unique(pieces: Pieces) -> Pieces:
    """A name that comes again gets its number."""
    seen: dict[str, int] = {}
    found: list[tuple[str, bytes]] = []
    for name, value in pieces:
        seen[name] = seen.get(name, 0) + 1
        found.append((name if seen[name] == 1 else f"{name} ({seen[name]})", value))
    return found


def _string_pieces(text: bytes | None) -> Pieces:
    if text is None:
        return ()
    lines = text.split(b"\n")
    names: Sequence[str] = _STRING_PARTS
    if len(lines) != len(_STRING_PARTS):
        names = [f"string to sign, line {number}" for number in range(1, len(lines) + 1)]
    return list(zip(names, lines, strict=True))


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


# Side by side


def _aligned(expected: Pieces, signed: Pieces, wire: Mapping[str, bytes]) -> Iterator[SignedPart]:
    """Both by name, in their order."""
    before, after = [name for name, _ in expected], [name for name, _ in signed]
    for what, start, end, other, other_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            for (name, value), (_, its) in zip(expected[start:end], signed[other:other_end], strict=True):
                yield SignedPart(name, wire.get(name), value, its)
            continue
        yield from (SignedPart(name, wire.get(name), value, None) for name, value in expected[start:end])
        yield from (SignedPart(name, wire.get(name), None, value) for name, value in signed[other:other_end])


def _wire(signed: SignedRequest) -> dict[str, bytes]:
    """The same parts as they were sent."""
    request, authorization = signed.request, signed.authorization
    found = {"method": request.method, "path": request.path, "query": request.query, **_sent_parameters(request)}
    for header, value in request.headers:
        part = f"header {_name(header.lower())}"
        line = b"%b: %b" % (header, value)
        found[part] = found[part] + b"\n" + line if part in found else line
    if "header host" not in found and request.signed_host:
        found["header host"] = b":authority: " + request.signed_host
    for written, name in (("signed-headers", "signed headers"), ("payload", "payload"), ("credential", "scope")):
        its = authorization.part(written)
        if its is not None:
            found[name] = its.raw
    found["time"] = text_bytes(authorization.timestamp)
    found["algorithm"] = text_bytes(authorization.algorithm)
    return found


def _sent_parameters(request: Request) -> dict[str, bytes]:
    sent = ((name, name if value is None else b"%b=%b" % (name, value)) for name, value, _ in pairs(request.query))
    return dict(_unique([(f"query {_name(unquote_to_bytes(name))}", raw) for name, raw in sent]))


def _key(diagnosis: Diagnosis, found: Explanation | None) -> Iterator[SignedPart]:
    """The key, and what it gives."""
    verification, authorization = diagnosis.verification, diagnosis.call.authorization
    given = None if authorization.signature is None else authorization.signature.encode()
    if verification.key is not None:
        expected = f"the secret of {verification.key.key_id}".encode()
        yield SignedPart("key", text_bytes(authorization.key_id), expected, _hidden_words(found) or expected)
    computed = None if verification.signature is None else verification.signature.encode()
    if given is not None or computed is not None:
        yield SignedPart("signature", given, computed, given if found or verification.verdict == "verified" else None)


def _hidden_words(found: Explanation | None) -> bytes:
    """What was done otherwise where no line shows it."""
    deviations = () if found is None else found.deviations
    return "; ".join(one.changes[0].words for one in deviations if _HIDDEN & one.values.keys()).encode()


# What else is known


def _noted(part: SignedPart, diagnosis: Diagnosis) -> SignedPart:
    note = _NOTES[part.name](diagnosis) if part.name in _NOTES else ""
    return SignedPart(part.name, part.wire, part.expected, part.signed, note) if note else part


def _scope_note(diagnosis: Diagnosis) -> str:
    region = region_of_host(host_name(diagnosis.call.request))
    signed = diagnosis.call.authorization.region
    return f"the host's name says {region}" if region and signed and region != signed else ""


def _payload_note(diagnosis: Diagnosis) -> str:
    if diagnosis.verification.body != "mismatch":
        return ""
    return f"the body that came has the SHA-256 {diagnosis.call.signed.body.sent.sha256}"


_NOTES = {"scope": _scope_note, "payload": _payload_note}
