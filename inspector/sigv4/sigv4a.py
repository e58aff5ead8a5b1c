"""SigV4A: the asymmetric signature that AWS uses over several regions. A P-256 key is derived from the secret.

The scope names no region; the set of them stands in X-Amz-Region-Set, signed. Anyone with the secret derives the same
key, so a verifier needs no certificate (aws-c-auth, `key_derivation.c`; NIST SP 800-108 in counter mode).

The curve comes from the `cryptography` package, imported when the first such signature is looked at: nothing else of
this room needs it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.key import Key
from inspector.sigv4.parts import SIGV4A_ALGORITHM
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.steps import string_to_sign
from inspector.sigv4.verify import Verification, body_verdict, canonical_of, scope_of, text_bytes, timestamps_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = SIGV4A_ALGORITHM

MISSING = "a SigV4A signature takes the package `cryptography` to verify: pip install 'b2-inspector[sigv4a]'"

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the P-256 group (SEC 2, §2.4.2)."""


def verify_sigv4a(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """A request signed by SigV4A in its header or query, or the policy of such a form.

    ECDSA is randomised: there is no expected signature to show, only whether the given one holds. `unverified` where
    no secret is at hand, and, with `MISSING` as its note, where `cryptography` is not installed.
    """
    authorization = signed.authorization
    canonical, strings = _what_is_signed(signed, dialect)
    body = body_verdict(signed, dialect)
    check = None if key is None else checker(text_bytes(authorization.key_id), key.secret)
    if check is None:
        note = MISSING if key else ""
        return Verification("sigv4a", "unverified", body, canonical, strings[0], None, key, note)
    for to_sign in strings:
        if check(to_sign, text_bytes(authorization.signature)):
            body = body_verdict(signed, dialect, key)
            return Verification("sigv4a", "verified", body, canonical, to_sign, None, key)
    return Verification("sigv4a", "mismatch", body, canonical, strings[0], None, key)


def _what_is_signed(signed: SignedRequest, dialect: Dialect) -> tuple[bytes | None, tuple[bytes, ...]]:
    """Canonical request and strings to sign, the usual one first; of a form there is only its policy."""
    policy = signed.authorization.part("policy")
    if policy is not None:
        return None, (policy.raw,)
    canonical, digest = canonical_of(signed, dialect)
    scope = scope_without_region(signed)
    return canonical, tuple(string_to_sign(digest, moment, scope, ALGORITHM) for moment in timestamps_of(signed))


def scope_without_region(signed: SignedRequest) -> bytes:
    """The credential scope of SigV4A: date, service and terminator."""
    date, _, service, terminator = scope_of(signed)
    return b"/".join((date, service, terminator))


def checker(key_id: bytes, secret: bytes) -> Callable[[bytes, bytes], bool] | None:
    """What tells whether a signature (hex of DER) is that of a string to sign; None without `cryptography`."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256
    except ImportError:
        return None
    public = _public_key(private_number(key_id, secret))

    def check(to_sign: bytes, signature: bytes) -> bool:
        try:
            public.verify(bytes.fromhex(signature.decode()), to_sign, ec.ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def private_number(key_id: bytes, secret: bytes) -> int:
    """The private key that AWS derives from a secret: the first of 254 candidates that lies in the group.

    A candidate is HMAC-SHA256 over counter, label, context and length, read as a number, plus one; it must be under
    the order of the group. One in four thousand million is not.
    """
    for counter in range(1, 255):
        context = key_id + bytes((counter,))
        fixed = b"\0\0\0\x01" + ALGORITHM + b"\0" + context + (256).to_bytes(4, "big")
        candidate = int.from_bytes(hmac.digest(b"AWS4A" + secret, fixed, "sha256"), "big")
        if candidate <= _ORDER - 2:
            return candidate + 1
    raise AssertionError("254 numbers in a row outside the group")


def _public_key(private: int) -> ec.EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(private, ec.SECP256R1()).public_key()
