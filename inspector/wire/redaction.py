"""Credentials replaced by stable pseudonyms, before anything is stored.

A pseudonym is a keyed hash of the true value: what was equal stays equal, in a header, a URL or a body, and nothing
leads back. Only the secret's own bytes are replaced; all others stay as they were said. What has been replaced is left
alone the next time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from inspector.wire import redact_body as bodies
from inspector.wire.credentials import HEADERS, QUERY, SCHEMES, URL_HINTS
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Header, Headers
from inspector.wire.query import pairs
from inspector.wire.redact_body import Pseudonym, body_may_hold_secrets

__all__ = [
    "PSEUDONYM",
    "Redactor",
    "body_may_hold_secrets",
    "is_pseudonym",
    "is_removed_signature",
    "removed_signature",
    "secrets_in_body",
    "secrets_in_headers",
    "secrets_in_target",
]

PSEUDONYM = re.compile(rb"(?:\d_)?redacted-[0-9a-f]{16}")
_HEX = re.compile(rb"[0-9a-fA-F]+")
_REMOVED_HEX = b"redacted".hex().encode()
_VERSION = re.compile(rb"\d_")
_AWS = re.compile(rb"\s*(?:AWS4-|AWS\s)", re.IGNORECASE)
_AUTHORIZATION = re.compile(rb"(\s*([^\s]+)[ \t]+)(.*?)(\s*)", re.DOTALL)
_USER = re.compile(rb"[ -~]*")
_NAMES = b"|".join(re.escape(name) for name in sorted(QUERY))
_URL_PARAMETER = re.compile(rb"(?i)(?<![\w%%-])(?:%b)=([^&#\s\"'<>,;]+)" % _NAMES)
# A URL inside a URL's parameter, percent-encoded once: its value ends where an encoded `&` or `#` stands.
_NESTED_PARAMETER = re.compile(rb"(?i)%%(?:3F|26)(?:%b)%%3D((?:(?!%%26|%%23)[^&#\s\"'<>,;])+)" % _NAMES)


def is_pseudonym(value: bytes) -> bool:
    """Whether a value is one that stands for a secret."""
    return PSEUDONYM.fullmatch(value) is not None


def removed_signature(value: bytes) -> bytes:
    """What stands for a signature that is taken out: `redacted`, again and again, in as much hex or base64."""
    if _HEX.fullmatch(value):
        return (_REMOVED_HEX * (len(value) // len(_REMOVED_HEX) + 1))[: len(value)]
    padded = value if b"%" not in value else unquote_to_bytes(value)
    size = len(padded.rstrip(b"=")) * 3 // 4
    text = base64.b64encode((b"redacted" * (size // 8 + 1))[:size])
    return text if padded is value else text.replace(b"=", b"%3D")


def is_removed_signature(value: bytes) -> bool:
    """Whether it stands for a signature that was taken out."""
    return len(value) >= 20 and value == removed_signature(value)


class Redactor:
    """Replaces secrets under one key.

    `key`: random bytes (32, say) that no recording holds; another key gives other pseudonyms.
    """

    def __init__(self, key: bytes) -> None:
        self._hmac = hmac.new(key, digestmod=hashlib.sha256)

    def pseudonym(self, value: bytes) -> bytes:
        """What stands for `value`: `redacted-` and 16 hex digits.

        The version at the head of B2's tokens (`4_`) stays before it, so that one still sees what it was. An empty
        value and a pseudonym stand for themselves.
        """
        if not value or is_pseudonym(value):
            return value
        state = self._hmac.copy()
        state.update(value)
        version = _VERSION.match(value)
        return (version[0] if version else b"") + b"redacted-" + state.hexdigest()[:16].encode()

    def redact_request(self, request: Request) -> tuple[Request, tuple[str, ...]]:
        """The head of a request without secrets, and where they stood: `header NAME` (lower case), `query NAME`."""
        headers, names = _clean_headers(request.headers, self.pseudonym)
        target, query_names = _clean_target(request.target, self.pseudonym)
        if not names and not query_names:
            return request, ()
        return replace(request, headers=headers, target=target), (*names, *query_names)

    def redact_response(self, response: Response) -> tuple[Response, tuple[str, ...]]:
        """The head of an answer without secrets, and where they stood."""
        headers, names = _clean_headers(response.headers, self.pseudonym)
        return (replace(response, headers=headers), names) if names else (response, ())

    def redact_body(self, request: Request, response: Response | None, body: bytes) -> tuple[bytes, tuple[str, ...]]:
        """A body, or its first piece, without secrets, and their names: that of `response`, where there is one.

        `request` is the true one: an error may repeat its secrets. Bodies that hold no secrets come back as they are.
        """
        secrets = _secrets_of(request) if response is not None and response.status >= 400 else []
        return bodies.redact_body(request, response, body, secrets, self.pseudonym)


def _secrets_of(request: Request) -> list[bytes]:
    """The true values of the secrets in a request's head."""
    return [*secrets_in_target(request.target), *(value for _, value in secrets_in_headers(request.headers))]


# What is left


def secrets_in_headers(headers: Headers) -> list[tuple[int, bytes]]:
    """The secrets that header lines carry, by the rules of redaction: the number of the line, and the value."""
    return [
        (number, value)
        for number, line in enumerate(headers)
        for value in _noted(lambda note, line=line: _clean_headers((line,), note))  # type: ignore[misc]
    ]


def secrets_in_target(target: bytes) -> list[bytes]:
    """The secrets among the parameters of a target."""
    return _noted(lambda note: _clean_target(target, note))


def secrets_in_body(request: Request, response: Response | None, body: bytes) -> list[bytes]:
    """The secrets in a body of the kinds that carry credentials: of `response`, where there is one."""
    return _noted(lambda note: bodies.redact_body(request, response, body, [], note))


def _noted(clean: Callable[[Pseudonym], object]) -> list[bytes]:
    """What a cleaner would replace, and is no pseudonym."""
    found: list[bytes] = []

    def note(value: bytes) -> bytes:
        if value and not is_pseudonym(value):
            found.append(value)
        return value

    clean(note)
    return found


# Headers


def _clean_headers(headers: Headers, pseudonym: Pseudonym) -> tuple[Headers, tuple[str, ...]]:
    """The lines with secrets replaced, and the names of those that changed."""
    values = b"\n".join([value for _, value in headers]).lower()
    urls = any(hint in values for hint in URL_HINTS)
    changed: dict[int, Header] = {}
    for index, (name, value) in enumerate(headers):
        clean = _CLEANERS.get(name.lower())
        if clean is None and not urls:
            continue
        other = clean(value, pseudonym) if clean else _clean_urls(value, pseudonym)
        if other != value:
            changed[index] = (name, other)
    if not changed:
        return headers, ()
    names = dict.fromkeys(f"header {name.lower().decode('latin-1')}" for name, _ in changed.values())
    return tuple(changed.get(index, line) for index, line in enumerate(headers)), tuple(names)


def _clean_whole(value: bytes, pseudonym: Pseudonym) -> bytes:
    """All of it, but for white space round it."""
    secret = value.strip()
    return value.replace(secret, pseudonym(secret)) if secret else value


def _clean_authorization(value: bytes, pseudonym: Pseudonym) -> bytes:
    """Signatures stay. Of Basic the user name stays (B2: the key id), of known schemes the name, of others nothing."""
    if _AWS.match(value):
        return value
    match = _AUTHORIZATION.fullmatch(value)
    if match is None or match[2].lower() not in SCHEMES:
        return _clean_whole(value, pseudonym)
    basic = match[2].lower() == b"basic"
    return match[1] + (_clean_basic(match[3], pseudonym) if basic else pseudonym(match[3])) + match[4]


def _clean_basic(credentials: bytes, pseudonym: Pseudonym) -> bytes:
    """The password; or all of it, where it does not decode to a readable user name and a password."""
    try:
        user, colon, password = base64.b64decode(credentials, validate=True).partition(b":")
    except binascii.Error:
        return pseudonym(credentials)
    if not colon or not _USER.fullmatch(user):
        return pseudonym(credentials)
    clean = pseudonym(password)
    return credentials if clean == password else base64.b64encode(user + colon + clean)


def _clean_cookies(value: bytes, pseudonym: Pseudonym) -> bytes:
    """The value of every cookie; names stay."""
    return b";".join(_clean_cookie(piece, pseudonym) for piece in value.split(b";"))


def _clean_set_cookie(value: bytes, pseudonym: Pseudonym) -> bytes:
    """The value of the one cookie; its name and attributes stay."""
    cookie, semicolon, attributes = value.partition(b";")
    return _clean_cookie(cookie, pseudonym) + semicolon + attributes


def _clean_cookie(piece: bytes, pseudonym: Pseudonym) -> bytes:
    name, equals, secret = piece.partition(b"=")
    return name + equals + _clean_whole(secret, pseudonym) if equals else _clean_whole(piece, pseudonym)


_CLEANERS: dict[bytes, Callable[[bytes, Pseudonym], bytes]] = {
    **dict.fromkeys(HEADERS, _clean_whole),
    b"authorization": _clean_authorization,
    b"proxy-authorization": _clean_authorization,
    b"cookie": _clean_cookies,
    b"set-cookie": _clean_set_cookie,
}


# URLs


def _clean_target(target: bytes, pseudonym: Pseudonym) -> tuple[bytes, tuple[str, ...]]:
    """The target with the values of secret parameters replaced, those of URLs inside parameters too."""
    path, mark, query = target.partition(b"?")
    if not query:
        return target, ()
    names: list[str] = []
    pieces: list[bytes] = []
    position = 0
    for pair in pairs(query):
        if not pair.value:
            continue
        name = unquote_to_bytes(pair.name)
        other = pair.value
        if name.lower() in QUERY:
            other = pseudonym(unquote_to_bytes(pair.value))
        elif b"%3" in pair.value:
            other = _NESTED_PARAMETER.sub(_replacer(pseudonym, 2), pair.value)
        if other != pair.value:
            pieces += (query[position : pair.value_start], other)
            position = pair.value_start + len(pair.value)
            names.append(f"query {name.decode('utf-8', 'replace')}")
    if not names:
        return target, ()
    return path + mark + b"".join(pieces) + query[position:], tuple(dict.fromkeys(names))


def _clean_urls(value: bytes, pseudonym: Pseudonym) -> bytes:
    """A header value with the secret parameters of URLs in it replaced."""
    value = _URL_PARAMETER.sub(_replacer(pseudonym, 1), value)
    return _NESTED_PARAMETER.sub(_replacer(pseudonym, 2), value)


def _replacer(pseudonym: Pseudonym, times: int) -> Callable[[re.Match[bytes]], bytes]:
    """Replaces a match's first group; the value is percent-decoded as often as it was encoded."""

    def replaced(match: re.Match[bytes]) -> bytes:
        secret = match[1]
        for _ in range(times):
            secret = unquote_to_bytes(secret)
        return match[0][: match.start(1) - match.start()] + pseudonym(secret)

    return replaced
