"""Secrets in bodies: where one may stand is told from the head, and only its own bytes are replaced.

Four kinds of body carry credentials: the native API's JSON, a form upload's fields, what is asked of a token service
and what it answers. An error may repeat what it was asked with (AWS prints the canonical request, and the token that
expired), so errors are searched for the secrets of their request. Objects are nobody's business.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.wire import form
from inspector.wire.codings import Uncodable, can_unpack, packed, unpacked
from inspector.wire.credentials import is_secret_field
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Headers, get
from inspector.wire.query import pairs

Pseudonym = Callable[[bytes], bytes]

DECODED_LIMIT = 16 * 1024 * 1024
"""A compressed body that grows beyond this is dropped, not searched."""

# Calls of the native API whose body is a file (B2's documentation of each).
_FILE_REQUESTS = frozenset((b"b2_upload_file", b"b2_upload_part"))
_FILE_RESPONSES = frozenset((b"b2_download_file_by_id", b"b2_download_file_by_name"))

# A string, and the colon after it where another string follows. Found one after the other from the first byte on, a
# match begins at an opening quote, never at a closing one.
_STRING = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*"?)(\s*:\s*(?="))?', re.DOTALL)
# The names that `is_secret_field` knows end so; an escape may spell any letter.
_JSON_HINT = re.compile(rb'(?i)(?:token|secret|password|key)"|\\u')
_XML_FIELD = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>\s*([^<\s](?:[^<]*[^<\s])?)")
_ECHO_MINIMUM = 8


class Replacement(NamedTuple):
    """Bytes `start` to `end` of a body, what stands there instead, and the name of the field."""

    start: int
    end: int
    value: bytes
    name: str


Find = Callable[[bytes, Pseudonym], list[Replacement]]


def body_may_hold_secrets(request: Request, response: Response | None = None) -> bool:
    """Whether the body of `response`, or of `request` where there is none, is of a kind that carries credentials.

    Cheap: looks at heads alone. Nearly every body is none, and needs no buffer.
    """
    return _finder(request, response) is not None or _may_echo(request, response)


def _finder(request: Request, response: Response | None) -> Find | None:
    """What finds secrets in a body of this kind; None where none are expected."""
    return _request_finder(request) if response is None else _response_finder(request, response)


def _request_finder(request: Request) -> Find | None:
    call = _native_call(request)
    if call is not None:
        return None if call in _FILE_REQUESTS else find_json
    if request.method != b"POST":
        return None
    content_type = get(request.headers, b"content-type") or b""
    if content_type[:9].lower() == b"multipart":
        return lambda body, pseudonym: find_form(content_type, body, pseudonym)
    return find_urlencoded if _is_urlencoded(content_type) else None


def _response_finder(request: Request, response: Response) -> Find | None:
    call = _native_call(request)
    if call is not None:
        return None if call in _FILE_RESPONSES and response.status < 400 else find_json
    content_type = (get(response.headers, b"content-type") or b"").lower()
    return find_xml if b"xml" in content_type and _asks_for_credentials(request) else None


def _native_call(request: Request) -> bytes | None:
    """The name in `/b2api/v4/NAME`; None for requests of other APIs."""
    if not request.target.startswith(b"/b2api/"):
        return None
    segments = request.path.split(b"/")
    return segments[3] if len(segments) > 3 else b""


def _is_urlencoded(content_type: bytes) -> bool:
    return content_type[:33].lower() == b"application/x-www-form-urlencoded"


def _asks_for_credentials(request: Request) -> bool:
    """STS (a host of its own, a form, or `?Action=`) and S3's CreateSession (`?session`)."""
    return (
        request.host.startswith("sts.")
        or (request.method == b"POST" and _is_urlencoded(get(request.headers, b"content-type") or b""))
        or any(pair.name in (b"Action", b"session") for pair in pairs(request.query))
    )


def _may_echo(request: Request, response: Response | None) -> bool:
    return response is not None and response.status >= 400


def redact_body(
    request: Request, response: Response | None, body: bytes, secrets: list[bytes], pseudonym: Pseudonym
) -> tuple[bytes, tuple[str, ...]]:
    """A body, or its first piece, with secrets replaced, and the names of the fields (`body NAME`).

    `secrets` are the true values that the request's head carries: an error may repeat them.
    """
    finder = _finder(request, response)
    echoes = secrets if _may_echo(request, response) else []
    if not body or (finder is None and not echoes):
        return body, ()
    codings = _codings((response or request).headers)
    plain = _decoded(codings, body)
    if plain is None:
        return pseudonym(body), ("body",)
    clean, names = _apply(plain, finder(plain, pseudonym) if finder else [])
    for secret in echoes:
        replaced = _without_echo(clean, secret, pseudonym)
        names += ("body echo",) if replaced != clean else ()
        clean = replaced
    return (_encoded(codings, clean), tuple(dict.fromkeys(names))) if names else (body, ())


def _apply(body: bytes, replacements: list[Replacement]) -> tuple[bytes, tuple[str, ...]]:
    """The body with the replacements made, those that change nothing left out."""
    out: list[bytes] = []
    names: list[str] = []
    position = 0
    for start, end, value, name in replacements:
        if body[start:end] == value:
            continue
        out += (body[position:start], value)
        names.append(f"body {name}")
        position = end
    return b"".join((*out, body[position:])), tuple(names)


def _codings(headers: Headers) -> list[str]:
    words = (get(headers, b"content-encoding") or b"").decode("latin-1").lower().split(",")
    return [word for word in map(str.strip, words) if word not in ("", "identity")]


def _decoded(codings: list[str], body: bytes) -> bytes | None:
    """The body without its content codings; None where this side cannot take them off, or too much comes out."""
    if not codings:
        return body
    if not all(map(can_unpack, codings)):
        return None
    plain = bytearray()
    try:
        for window in unpacked((body,), codings):
            plain += window
            if len(plain) > DECODED_LIMIT:
                return None
    except Uncodable:
        return None
    return bytes(plain)


def _encoded(codings: list[str], plain: bytes) -> bytes:
    for coding in codings:
        plain = packed(plain, coding)
    return plain


def _without_echo(body: bytes, secret: bytes, pseudonym: Pseudonym) -> bytes:
    """The body without a secret: plain, as in a query, and as the hex bytes of AWS's CanonicalRequestBytes."""
    if len(secret) < _ECHO_MINIMUM:
        return body
    other = pseudonym(secret)
    body = body.replace(secret, other)
    body = body.replace(quote_from_bytes(secret, safe="").encode(), other)
    return body.replace(secret.hex(" ").encode(), other.hex(" ").encode())


# What finds secrets in each kind of body


def find_json(body: bytes, pseudonym: Pseudonym) -> list[Replacement]:
    """The strings under secret keys, at any depth. Reads broken and cut JSON as far as it goes."""
    if not _JSON_HINT.search(body):
        return []
    found: list[Replacement] = []
    secret: dict[bytes, str] = {}  # what each key literal names, empty where that is no secret
    key: bytes | None = None
    for match in _STRING.finditer(body):
        literal, colon = match.groups()
        if key is not None:
            if key not in secret:
                secret[key] = _secret_name(key)
            if secret[key]:
                value = b'"' + pseudonym(_json_bytes(literal)) + (b'"' if _is_closed(literal) else b"")
                found.append(Replacement(match.start(1), match.end(1), value, secret[key]))
        key = None if colon is None else literal
    return found


def _secret_name(literal: bytes) -> str:
    name = _json_text(literal)
    return name if is_secret_field(name) else ""


def _is_closed(literal: bytes) -> bool:
    return len(literal) > 1 and literal.endswith(b'"')


def _json_text(literal: bytes) -> str:
    """The string that a JSON literal stands for; of one that is broken, its bytes as they are."""
    try:
        text = json.loads(literal if _is_closed(literal) else literal + b'"', strict=False)
    except ValueError:
        return literal.strip(b'"').decode("utf-8", "replace")
    return text if isinstance(text, str) else ""


def _json_bytes(literal: bytes) -> bytes:
    """The same value has the same bytes wherever it stands: escapes do not count."""
    return _json_text(literal).encode("utf-8", "surrogatepass")


def find_xml(body: bytes, pseudonym: Pseudonym) -> list[Replacement]:
    """The text of elements with secret names, whatever their namespace."""
    found = []
    for match in _XML_FIELD.finditer(body):
        name = match[1].decode()
        if is_secret_field(name):
            found.append(Replacement(match.start(2), match.end(2), pseudonym(match[2]), name))
    return found


def find_urlencoded(body: bytes, pseudonym: Pseudonym) -> list[Replacement]:
    """The values of secret fields of a form in the shape of a query."""
    found = []
    for pair in pairs(body):
        name = unquote_to_bytes(pair.name).decode("utf-8", "replace")
        if pair.value and is_secret_field(name):
            start = pair.value_start
            value = pseudonym(unquote_to_bytes(pair.value))
            found.append(Replacement(start, start + len(pair.value), value, name))
    return found


def find_form(content_type: bytes, body: bytes, pseudonym: Pseudonym) -> list[Replacement]:
    """The secret fields of a form upload, and the same values inside its policy, which repeats them in base64."""
    fields = list(form.fields(content_type, body))
    secret = [field for field in fields if field.value and is_secret_field(field.name.decode("utf-8", "replace"))]
    values = [field.value for field in secret]
    found = []
    for field in fields:
        name = field.name.decode("utf-8", "replace")
        value = field.value
        if field in secret:
            value = pseudonym(value)
        elif name.lower() == "policy":
            value = _clean_policy(value, values, pseudonym)
        found.append(Replacement(field.start, field.start + len(field.value), value, name))
    return found


def _clean_policy(policy: bytes, secrets: list[bytes], pseudonym: Pseudonym) -> bytes:
    """A POST policy without secrets; as it was where it holds none or cannot be read."""
    try:
        plain = base64.b64decode(policy)
    except binascii.Error:
        return policy
    clean, _ = _apply(plain, find_json(plain, pseudonym))
    for secret in secrets:
        for spelling in (secret, secret.replace(b"/", b"\\/")):
            clean = clean.replace(b'"%b"' % spelling, b'"%b"' % pseudonym(secret))
    return policy if clean == plain else base64.b64encode(clean)
