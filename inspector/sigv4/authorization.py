"""Read whatever a request says about who sent it. Nothing is verified and nothing raises.

One reader a place: header, query, form. Each fills an `Authorization` as far as the bytes reach, keeps where each
part stood, and lists what is malformed or unusual instead of refusing it: those are the requests people ask about.

Shapes: the header and query forms of SigV4 and the POST policy are those of the AWS documentation ("Authenticating
Requests"); SigV4A's scope has no region (its regions stand in X-Amz-Region-Set). B2's native API takes Basic at
b2_authorize_account, a bare token everywhere else, and a token in `?Authorization=` at its download hosts.
"""

from __future__ import annotations

import re

from inspector.sigv4.form_auth import from_form
from inspector.sigv4.header_auth import Lines, from_header
from inspector.sigv4.parts import Authorization, Draft, Oddity, Part, text
from inspector.sigv4.query_auth import Value, from_query, query_fields
from inspector.wire.exchange import EMPTY_DIGESTS, Request
from inspector.wire.headers import Header

__all__ = ["PAYLOAD_WORDS", "Authorization", "Oddity", "Part", "read_authorization"]

EMPTY_SHA256 = EMPTY_DIGESTS.sha256.encode()

PAYLOAD_WORDS = {
    EMPTY_SHA256: "empty",
    b"UNSIGNED-PAYLOAD": "unsigned",
    b"STREAMING-UNSIGNED-PAYLOAD-TRAILER": "trailer",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD": "chunk-signed",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": "chunk-signed",
    b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": "chunk-signed",
    b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": "chunk-signed",
}
"""What each literal of x-amz-content-sha256 means; any other value should be the body's hash."""

_HEADERS = frozenset(
    (b"authorization", b"x-amz-content-sha256", b"x-amz-date", b"x-amz-security-token", b"x-amz-region-set", b"date")
)
_HEX64 = re.compile(rb"[0-9a-f]{64}")


def read_authorization(request: Request, body: bytes = b"") -> Authorization:
    """What `request` says about who sent it. Never raises.

    `body` is the request body or its first bytes: only a form upload (POST policy) is authorized there.
    """
    draft = Draft()
    lines = _header_lines(request)
    query = query_fields(request.query)
    if from_header(draft, request, lines):
        if query:
            draft.odd("header Authorization", "the query carries an authorization too")
    elif not from_query(draft, request, query):
        from_form(draft, request, body)
    _read_payload(draft, lines, query)
    if b"x-amz-security-token" in lines or b"X-Amz-Security-Token" in query:
        draft.security_token = True
    return draft.finish()


def _header_lines(request: Request) -> Lines:
    """The header lines that matter here, by lower-case name."""
    lines: Lines = {}
    for line in request.headers:
        name = line[0].lower()
        if name in _HEADERS:
            lines.setdefault(name, []).append(line)
    return lines


def _read_payload(draft: Draft, lines: Lines, query: dict[bytes, Value]) -> None:
    """The payload mode, out of x-amz-content-sha256; a presigned URL without one leaves the payload unsigned."""
    declared = query.get(b"X-Amz-Content-Sha256")
    written = lines.get(b"x-amz-content-sha256")
    if declared is not None:
        draft.payload = _payload_word(draft, "query X-Amz-Content-Sha256", declared.value)
    elif written:
        _read_payload_header(draft, written)
    elif draft.scheme == "sigv4-query" or (draft.scheme == "sigv4a" and query):
        draft.payload = "unsigned"
    elif draft.scheme in ("sigv4-header", "sigv4a"):
        draft.odd("header x-amz-content-sha256", "missing")


def _read_payload_header(draft: Draft, written: list[Header]) -> None:
    name, value = written[0]
    where = f"header {text(name)}"
    if len(written) > 1:
        draft.odd(where, f"sent {len(written)} times; the first is read")
    draft.part("payload", where, 0, value)
    draft.payload = _payload_word(draft, where, value)
    if draft.scheme == "sigv4-header" and value.startswith(b"STREAMING-AWS4-"):
        draft.scheme = "sigv4-streaming"


def _payload_word(draft: Draft, where: str, value: bytes) -> str | None:
    word = PAYLOAD_WORDS.get(value)
    if word is not None:
        return word
    if _HEX64.fullmatch(value):
        return "hash"
    if _HEX64.fullmatch(value.lower()):
        draft.odd(where, "hex in upper case")
        return "empty" if value.lower() == EMPTY_SHA256 else "hash"
    draft.odd(where, f"neither a known word nor 64 hex digits: {text(value)!r}")
    return None
