"""Every value between a request and its signature, for who writes a signer and compares."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4 import steps
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import Verification, scope_of
from inspector.view.paint import Paint
from inspector.view.render import safe, safe_bytes

_KEY_NAMES = ("kDate", "kRegion", "kService", "kSigning")


def step_lines(signed: SignedRequest, verification: Verification, paint: Paint, keys: bool = False) -> Iterator[str]:
    """The steps in their order; `keys`: the derived keys too, with which one can sign for that day and region."""
    for name, text in (
        ("canonical request", verification.canonical_request),
        ("string to sign", verification.string_to_sign),
    ):
        if text is not None:
            yield from _text(name, text, paint)
    if keys:
        yield from (f"  {name:<18} {value}" for name, value in derived(signed, verification).items())
    if verification.signature is not None:
        right = paint.good if verification.verdict == "verified" else paint.strong
        yield f"  {'signature':<18} {right(verification.signature)}"
    given = signed.authorization.signature
    if given is not None and verification.verdict != "none":
        yield f"  {'the request has':<18} {safe(given)}"


def derived(signed: SignedRequest, verification: Verification) -> dict[str, str]:
    """The derived keys by name, in hex; none without a secret."""
    if verification.key is None or not verification.scheme.startswith("sigv4-"):
        return {}
    keys = steps.derived_keys(verification.key.secret, *scope_of(signed))
    return {name: key.hex() for name, key in zip(_KEY_NAMES, keys, strict=True)}


def _text(name: str, text: bytes, paint: Paint) -> Iterator[str]:
    yield f"  {name}, {len(text)} bytes:"
    yield from (f"    {safe_bytes(line)}" for line in text.split(b"\n"))
    yield paint.faint(f"    sha256 {steps.sha256_hex(text).decode()}")
    yield ""
