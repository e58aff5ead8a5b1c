"""What an authorization is made of, and the pieces that the header, query and form of SigV4 share.

Every reader here takes bytes as they stand and notes what is odd about them; none refuses anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

SIGV4A_ALGORITHM = b"AWS4-ECDSA-P256-SHA256"
_ALGORITHMS = (b"AWS4-HMAC-SHA256", SIGV4A_ALGORITHM)

_HEX64 = re.compile(rb"[0-9a-f]{64}")
_AMZ_DATE = re.compile(rb"\d{8}T\d{6}Z")
_SCOPE_DATE = re.compile(r"[0-9]{8}")
_HEX = re.compile(rb"[0-9a-f]+")
_BASE64_OF_32 = re.compile(rb"[A-Za-z0-9+/]{43}=")

_CREDENTIAL = ("key id", "date", "region", "service", "terminator")


class Part(NamedTuple):
    """One part of an authorization and where its bytes stand.

    `place` is `header NAME`, `query NAME` or `form NAME`, NAME as written; `start` is the offset of `raw` in that
    header's value, in the query, or in the body; `raw` is as written, percent-encoding untouched. No part is a secret:
    session tokens, B2's tokens and Basic credentials are read, never kept.
    """

    name: str
    place: str
    start: int
    raw: bytes


class Oddity(NamedTuple):
    """Something malformed or unusual: which part of which place, and what about it, in plain words."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request says about who sent it; None and empty where it does not say.

    `scheme`: sigv4-header, sigv4-query, sigv4-post, sigv4-streaming, sigv4a, sigv2, b2-native, none, other.
    `payload`: hash, empty, unsigned, chunk-signed, trailer. `key_id` to `terminator` are the credential and its scope
    (`region` of SigV4A is its region set); `signed_headers` are in the order and case they were written in;
    `timestamp` is the text of x-amz-date, else of Date; `expires` are seconds (SigV4) or a Unix time (SigV2);
    `security_token` says whether one was sent. Text that is not UTF-8 shows U+FFFD; `parts` hold the exact bytes.
    """

    scheme: str = "none"
    payload: str | None = None
    algorithm: str | None = None
    key_id: str | None = None
    date: str | None = None
    region: str | None = None
    service: str | None = None
    terminator: str | None = None
    signed_headers: tuple[bytes, ...] = ()
    signature: str | None = None
    timestamp: str | None = None
    expires: int | None = None
    security_token: bool = False
    parts: tuple[Part, ...] = ()
    oddities: tuple[Oddity, ...] = ()

    @property
    def presigned(self) -> bool:
        """Whether the authorization stands in the query, so that the URL alone carries it."""
        return bool(self.parts) and self.parts[0].place.startswith("query ")  # those of the query are read first

    def part(self, name: str) -> Part | None:
        """The first part of that name (`credential`, `signed-headers`, `signature`, `timestamp`...)."""
        return next((part for part in self.parts if part.name == name), None)


class Draft:
    """An `Authorization` while it is read: every reader fills in what it finds and notes what is odd."""

    __slots__ = (
        "algorithm",
        "date",
        "expires",
        "key_id",
        "oddities",
        "parts",
        "payload",
        "region",
        "scheme",
        "security_token",
        "service",
        "signature",
        "signed_headers",
        "terminator",
        "timestamp",
    )

    def __init__(self) -> None:
        self.scheme = "none"
        self.payload: str | None = None
        self.algorithm: str | None = None
        self.key_id: str | None = None
        self.date: str | None = None
        self.region: str | None = None
        self.service: str | None = None
        self.terminator: str | None = None
        self.signed_headers: tuple[bytes, ...] = ()
        self.signature: str | None = None
        self.timestamp: str | None = None
        self.expires: int | None = None
        self.security_token = False
        self.parts: list[Part] = []
        self.oddities: list[Oddity] = []

    def part(self, name: str, place: str, start: int, raw: bytes) -> None:
        """Keep where a part stood."""
        self.parts.append(Part(name, place, start, raw))

    def odd(self, where: str, what: str) -> None:
        """Note something malformed or unusual."""
        self.oddities.append(Oddity(where, what))

    def finish(self) -> Authorization:
        """What was read, as a plain value."""
        return Authorization(
            self.scheme,
            self.payload,
            self.algorithm,
            self.key_id,
            self.date,
            self.region,
            self.service,
            self.terminator,
            self.signed_headers,
            self.signature,
            self.timestamp,
            self.expires,
            self.security_token,
            tuple(self.parts),
            tuple(self.oddities),
        )


def text(value: bytes) -> str:
    """UTF-8, with U+FFFD for what is not."""
    return value.decode("utf-8", "replace")


def text_or_none(value: bytes | None) -> str | None:
    return text(value) if value else None


def read_algorithm(draft: Draft, where: str, algorithm: bytes) -> bool:
    """Take the algorithm and say whether it is SigV4A's."""
    draft.algorithm = text_or_none(algorithm)
    if algorithm not in _ALGORITHMS:
        fault = "written in another case" if algorithm.upper() in _ALGORITHMS else "an unknown algorithm"
        draft.odd(where, f"{fault}: {text(algorithm)!r}")
    return algorithm.upper() == SIGV4A_ALGORITHM


def read_credential(draft: Draft, where: str, value: bytes, asymmetric: bool) -> None:
    """Take key id and scope, the scope from the right: a key id may hold slashes and a scope may not."""
    words = text(value).split("/")
    usual = 4 if asymmetric else 5
    if len(words) != usual:
        draft.odd(where, f"{len(words)} components, not {usual}")
    if len(words) > usual:
        words[: 1 - usual] = ["/".join(words[: 1 - usual])]
    if asymmetric:
        words.insert(2, "")
    words += [""] * (5 - len(words))
    draft.key_id, draft.date, draft.region, draft.service, draft.terminator = (word or None for word in words)
    if not all(words):
        for name, word in zip(_CREDENTIAL, words, strict=True):
            if not word and not (asymmetric and name == "region"):
                draft.odd(where, f"the {name} is empty")
    if value.split() != [value]:
        draft.odd(where, "white space inside")
    if draft.date is not None and not _SCOPE_DATE.fullmatch(draft.date):
        draft.odd(where, f"the date is not eight digits: {draft.date!r}")
    if draft.terminator not in ("aws4_request", None):
        draft.odd(where, f"ends with {draft.terminator!r}, not with 'aws4_request'")


def read_signed_headers(draft: Draft, where: str, value: bytes) -> None:
    """Take the names of a SignedHeaders list as written."""
    if not value:
        draft.odd(where, "empty")
        return
    names = draft.signed_headers = tuple(value.split(b";"))
    lower = value.lower()
    once = set(lower.split(b";"))
    if value != lower:
        draft.odd(where, "not all lower case")
    if list(names) != sorted(names):
        draft.odd(where, "not sorted")
    if len(once) != len(names):
        draft.odd(where, "a name stands twice")
    if b"" in once:
        draft.odd(where, "an empty name")
    if b"host" not in once and b":authority" not in once:
        draft.odd(where, "host is not among them")


def read_signature(draft: Draft, where: str, value: bytes, asymmetric: bool) -> None:
    """Take the signature: 64 hex digits of an HMAC, or the hex of a DER-encoded ECDSA signature (SigV4A)."""
    draft.signature = text_or_none(value)
    if not value:
        draft.odd(where, "empty")
    elif asymmetric:
        if not _HEX.fullmatch(value):
            draft.odd(where, "not lower-case hex")
    elif not _HEX64.fullmatch(value):
        draft.odd(where, _signature_fault(value))


def _signature_fault(value: bytes) -> str:
    if _HEX64.fullmatch(value.lower()):
        return "hex in upper case"
    if _HEX64.match(value):
        return f"64 hex digits and then {text(value[64:])!r}"
    if _HEX.fullmatch(value.lower()):
        return f"{len(value)} hex digits, not 64"
    if _BASE64_OF_32.fullmatch(value):
        return "base64, not hex"
    return "not 64 lower-case hex digits"


def read_timestamp(draft: Draft, where: str, value: bytes) -> None:
    """Take an x-amz-date; the scope is read before it."""
    draft.timestamp = text_or_none(value)
    if not _AMZ_DATE.fullmatch(value):
        draft.odd(where, f"not of the form YYYYMMDD'T'HHMMSS'Z': {text(value)!r}")
    elif draft.date is not None and text(value[:8]) != draft.date:
        draft.odd(where, f"another day than the credential's scope: {text(value[:8])}, {draft.date}")
