"""The canonical request of a request that was seen: what its signer must have hashed. Every step is a function.

A verifier's view: the wire is taken as it is, percent-encoding and all, and brought to the one form that the rule asks
for. Two rules exist. S3's decodes the path once and encodes each byte of it once; `//`, `.` and `..` are names like any
other, since keys may hold them. All other services normalise the path and encode it as sent, so that `%20` becomes
`%2520` (AWS documentation, "Create a signed AWS API request", steps 1 and 2).

A header that is listed but absent counts as empty, as on AWS; B2 refuses such a request before it looks at the
signature. A `+` in path or query is a plus here; that it may stand for a space in a query is for `verify`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.sigv4.authorization import EMPTY_SHA256, Authorization
from inspector.sigv4.forms import RULE, Forms, header_in, path_in, query_in
from inspector.wire.exchange import Request
from inspector.wire.query import pairs


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where services differ.

    `normalize_path`: dot segments resolved and slashes merged. `double_encode`: the path is encoded as sent, escapes
    included. `session_token_signed`: a token in the query is part of what is signed. `query_leaves_payload_unsigned`:
    a presigned URL signs `UNSIGNED-PAYLOAD`, not the body's hash. `forms`: what the service was found to canonicalise
    otherwise than the rule.
    """

    normalize_path: bool = False
    double_encode: bool = False
    session_token_signed: bool = True
    query_leaves_payload_unsigned: bool = True
    forms: Forms = RULE


_PLAIN = re.compile(rb"[A-Za-z0-9\-._~]*")
_PLAIN_PATH = re.compile(rb"[A-Za-z0-9\-._~/]*")
_AUTHORITY = (b"host", b":authority")

S3 = Dialect()
GENERIC = Dialect(normalize_path=True, double_encode=True, query_leaves_payload_unsigned=False)


def canonical_request(
    request: Request, authorization: Authorization, dialect: Dialect = S3, body_sha256: bytes = EMPTY_SHA256
) -> bytes:
    """The canonical request of a request signed by SigV4 or SigV4A, in its header or query.

    `body_sha256`, lower-case hex, is that of the body as sent; it counts only where the request does not name its own.
    """
    names = signed_names(authorization.signed_headers)
    payload = payload_line(authorization, dialect, body_sha256)
    return canonical_form(request, names, payload, left_out(authorization, dialect), dialect)


def canonical_form(
    request: Request, names: Sequence[bytes], payload: bytes, without: Iterable[bytes] = (), dialect: Dialect = S3
) -> bytes:
    """The six parts of a canonical request: `names` as of `signed_names`, `without` as of `canonical_query`."""
    return b"\n".join(
        (
            request.method,
            canonical_uri(request.path, dialect),
            canonical_query(request.query, without, dialect.forms),
            canonical_headers(request, names, dialect.forms),
            signed_headers(names),
            payload,
        )
    )


def canonical_uri(path: bytes, dialect: Dialect = S3) -> bytes:
    """The path, each byte outside the unreserved set and `/` percent-encoded in upper case; `/` where it is empty."""
    if dialect.forms is not RULE:
        return path_in(dialect.forms, path)
    if dialect.normalize_path:
        path = normalized(path)
    return encode(path if dialect.double_encode else unquote_to_bytes(path), keep_slash=True) or b"/"


def normalized(path: bytes) -> bytes:
    """The path without dot segments, slashes merged; a slash at its end stays."""
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    ended = path.endswith((b"/", b"/.", b"/.."))
    return b"/" + b"/".join(kept) + (b"/" if kept and ended else b"")


def canonical_query(query: bytes, without: Iterable[bytes] = (), forms: Forms = RULE) -> bytes:
    """The pairs decoded once, encoded once, sorted by name and then by value; a pair without `=` gets an empty value.

    `without` are lower-case names of parameters that are not signed.
    """
    dropped = frozenset(without)
    if forms is not RULE:
        return query_in(forms, query, dropped)
    encoded = []
    for name, value, _ in pairs(query):
        decoded = unquote_to_bytes(name)
        if decoded.lower() not in dropped:
            encoded.append((encode(decoded), encode(unquote_to_bytes(value or b""))))
    return b"&".join(b"%b=%b" % pair for pair in sorted(encoded))


def left_out(authorization: Authorization, dialect: Dialect = S3) -> tuple[bytes, ...]:
    """The lower-case names of the query parameters that a signature does not cover: itself, where it stands there."""
    if not authorization.presigned:
        return ()
    return (b"x-amz-signature",) if dialect.session_token_signed else (b"x-amz-signature", b"x-amz-security-token")


def canonical_headers(request: Request, names: Sequence[bytes], forms: Forms = RULE) -> bytes:
    """A line `name:value` for each of `names` (lower case, in this order), and an empty one at the end."""
    values = header_values(request, names, forms)
    return b"".join([b"%b:%b\n" % (name, values[name]) for name in names])


def header_value(request: Request, name: bytes, forms: Forms = RULE) -> bytes:
    """The value of one header (name in lower case) as it is signed."""
    return header_values(request, (name,), forms)[name]


def header_values(request: Request, names: Iterable[bytes], forms: Forms = RULE) -> dict[bytes, bytes]:
    """The values of these headers (lower-case names), white space trimmed and collapsed, repeats joined by commas.

    A header that is absent has an empty one. `host` falls back to the authority: a request of HTTP/2 has no Host line.
    """
    lines: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in request.headers:
        found = lines.get(name.lower())
        if found is not None:
            found.append(b" ".join(value.split()) if forms is RULE else value)
    for name in _AUTHORITY:
        if lines.get(name) == []:
            lines[name].append(b" ".join(request.signed_host.split()))
    if forms is not RULE:
        return {name: header_in(forms, name, values) for name, values in lines.items()}
    return {name: b",".join(values) if len(values) != 1 else values[0] for name, values in lines.items()}


def signed_names(written: Iterable[bytes]) -> tuple[bytes, ...]:
    """The names of a SignedHeaders list as the rule wants them: lower case, sorted, each once."""
    return tuple(sorted({name.lower() for name in written}))


def signed_headers(names: Sequence[bytes]) -> bytes:
    """The line of signed header names."""
    return b";".join(names)


def payload_line(authorization: Authorization, dialect: Dialect = S3, body_sha256: bytes = EMPTY_SHA256) -> bytes:
    """The last line: what the request says of its payload, else `UNSIGNED-PAYLOAD` in a URL, else the body's hash."""
    declared = declared_payload(authorization)
    if declared is not None:
        return declared
    return b"UNSIGNED-PAYLOAD" if authorization.presigned and dialect.query_leaves_payload_unsigned else body_sha256


def declared_payload(authorization: Authorization) -> bytes | None:
    """What a request says of its payload where its signature covers it; None where it says nothing.

    Beside a presigned URL the header counts only when it is signed: whoever sends the URL may add what he likes.
    """
    part = authorization.part("payload")
    if part is None:
        return None
    if part.place.startswith("query "):
        return unquote_to_bytes(part.raw)
    if authorization.presigned and b"x-amz-content-sha256" not in signed_names(authorization.signed_headers):
        return None
    return part.raw.strip()


def encode(text: bytes, *, keep_slash: bool = False) -> bytes:
    """Each byte percent-encoded in upper case, but for letters, digits and `-._~`, and `/` where it is to be kept."""
    if (_PLAIN_PATH if keep_slash else _PLAIN).fullmatch(text):
        return text
    return quote_from_bytes(text, safe="/" if keep_slash else "").encode()


_BY_CANONICAL_REQUEST = ("sigv4-header", "sigv4-query", "sigv4-streaming", "sigv4a")


def signed_secret_names(authorization: Authorization, redacted: Iterable[str]) -> tuple[str, ...]:
    """Those of the redacted places (`header NAME`, `query NAME`...) whose true value is part of what was signed.

    Where there are any, the canonical request can no longer be computed from what is stored: its hash must be taken
    over the true request.
    """
    if authorization.scheme not in _BY_CANONICAL_REQUEST:
        return ()
    signed = {f"header {name.decode('utf-8', 'replace')}" for name in signed_names(authorization.signed_headers)}
    return tuple(name for name in redacted if name in signed or name.startswith("query "))


def signs_redacted(authorization: Authorization, redacted: Iterable[str]) -> bool:
    """Whether any of the redacted places is part of what was signed."""
    return bool(signed_secret_names(authorization, redacted))
