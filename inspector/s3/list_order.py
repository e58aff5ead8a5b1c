"""Lists of a bucket in the order of their keys, as S3 gives them, when keys in them were written anew."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote_to_bytes

_ENTRY = re.compile(
    rb"\s*<(?:Contents|Version|DeleteMarker)\b[^<>]*>.*?</(?:Contents|Version|DeleteMarker)>"
    rb"|\s*<CommonPrefixes>.*?</CommonPrefixes>",
    re.DOTALL,
)
_NAME = re.compile(rb"<(?:Key|Prefix)>([^<]*)</")
_URL = b"<EncodingType>url</EncodingType>"


def in_order(body: bytes) -> bytes:
    """A list with its entries in the order of their keys, folders among themselves; any other document as it is.

    Entries of one key, its versions, stay as they stand: the newest comes first.
    """
    entries = list(_ENTRY.finditer(body))
    if len(entries) < 2:
        return body
    encoded = _URL in body
    written = [match[0] for match in entries]
    ordered = sorted(written, key=lambda entry: (b"<CommonPrefixes>" in entry, _name(entry, encoded)))
    if ordered == written:
        return body
    out: list[bytes] = []
    at = 0
    for match, entry in zip(entries, ordered, strict=True):
        out += (body[at : match.start()], entry)
        at = match.end()
    return b"".join((*out, body[at:]))


def _name(entry: bytes, encoded: bool) -> bytes:
    match = _NAME.search(entry)
    text = match[1].decode("utf-8", "surrogateescape") if match else ""
    name = html.unescape(text).encode("utf-8", "surrogateescape")
    return unquote_to_bytes(name.replace(b"+", b" ")) if encoded else name
