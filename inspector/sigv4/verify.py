"""Whether a request carries the signature that its bytes and a secret give.

`verify` computes; it accuses nobody. Why a signature differs is for `solve` to find out.
"""

from __future__ import annotations

import hmac
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import unquote_to_bytes

from inspector.sigv4 import steps
from inspector.sigv4.authorization import Authorization, Part
from inspector.sigv4.canonical import S3, Dialect, canonical_request, declared_payload
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.wire.exchange import BodyInfo
from inspector.wire.redaction import is_removed_signature

Verdict = Literal["verified", "mismatch", "unverified", "none"]
BodyVerdict = Literal["match", "mismatch", "unknown"]
Scope = tuple[bytes, bytes, bytes, bytes]

_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
_HEX64 = re.compile(rb"[0-9a-f]{64}")
_LONGEST_DATE = 64


@dataclass(frozen=True, slots=True)
class Verification:
    """What this side computes for a request, beside what the request carries.

    `verdict`: `verified`, `mismatch`, `unverified` (no secret of that key id is at hand), `none` (nothing is signed).
    `body`: whether the body is the one whose hash was signed. `canonical_request` is None where a value that was
    signed is redacted, and for schemes without one. `signature` is the expected one, None without a secret.
    `note` says why a signature stays unverified where it is not for want of a secret. The keys between are given by
    `steps.derived_keys(key.secret, *scope_of(signed))`.
    """

    scheme: str
    verdict: Verdict
    body: BodyVerdict = "unknown"
    canonical_request: bytes | None = None
    string_to_sign: bytes | None = None
    signature: str | None = None
    key: Key | None = None
    note: str = ""


def verify(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """Compute the signature of a request from its bytes and the secret of its key id. Never raises.

    `key` None: what can be computed without one. The scheme is the one that the request names.
    """
    scheme = signed.authorization.scheme
    verifier = _VERIFIERS.get(scheme)
    if verifier is None:
        return Verification(scheme, "none")
    if is_removed_signature(text_bytes(signed.authorization.signature)):
        return replace(verifier(signed, None, dialect), verdict="unverified", body="unknown", note=REMOVED_NOTE)
    return verifier(signed, key, dialect)


def verify_sigv4(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """A request signed by SigV4 in its header or query: canonical request, string to sign, key, signature."""
    scheme = signed.authorization.scheme
    canonical, digest = canonical_of(signed, dialect)
    scope = scope_of(signed)
    strings = [steps.string_to_sign(digest, moment, steps.scope(*scope)) for moment in timestamps_of(signed)]
    if key is None:
        return Verification(scheme, "unverified", body_verdict(signed, dialect), canonical, strings[0])
    signing_key = steps.signing_key(key.secret, *scope)
    for to_sign in strings:
        expected = steps.signature(signing_key, to_sign)
        if same(expected, signed.authorization.signature):
            body = body_verdict(signed, dialect, key)
            return Verification(scheme, "verified", body, canonical, to_sign, expected.decode(), key)
    spaced = _with_spaces(signed)
    if spaced is not None and (found := verify_sigv4(spaced, key, dialect)).verdict == "verified":
        return replace(found, note=PLUS_NOTE)
    expected = steps.signature(signing_key, strings[0])
    body = body_verdict(signed, dialect)
    if canonical is not None and not whole(signed.body) and signs_own_hash(signed, dialect):
        note = "the request does not name the hash of its body, and not all of the body was seen"
        return Verification(scheme, "unverified", body, canonical, strings[0], expected.decode(), key, note)
    return Verification(scheme, "mismatch", body, canonical, strings[0], expected.decode(), key)


REMOVED_NOTE = "its signature was taken out (`scrub`), so that there is nothing to compare with"

PLUS_NOTE = "a '+' in the query was signed as a space"


def _with_spaces(signed: SignedRequest) -> SignedRequest | None:
    """The request with each `+` of its query as a space; None where there is none, or where it cannot be known.

    Rust's object_store sends a space so and signs it as `%20`, and servers written in Go take it: MinIO, rclone. The
    documentation has no word about a raw `+`, so that both readings count.
    """
    request = signed.request
    if b"+" not in request.query or signed.canonical_sha256 is not None:
        return None
    target = request.path + b"?" + request.query.replace(b"+", b"%20")
    return replace(signed, request=replace(request, target=target))


def canonical_of(signed: SignedRequest, dialect: Dialect = S3) -> tuple[bytes | None, bytes]:
    """The canonical request (None where a signed value is redacted) and its hex SHA-256 over the true values."""
    if signed.canonical_sha256 is not None:
        return None, signed.canonical_sha256.encode()
    canonical = canonical_request(signed.request, signed.authorization, dialect, signed.body.sent.sha256.encode())
    return canonical, steps.sha256_hex(canonical)


def scope_of(signed: SignedRequest) -> Scope:
    """Date, region, service and terminator of the credential's scope, byte for byte; empty where it does not say."""
    a = signed.authorization
    texts = (text_bytes(a.date), text_bytes(a.region), text_bytes(a.service), text_bytes(a.terminator))
    return _exact_scope(a, texts) if any(_REPLACED in text for text in texts) else texts


def _exact_scope(authorization: Authorization, texts: Scope) -> Scope:
    """The scope out of the credential as written: its text shows U+FFFD for what is not UTF-8."""
    raw = _exact(authorization.part("credential"))
    if raw is None:
        return texts
    words = (raw if b"/" in raw else unquote_to_bytes(raw)).split(b"/")
    if authorization.scheme == "sigv4a":  # its scope has no region
        words[-2:-2] = [texts[1]]
    words = words[1:] if len(words) < 5 else words[-4:]
    date, region, service, terminator = (*words, *(b"",) * (4 - len(words)))
    return date, region, service, terminator


def timestamps_of(signed: SignedRequest) -> tuple[bytes, ...]:
    """The timestamps that may stand in the string to sign, byte for byte; the usual one first.

    A Date header is signed in the form of x-amz-date (AWS documentation; botocore does so) or, as AWS S3 has shown in
    its answers, as it stands (ceph/s3-tests#346): both are the rule.
    """
    part = signed.authorization.part("timestamp")
    raw = _exact(part)
    if part is None or raw is None:
        return (text_bytes(signed.authorization.timestamp),)
    written = raw.strip()
    moment = _basic_form(written) if part.place.lower() == "header date" else None
    return (written,) if moment is None else (moment, written)


def _exact(part: Part | None) -> bytes | None:
    """The bytes of a part: decoded once where it stands in the query."""
    if part is None:
        return None
    return unquote_to_bytes(part.raw) if part.place.startswith("query ") else part.raw


def _basic_form(date: bytes) -> bytes | None:
    """An HTTP date (RFC 9110 §5.6.7) as YYYYMMDD'T'HHMMSS'Z'; None where it is none."""
    if len(date) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(date.decode("ascii"))
        utc = moment.astimezone(UTC) if moment.tzinfo else moment  # botocore writes -0000, "not known", for UTC
        return utc.strftime("%Y%m%dT%H%M%SZ").encode()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def body_verdict(signed: SignedRequest, dialect: Dialect = S3, key: Key | None = None) -> BodyVerdict:
    """Whether the body is the one whose hash was signed: in x-amz-content-sha256, on its own, or chunk by chunk.

    `key`: the one that the request's signature was verified with; without it nothing is known of chunks, nor of a
    body whose hash the request does not name.
    """
    declared = declared_payload(signed.authorization)
    if declared is None:
        return "match" if key is not None and signs_own_hash(signed, dialect) and whole(signed.body) else "unknown"
    if signed.authorization.payload == "chunk-signed":
        return "unknown" if key is None else _verdict_of_chunks(signed, key)
    named = declared.lower()
    if not _HEX64.fullmatch(named):
        return "unknown"
    if not whole(signed.body):
        # Whatever is missing: with any bytes at all, a body is not the empty one.
        return "mismatch" if named == steps.EMPTY_SHA256 and signed.body.sent.size else "unknown"
    return "match" if named == signed.body.sent.sha256.encode() else "mismatch"


def _verdict_of_chunks(signed: SignedRequest, key: Key) -> BodyVerdict:
    chunks = importlib.import_module("inspector.sigv4.chunks")
    verdicts: dict[str, BodyVerdict] = {"verified": "match", "mismatch": "mismatch"}
    return verdicts.get(chunks.verify_chain(signed, key).verdict, "unknown")


def signs_own_hash(signed: SignedRequest, dialect: Dialect = S3) -> bool:
    """Whether the last line of the canonical request is the hash of the body, which the request does not name."""
    unsigned = signed.authorization.presigned and dialect.query_leaves_payload_unsigned
    return not unsigned and declared_payload(signed.authorization) is None


def whole(body: BodyInfo) -> bool:
    """Whether every byte of a body passed before the eyes of the recorder, so that its digests are the body's."""
    return body.truncated in (None, "keep-limit")


def same(expected: bytes, given: str | None) -> bool:
    """Compare signatures in constant time: endpoint mode decides by it whether a call passes."""
    return given is not None and hmac.compare_digest(expected, given.encode())


def text_bytes(text: str | None) -> bytes:
    """Text as UTF-8; empty for None."""
    return (text or "").encode()


Verifier = Callable[[SignedRequest, Key | None, Dialect], Verification]


def _elsewhere(module: str, name: str) -> Verifier:
    """The verifier of another scheme, out of a module of this room that is imported when the first such call is met."""

    def verifier(signed: SignedRequest, key: Key | None, dialect: Dialect) -> Verification:
        found: Verifier = getattr(importlib.import_module(f"inspector.sigv4.{module}"), name)
        return found(signed, key, dialect)

    return verifier


_VERIFIERS: dict[str, Verifier] = {
    "sigv4-header": verify_sigv4,
    "sigv4-query": verify_sigv4,
    "sigv4-streaming": verify_sigv4,
    "sigv4-post": _elsewhere("post_policy", "verify_policy"),
    "sigv4a": _elsewhere("sigv4a", "verify_sigv4a"),
    "sigv2": _elsewhere("sigv2", "verify_sigv2"),
}
