"""The signature of a browser's upload: an HMAC over its policy, the base64 text as it stands in the form.

SigV4 signs the text under the signing key (AWS documentation, "Authenticating Requests in Browser-Based Uploads Using
POST"), SigV2 under the secret with HMAC-SHA1. No canonical request is involved, and nothing of the form but the policy:
that the fields are what the policy allows is for the server to check (`post_form`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.sigv4 import steps
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.key import Key
from inspector.sigv4.payload_facts import Observation
from inspector.sigv4.secrets import secret_variants
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import Verification, same, scope_of, text_bytes, timestamps_of

REDACTED = "the policy held a session token, which was replaced before it was stored: its true bytes are gone"

Sign = Callable[[bytes, bytes], bytes]
"""From secret and text to the signature as a form carries it."""


def verify_policy(signed: SignedRequest, key: Key | None, dialect: Dialect = S3) -> Verification:
    """A form upload, by SigV4 or SigV2. `string_to_sign` is the policy as sent, None where it was redacted."""
    scheme = signed.authorization.scheme
    policy = _policy(signed)
    if policy is None or key is None:
        note = REDACTED if policy_is_redacted(signed) else ""
        return Verification(scheme, "unverified", string_to_sign=policy, key=key, note=note)
    expected = signer(signed)(key.secret, policy)
    holds = same(expected, signed.authorization.signature)
    return Verification(
        scheme, "verified" if holds else "mismatch", string_to_sign=policy, signature=expected.decode(), key=key
    )


def explain_policy(
    signed: SignedRequest, key: Key, others: Iterable[Key] = (), regions: Iterable[str] = ()
) -> Iterator[Observation]:
    """What was signed instead: another form of the policy, under another secret, or in another scope.

    `others` are further keys that the user gave, `regions` those to try instead of the scope's. Each way is a proof.
    """
    policy = _policy(signed)
    given = signed.authorization.signature
    if policy is None or given is None:
        return
    sign = signer(signed)
    for words, text in policy_forms(signed, policy):
        if same(sign(key.secret, text), given):
            yield Observation("post-policy-bytes", words, text.decode("utf-8", "replace"))
    for variant in secret_variants(key, tuple(others)):
        if same(sign(variant.secret, policy), given):
            yield Observation(variant.cause, f"signed with {variant.words}", policy.decode("utf-8", "replace"))
    if signed.authorization.scheme == "sigv4-post":
        yield from _other_scopes(signed, key, policy, regions)


def _other_scopes(signed: SignedRequest, key: Key, policy: bytes, regions: Iterable[str]) -> Iterator[Observation]:
    scope = scope_of(signed)
    date, region, service, terminator = scope
    day = text_bytes((signed.authorization.timestamp or "")[:8])
    ways = [("scope-date-mismatch", "date", (day, region, service, terminator))]
    ways += [("scope-wrong-region", "region", (date, one.encode(), service, terminator)) for one in regions]
    ways += [("scope-wrong-service", "service", (date, region, b"s3", terminator))]
    ways += [("scope-terminator", "terminator", (date, region, service, steps.TERMINATOR))]
    for cause, what, other in ways:
        signature = steps.signature(steps.signing_key(key.secret, *other), policy)
        if other != scope and same(signature, signed.authorization.signature):
            words = f"signed with another {what} than its credential says"
            yield Observation(cause, words, b"/".join(other).decode("utf-8", "replace"))


def signer(signed: SignedRequest) -> Sign:
    """How this form's policy is signed."""
    if signed.authorization.scheme == "sigv2":
        return lambda secret, text: base64.b64encode(hmac.digest(secret, text, "sha1"))
    scope = scope_of(signed)
    return lambda secret, text: steps.signature(steps.signing_key(secret, *scope), text)


def policy_is_redacted(signed: SignedRequest) -> bool:
    """Whether the policy that is stored is another one than was sent."""
    return any(name.lower() in ("body", "body policy") for name in signed.redacted)


def _policy(signed: SignedRequest) -> bytes | None:
    part = signed.authorization.part("policy")
    return None if part is None or policy_is_redacted(signed) else part.raw


# Other forms of the same policy


def policy_forms(signed: SignedRequest, policy: bytes) -> Iterator[tuple[str, bytes]]:
    """Forms of the policy that clients are known to sign instead of the text they send, each once, in words."""
    seen = {policy}
    for words, form in _forms(signed, policy):
        if form not in seen:
            seen.add(form)
            yield words, form


def _forms(signed: SignedRequest, policy: bytes) -> Iterator[tuple[str, bytes]]:
    bare = b"".join(policy.split())
    standard = bare.translate(_STANDARD)
    # A browser sends every line break of a field as CRLF (HTML Standard, "Constructing the form data set").
    unix = policy.replace(b"\r\n", b"\n")
    yield "the policy was signed with LF line breaks, and sent with CRLF", unix
    yield "the policy was signed with CRLF line breaks, and sent with LF", unix.replace(b"\n", b"\r\n")
    yield "the policy was signed without its line breaks and spaces", bare
    yield "the policy was signed with a line feed after it", policy + b"\n"
    yield "the policy was signed with a carriage return and line feed after it", policy + b"\r\n"
    yield "the policy was signed without the white space round it", policy.strip()
    for width in (76, 64, 60):  # MIME and Python, PEM and openssl, Ruby
        yield from _broken(bare, width)
    yield "the policy was signed with '+' for each space", policy.replace(b" ", b"+")
    yield "the policy was signed with a space for each '+'", policy.replace(b"+", b" ")
    yield "the policy was signed in the URL-safe alphabet", bare.translate(_URL_SAFE)
    yield "the policy was signed in the URL-safe alphabet, without padding", bare.translate(_URL_SAFE).rstrip(b"=")
    yield "the policy was signed in the standard alphabet", standard + b"=" * (-len(standard) % 4)
    yield "the policy was signed without padding", bare.rstrip(b"=")
    yield "the policy was signed percent-encoded", quote_from_bytes(policy, safe="").encode()
    yield "the policy was signed percent-decoded", unquote_to_bytes(policy)
    yield "the policy was signed encoded in base64 twice", base64.b64encode(policy)
    yield "the policy was signed as a whole string to sign, by its hash", _whole_string(signed, policy)
    plain = decoded_policy(policy)
    if plain is not None:
        yield from _json_forms(plain)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")


def _broken(text: bytes, width: int) -> Iterator[tuple[str, bytes]]:
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    for name, end in (("LF", b"\n"), ("CRLF", b"\r\n")):
        yield f"the policy was signed in lines of {width}, broken by {name}", end.join(lines)
        yield f"the policy was signed in lines of {width}, each ended by {name}", end.join(lines) + end


def _whole_string(signed: SignedRequest, policy: bytes) -> bytes:
    return steps.string_to_sign(steps.sha256_hex(policy), timestamps_of(signed)[0], steps.scope(*scope_of(signed)))


def _json_forms(plain: bytes) -> Iterator[tuple[str, bytes]]:
    yield "the policy's JSON was signed, before it was encoded in base64", plain
    unix = plain.replace(b"\r\n", b"\n")
    others = [
        ("with LF line breaks", unix),
        ("with CRLF line breaks", unix.replace(b"\n", b"\r\n")),
        ("without the white space round it", plain.strip()),
        ("with a line feed after it", plain + b"\n"),
    ]
    try:
        value = json.loads(plain)
        others.append(("without white space", json.dumps(value, separators=(",", ":")).encode()))
        others.append(("as Python writes it", json.dumps(value).encode()))
    except (ValueError, RecursionError):
        pass
    for words, other in others:
        yield f"another policy was signed: the same JSON {words}", base64.b64encode(other)
        yield f"the policy's JSON was signed, before it was encoded in base64, {words}", other


def decoded_policy(policy: bytes) -> bytes | None:
    """The policy's JSON, whichever alphabet of base64 it is in; None where it is in none."""
    text = re.sub(rb"\s+", b"", policy).translate(_STANDARD).rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None
