"""The Authorization header: SigV4 and SigV4A, SigV2, B2's own tokens, and what belongs to others."""

from __future__ import annotations

import base64
import binascii
import re

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
from inspector.wire.headers import Header

Lines = dict[bytes, list[Header]]
"""Header lines by lower-case name."""

_WHERE = "header Authorization"
_SCHEME = re.compile(rb"\s*([^\s,=]*)(\s*)")
_SCHEME_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,39}")
_USUAL = re.compile(rb"Credential=([^\s,=]+), ?SignedHeaders=([^\s,=]+), ?Signature=([^\s,=]+)")
_COMPONENT = re.compile(rb"(?<![^\s,])(Credential|SignedHeaders|Signature)([ \t]*=[ \t]*)", re.IGNORECASE)
_COMPONENTS = {b"credential": "Credential", b"signedheaders": "SignedHeaders", b"signature": "Signature"}
_PARTS = {"Credential": "credential", "SignedHeaders": "signed-headers", "Signature": "signature"}
_SEPARATORS = b" \t\r\n\x0b\x0c,"

# Tokens as B2's documentation prints them: `4_002...` of an account, `3_2016...` of a download.
NATIVE_TOKEN = re.compile(rb"\d_[^\s]+")
_NATIVE_HOST = re.compile(r"(?:api|f)\d*\.backblazeb2\.com|pod-[^.]+\.backblaze\.com")


def from_header(draft: Draft, request: Request, lines: Lines) -> bool:
    """Read the Authorization header; false where there is none."""
    written = lines.get(b"authorization")
    if not written:
        return False
    name, value = written[0]
    if len(written) > 1:
        draft.odd(_WHERE, f"sent {len(written)} times; the first is read")
    match = _SCHEME.match(value)
    assert match is not None  # the pattern matches the empty string
    place = f"header {text(name)}"
    word = match[1].upper()
    if word.startswith(b"AWS4"):
        _sigv4(draft, place, value, match, lines)
    elif word == b"AWS" and match[2]:
        _sigv2(draft, place, value, match.end(), lines)
    else:
        _foreign(draft, request, value.strip())
    return True


def _sigv4(draft: Draft, place: str, value: bytes, scheme: re.Match[bytes], lines: Lines) -> None:
    draft.part("algorithm", place, scheme.start(1), scheme[1])
    asymmetric = read_algorithm(draft, _WHERE, scheme[1])
    draft.scheme = "sigv4a" if asymmetric else "sigv4-header"
    if scheme[2] != b" ":
        draft.odd(_WHERE, "not exactly one space after the algorithm")
    found = _components(draft, value, scheme.end())
    for name in _PARTS:
        if name not in found:
            draft.odd(f"{_WHERE}: {name}", "missing")
    for name, (start, raw) in found.items():
        draft.part(_PARTS[name], place, start, raw)
        if name == "Credential":
            read_credential(draft, f"{_WHERE}: {name}", raw, asymmetric)
        elif name == "SignedHeaders":
            read_signed_headers(draft, f"{_WHERE}: {name}", raw)
        else:
            read_signature(draft, f"{_WHERE}: {name}", raw, asymmetric)
    region_set = lines.get(b"x-amz-region-set")
    if asymmetric and region_set:
        draft.region = text_or_none(region_set[0][1])
    _timestamp(draft, lines)


def _components(draft: Draft, value: bytes, start: int) -> dict[str, tuple[int, bytes]]:
    """Offset and bytes of Credential, SignedHeaders and Signature, whatever separates them."""
    usual = _USUAL.fullmatch(value, start)
    if usual is not None:
        return {name: (usual.start(index), usual[index]) for index, name in enumerate(_PARTS, 1)}
    found: dict[str, tuple[int, bytes]] = {}
    matches = list(_COMPONENT.finditer(value, start))
    if start < (matches[0].start() if matches else len(value)):
        draft.odd(_WHERE, "text before the first component")
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(value)
        name = _COMPONENTS[match[1].lower()]
        raw = _component(draft, match, value[match.end() : end], last=index + 1 == len(matches))
        if name in found:
            draft.odd(f"{_WHERE}: {name}", "given twice; the first is read")
        found.setdefault(name, (match.end(), raw))
    return found


def _component(draft: Draft, match: re.Match[bytes], rest: bytes, *, last: bool) -> bytes:
    """The value of one component out of the text up to the next one."""
    name = _COMPONENTS[match[1].lower()]
    where = f"{_WHERE}: {name}"
    raw = rest.rstrip(_SEPARATORS)
    separator = rest[len(raw) :]
    if match[1] != name.encode():
        draft.odd(where, "the name is written in another case")
    if match[2] != b"=":
        draft.odd(where, "white space round the equals sign")
    if last and separator:
        draft.odd(where, f"followed by {text(separator)!r}")
    if not last and separator not in (b", ", b","):
        draft.odd(where, f"separated from the next component by {text(separator)!r}, not by a comma")
    raw, comma, unknown = raw.partition(b",")
    if comma:
        draft.odd(_WHERE, f"an unknown component: {text(unknown.strip())!r}")
    return raw


def _timestamp(draft: Draft, lines: Lines) -> None:
    """The text of x-amz-date, else of Date."""
    written = lines.get(b"x-amz-date") or lines.get(b"date")
    if not written:
        draft.odd("header x-amz-date", "missing, and no Date either")
        return
    name, value = written[0]
    where = f"header {text(name)}"
    if len(written) > 1:
        draft.odd(where, f"sent {len(written)} times; the first is read")
    draft.part("timestamp", where, 0, value)
    if name.lower() == b"x-amz-date":
        read_timestamp(draft, where, value)
    else:
        draft.timestamp = text_or_none(value)


def _sigv2(draft: Draft, place: str, value: bytes, start: int, lines: Lines) -> None:
    key_id, colon, signature = value[start:].partition(b":")
    draft.scheme = "sigv2"
    draft.algorithm = "AWS"
    draft.key_id = text_or_none(key_id)
    draft.signature = text_or_none(signature)
    draft.part("key-id", place, start, key_id)
    draft.part("signature", place, start + len(key_id) + len(colon), signature)
    if not key_id:
        draft.odd(_WHERE, "the key id is empty")
    if not signature:
        draft.odd(_WHERE, "no signature after the key id")
    dates = lines.get(b"x-amz-date") or lines.get(b"date")
    draft.timestamp = text_or_none(dates[0][1]) if dates else None


def _foreign(draft: Draft, request: Request, value: bytes) -> None:
    """An Authorization that is no AWS signature: B2's own (Basic at its door, bare tokens behind it), or another's."""
    word, space, rest = value.partition(b" ")
    draft.scheme = "other"
    if not value:
        draft.odd(_WHERE, "empty")
    elif word.lower() == b"basic":
        draft.algorithm = "Basic"
        if request.path.endswith(b"/b2_authorize_account"):
            draft.scheme = "b2-native"
            draft.key_id = _basic_user(draft, rest)
    elif not space and is_native_token(request, value):
        draft.scheme = "b2-native"
        draft.algorithm = "token"
    elif space and _SCHEME_NAME.fullmatch(word):
        draft.algorithm = text(word)


def _basic_user(draft: Draft, encoded: bytes) -> str | None:
    try:
        user, colon, _ = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        draft.odd(f"{_WHERE}: Basic", "not base64")
        return None
    if not colon:
        draft.odd(f"{_WHERE}: Basic", "no colon between key id and key")
        return None
    return text_or_none(user)


def is_native_token(request: Request, value: bytes) -> bool:
    """Whether a bare value authorizes at B2's native API: by its look, its path, or a host that serves nothing else."""
    return (
        NATIVE_TOKEN.fullmatch(value) is not None
        or request.target.startswith(b"/b2api/")
        or _NATIVE_HOST.fullmatch(request.host.lower()) is not None
    )
