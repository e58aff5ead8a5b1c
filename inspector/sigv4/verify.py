"""Whether a request carries the signature that its bytes and a secret give.

`verify` computes; it accuses nobody. Why a signature differs is for `solve` to find out.
"""

from __future__ import annotations

import hmac
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inspector.sigv4 import steps
from inspector.sigv4.canonical import S3, Dialect, canonical_request
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest

Verdict = Literal["verified", "mismatch", "unverified", "none"]
BodyVerdict = Literal["match", "mismatch", "unknown"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What this side computes for a request, beside what the request carries.

    `verdict`: `verified`, `mismatch`, `unverified` (no secret of that key id is at hand), `none` (nothing is signed).
    `body`: whether the body is the one whose hash was signed. `canonical_request` is None where a value that was
    signed is redacted, and for schemes without one. `signature` is the expected one, None without a secret.
    `note` says why a signature stays unverified where it is not for want of a secret.
    `intermediates`: every step by name, in order, the keys among them as hex; only on demand, for implementers.
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
    return verifier(signed, key, dialect)


def verify_sigv4(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """A request signed by SigV4 in its header or query: canonical request, string to sign, key, signature."""
    authorization = signed.authorization
    canonical, digest = canonical_of(signed, dialect)
    scope_date, region, service, terminator = scope_of(signed)
    to_sign = steps.string_to_sign(
        digest, text_bytes(authorization.timestamp), steps.scope(scope_date, region, service, terminator)
    )
    body = body_verdict(signed)
    if key is None:
        return Verification(authorization.scheme, "unverified", body, canonical, to_sign)
    expected = steps.signature(steps.signing_key(key.secret, scope_date, region, service, terminator), to_sign)
    verdict: Verdict = "verified" if same(expected, authorization.signature) else "mismatch"
    return Verification(authorization.scheme, verdict, body, canonical, to_sign, expected.decode(), key)


def canonical_of(signed: SignedRequest, dialect: Dialect = S3) -> tuple[bytes | None, bytes]:
    """The canonical request (None where a signed value is redacted) and its hex SHA-256 over the true values."""
    if signed.canonical_sha256 is not None:
        return None, signed.canonical_sha256.encode()
    canonical = canonical_request(signed.request, signed.authorization, dialect, signed.body.sent.sha256.encode())
    return canonical, steps.sha256_hex(canonical)


def scope_of(signed: SignedRequest) -> tuple[bytes, bytes, bytes, bytes]:
    """Date, region, service and terminator of the credential's scope; empty where it does not say."""
    a = signed.authorization
    return text_bytes(a.date), text_bytes(a.region), text_bytes(a.service), text_bytes(a.terminator)


def body_verdict(signed: SignedRequest) -> BodyVerdict:
    """Whether the body's hash is the one that x-amz-content-sha256 names."""
    authorization = signed.authorization
    if authorization.payload == "empty":
        return "match" if signed.body.sent.size == 0 else "mismatch"
    part = authorization.part("payload")
    if authorization.payload != "hash" or part is None or signed.body.truncated == "incomplete":
        return "unknown"
    return "match" if part.raw.strip().lower() == signed.body.sent.sha256.encode() else "mismatch"


def same(expected: bytes, given: str | None) -> bool:
    """Compare signatures in constant time: endpoint mode decides by it whether a call passes."""
    return given is not None and hmac.compare_digest(expected, given.encode())


def text_bytes(text: str | None) -> bytes:
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
