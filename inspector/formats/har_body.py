"""The bodies of a HAR entry: text turned back into the bytes that it most likely was.

Facts
-----
HAR 1.2 holds text. An answer may be base64 (`content.encoding`); for requests the standard has no such field, and
programs help themselves: `postData.encoding` (Reqable, Insomnia), `_content` (HTTP Toolkit), lone surrogates and
Latin-1 (mitmproxy's `hardump`), or they drop the body (ProxymanApp/Proxyman#1614, Firefox for images). The body of an
answer stands there after content decoding, whatever its Content-Encoding line says.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from inspector.formats.captured import BODY_DECODED, BODY_LOSSY, BODY_MISSING, BODY_REBUILT, PIECE_BYTES, Body

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE)
_WHITE = re.compile(r"\s+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_CODED = ("gzip", "x-gzip", "br", "deflate", "zstd", "compress")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class HarBody:
    """A body as far as the HAR holds it; `gap`: bytes known to be missing; `alterations`: what happened to it."""

    body: Body = b""
    gap: int = 0
    alterations: tuple[str, ...] = ()


def request_body(request: Mapping[str, Any]) -> HarBody:
    """The body of a `request` object."""
    size = _size(request.get("bodySize"))
    post = _mapping(request.get("postData"))
    own = _mapping(request.get("_content"))
    source = own if isinstance(own.get("text"), str) else post
    text = source.get("text")
    if isinstance(text, str) and (text or not post.get("params")):
        return _from_text("request", text, source.get("encoding"), str(post.get("mimeType") or ""), {size})
    if post.get("params") and str(post.get("mimeType") or "").lower().startswith(_FORM):
        return HarBody(_form(post["params"]), alterations=(BODY_REBUILT.format(side="request"),))
    return _missing("request", size)


def response_body(response: Mapping[str, Any], coding: str, has_body: bool) -> HarBody:
    """The body of a `response` object. `coding` is its Content-Encoding; `has_body`: whether one can have come."""
    content = _mapping(response.get("content"))
    sizes = {_size(content.get("size")), _size(response.get("bodySize"))}
    text = content.get("text")
    if not isinstance(text, str) or (not text and max(sizes) > 0):
        return _missing("response", max(sizes)) if has_body else HarBody()
    found = _from_text("response", text, content.get("encoding"), str(content.get("mimeType") or ""), sizes)
    if text and coding.strip().lower() in _CODED:
        return HarBody(found.body, found.gap, (*found.alterations, BODY_DECODED.format(side="response")))
    return found


def _missing(side: str, size: int) -> HarBody:
    return HarBody(gap=size, alterations=(BODY_MISSING.format(side=side),)) if size > 0 else HarBody()


def _from_text(side: str, text: str, encoding: object, mime: str, sizes: set[int]) -> HarBody:
    if isinstance(encoding, str) and encoding.lower() == "base64":
        return _from_base64(side, text)
    lossy = (BODY_LOSSY.format(side=side),) if "\ufffd" in text else ()
    return HarBody(_encode(text, mime, sizes), alterations=lossy)


def _from_base64(side: str, text: str) -> HarBody:
    text = _WHITE.sub("", text) if _WHITE.search(text) else text
    if not _BASE64.fullmatch(text):
        return HarBody(text.encode("utf-8", "replace"), alterations=(BODY_LOSSY.format(side=side),))
    return HarBody(_base64_pieces(text + "=" * (-len(text) % 4)))


def _base64_pieces(text: str) -> Iterator[bytes]:
    """The decoded bytes in pieces of at most `PIECE_BYTES`: a multiple of three bytes is a multiple of four letters."""
    step = PIECE_BYTES // 3 * 4
    for at in range(0, len(text), step):
        yield base64.b64decode(text[at : at + step])


def _encode(text: str, mime: str, sizes: set[int]) -> bytes:
    """The bytes of a text: in the first character set that gives the length which the file states, else that fits.

    Lone surrogates are bytes that were no text (Python's `surrogateescape`).
    """
    declared = _CHARSET.search(mime)
    charsets = [declared[1]] if declared else []
    candidates = [raw for name in (*charsets, "utf-8", "latin-1") if (raw := _try(text, name)) is not None]
    exact = (raw for raw in candidates if len(raw) in sizes)
    return next(exact, candidates[0] if candidates else text.encode("utf-8", "replace"))


def _try(text: str, charset: str) -> bytes | None:
    try:
        return text.encode(charset, "surrogateescape")
    except (UnicodeError, LookupError):
        return None


def _form(params: object) -> bytes:
    """A form body out of its decoded fields, in their order."""
    rows = [row for row in params if isinstance(row, dict)] if isinstance(params, list) else []
    pairs = ((str(row.get("name", "")), str(row.get("value", ""))) for row in rows)
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogateescape")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _size(value: object) -> int:
    """A size in bytes; HAR says -1 for one that is not known."""
    return int(value) if isinstance(value, int | float) and value > 0 else 0
