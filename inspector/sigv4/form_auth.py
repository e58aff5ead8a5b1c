"""The fields of a browser's upload (POST policy) that authorize it."""

from __future__ import annotations

from inspector.sigv4.parts import (
    Draft,
    read_algorithm,
    read_credential,
    read_signature,
    read_timestamp,
    text,
    text_or_none,
)
from inspector.wire.exchange import Request
from inspector.wire.form import Field, fields
from inspector.wire.headers import get

_V4_REQUIRED = {
    b"x-amz-algorithm": "algorithm",
    b"x-amz-credential": "credential",
    b"x-amz-date": "timestamp",
    b"x-amz-signature": "signature",
    b"policy": "policy",
}
_PARTS = {
    **_V4_REQUIRED,
    b"x-amz-security-token": "security-token",
    b"awsaccesskeyid": "key-id",
    b"signature": "signature",
}
_V4_MARKS = frozenset((b"x-amz-algorithm", b"x-amz-credential", b"x-amz-signature"))
_V2_MARKS = frozenset((b"awsaccesskeyid", b"signature"))


def from_form(draft: Draft, request: Request, body: bytes) -> bool:
    """Read the form fields of a body, or of its first bytes; false where they say nothing.

    Field names are read in any case, as S3 reads them.
    """
    if not body or request.method != b"POST":
        return False
    found = [field for field in fields(get(request.headers, b"content-type"), body) if field.name.lower() in _PARTS]
    values: dict[bytes, bytes] = {}
    for field in found:
        values.setdefault(field.name.lower(), field.value)
    if values.keys() & _V4_MARKS:
        _sigv4(draft, values)
    elif values.keys() & _V2_MARKS:
        _sigv2(draft, values)
    else:
        return False
    draft.security_token = b"x-amz-security-token" in values
    _keep(draft, found)
    return True


def _keep(draft: Draft, found: list[Field]) -> None:
    """Keep the parts, and note which field stands twice."""
    seen = set()
    for field in found:
        name = field.name.lower()
        if name != b"x-amz-security-token":
            draft.part(_PARTS[name], f"form {text(field.name)}", field.start, field.value)
        if name in seen:
            draft.odd(f"form {text(field.name)}", "given twice; the first is read")
        seen.add(name)


def _sigv4(draft: Draft, values: dict[bytes, bytes]) -> None:
    for name in _V4_REQUIRED:
        if name not in values:
            draft.odd(f"form {text(name)}", "missing")
    algorithm = values.get(b"x-amz-algorithm")
    asymmetric = algorithm is not None and read_algorithm(draft, "form x-amz-algorithm", algorithm)
    draft.scheme = "sigv4a" if asymmetric else "sigv4-post"
    if b"x-amz-credential" in values:
        read_credential(draft, "form x-amz-credential", values[b"x-amz-credential"], asymmetric)
    if b"x-amz-date" in values:
        read_timestamp(draft, "form x-amz-date", values[b"x-amz-date"])
    if b"x-amz-signature" in values:
        read_signature(draft, "form x-amz-signature", values[b"x-amz-signature"], asymmetric)


def _sigv2(draft: Draft, values: dict[bytes, bytes]) -> None:
    draft.scheme = "sigv2"
    draft.algorithm = "AWS"
    draft.key_id = text_or_none(values.get(b"awsaccesskeyid"))
    draft.signature = text_or_none(values.get(b"signature"))
