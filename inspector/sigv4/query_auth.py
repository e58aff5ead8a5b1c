"""The query of a URL that carries its own authorization: presigned SigV4, SigV2, B2's download tokens."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.sigv4.header_auth import is_native_token
from inspector.sigv4.parts import (
    Draft,
    read_algorithm,
    read_credential,
    read_signature,
    read_signed_headers,
    read_timestamp,
    text,
    text_or_none,
)
from inspector.wire.exchange import Request
from inspector.wire.query import pairs

# Each parameter as AWS and B2 write it, and the name of its part. Other spellings are read too, and said to be odd.
_V4_REQUIRED = {
    b"X-Amz-Algorithm": "algorithm",
    b"X-Amz-Credential": "credential",
    b"X-Amz-Date": "timestamp",
    b"X-Amz-Expires": "expires",
    b"X-Amz-SignedHeaders": "signed-headers",
    b"X-Amz-Signature": "signature",
}
_V4 = {
    **_V4_REQUIRED,
    b"X-Amz-Security-Token": "security-token",
    b"X-Amz-Content-Sha256": "payload",
    b"X-Amz-Region-Set": "region-set",
}
_V2 = {b"AWSAccessKeyId": "key-id", b"Signature": "signature", b"Expires": "expires"}
_NATIVE = {b"Authorization": "token"}
_SECRET = frozenset(("security-token", "token"))
_PROPER = {name.lower(): name for name in (*_V4, *_V2, *_NATIVE)}
_V4_MARKS = frozenset((b"X-Amz-Algorithm", b"X-Amz-Credential", b"X-Amz-Signature"))
_HINT = re.compile(rb"(?i)amz-|signature=|authorization=|awsaccesskeyid|%[2-7]")
_LOWER_ESCAPE = re.compile(rb"%(?:[0-9A-Fa-f][a-f]|[a-f][0-9A-Fa-f])")


class Value(NamedTuple):
    """A query parameter that authorizes: its name as written, raw value, decoded value, and offset in the query."""

    name: bytes
    raw: bytes | None
    value: bytes
    start: int
    repeats: int


def query_fields(query: bytes) -> dict[bytes, Value]:
    """The parameters that authorize, by their proper name; none where the query says nothing about who sent it."""
    if not _HINT.search(query):
        return {}
    found: dict[bytes, Value] = {}
    for pair in pairs(query):
        proper = _PROPER.get(unquote_to_bytes(pair.name).lower())
        if proper is None:
            continue
        earlier = found.get(proper)
        if earlier is not None:
            found[proper] = earlier._replace(repeats=earlier.repeats + 1)
        else:
            found[proper] = Value(pair.name, pair.value, unquote_to_bytes(pair.value or b""), pair.value_start, 1)
    return found if _authorizes(found) else {}


def _authorizes(found: dict[bytes, Value]) -> bool:
    """A lone X-Amz-Content-Sha256 or Expires says nothing about who sent a request."""
    return bool(
        found.keys() & _V4_MARKS
        or found.keys() & {b"AWSAccessKeyId", b"Authorization"}
        or found.keys() >= {b"Signature", b"Expires"}
    )


def from_query(draft: Draft, request: Request, query: dict[bytes, Value]) -> bool:
    """Read the authorization out of `query_fields`; false where there is none."""
    if query.keys() & _V4_MARKS:
        _sigv4(draft, query)
    elif b"AWSAccessKeyId" in query or b"Signature" in query:
        _sigv2(draft, query)
    elif b"Authorization" in query:
        _token(draft, request, query)
    else:
        return False
    return True


def _keep(draft: Draft, query: dict[bytes, Value], names: dict[bytes, str]) -> dict[bytes, bytes]:
    """The decoded values of one family; their parts are kept, and noted what is odd about how they are written."""
    found: dict[bytes, bytes] = {}
    for proper, part in names.items():
        field = query.get(proper)
        if field is None:
            continue
        found[proper] = field.value
        if part not in _SECRET:
            draft.part(part, f"query {text(field.name)}", field.start, field.raw or b"")
        _check(draft, f"query {text(proper)}", proper, field)
    return found


def _check(draft: Draft, where: str, proper: bytes, field: Value) -> None:
    if field.raw is None:
        draft.odd(where, "no value: no equals sign follows the name")
    elif not field.raw:
        draft.odd(where, "the value is empty")
    elif _LOWER_ESCAPE.search(field.raw):
        draft.odd(where, "percent-encoded with lower-case hex digits")
    if field.name != proper:
        draft.odd(where, f"the name is written {text(field.name)!r}")
    if field.repeats > 1:
        draft.odd(where, f"given {field.repeats} times; the first is read")
    if proper == b"X-Amz-SignedHeaders" and field.raw and b";" in field.raw:
        draft.odd(where, "semicolons are not percent-encoded")


def _sigv4(draft: Draft, query: dict[bytes, Value]) -> None:
    for name in _V4_REQUIRED:
        if name not in query:
            draft.odd(f"query {text(name)}", "missing")
    values = _keep(draft, query, _V4)
    algorithm = values.get(b"X-Amz-Algorithm")
    asymmetric = algorithm is not None and read_algorithm(draft, "query X-Amz-Algorithm", algorithm)
    draft.scheme = "sigv4a" if asymmetric else "sigv4-query"
    credential = values.get(b"X-Amz-Credential")
    if credential is not None:
        read_credential(draft, "query X-Amz-Credential", _once_more(draft, credential), asymmetric)
    if asymmetric:
        draft.region = text_or_none(values.get(b"X-Amz-Region-Set"))
    if b"X-Amz-Date" in values:
        read_timestamp(draft, "query X-Amz-Date", values[b"X-Amz-Date"])
    if b"X-Amz-Expires" in values:
        _expires(draft, values[b"X-Amz-Expires"])
    if b"X-Amz-SignedHeaders" in values:
        read_signed_headers(draft, "query X-Amz-SignedHeaders", values[b"X-Amz-SignedHeaders"])
    if b"X-Amz-Signature" in values:
        read_signature(draft, "query X-Amz-Signature", values[b"X-Amz-Signature"], asymmetric)


def _once_more(draft: Draft, credential: bytes) -> bytes:
    """A credential that was percent-encoded twice, decoded once more so that its scope can be read."""
    if b"/" in credential or b"%2f" not in credential.lower():
        return credential
    draft.odd("query X-Amz-Credential", "percent-encoded twice")
    return unquote_to_bytes(credential)


def _expires(draft: Draft, value: bytes) -> None:
    if value.isdigit() and len(value) < 16:
        draft.expires = int(value)
    else:
        draft.odd("query X-Amz-Expires", f"not a number of seconds: {text(value)!r}")


def _sigv2(draft: Draft, query: dict[bytes, Value]) -> None:
    values = _keep(draft, query, _V2)
    draft.scheme = "sigv2"
    draft.algorithm = "AWS"
    draft.key_id = text_or_none(values.get(b"AWSAccessKeyId"))
    draft.signature = text_or_none(values.get(b"Signature"))
    expires = values.get(b"Expires", b"")
    draft.expires = int(expires) if expires.isdigit() and len(expires) < 16 else None


def _token(draft: Draft, request: Request, query: dict[bytes, Value]) -> None:
    token = _keep(draft, query, _NATIVE)[b"Authorization"]
    native = is_native_token(request, token)
    draft.scheme = "b2-native" if native else "other"
    draft.algorithm = "token" if native else None
