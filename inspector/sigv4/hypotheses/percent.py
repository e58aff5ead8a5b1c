"""Percent-encoding otherwise than the rule, and how to show what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from urllib.parse import quote_from_bytes

ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")

_SHOWN = 120
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_TOGETHER = (b"()", b"[]", b"{}", b"<>")
"""Characters that an encoder either knows both of or neither."""
_FEW = 5
"""So many kinds of characters, and every set of them is tried; of more, the likely sets."""

ENCODE_URI_COMPONENT = b"!'()*"
"""What JavaScript's encodeURIComponent leaves bare besides RFC 3986's unreserved (ECMA-262, "URI Handling")."""
ENCODE_URI = b";,/?:@&=+$!'()*#"
"""What encodeURI leaves bare."""
_NAMED_SETS = (
    b"!$&'()*+,;=:@",  # all that RFC 3986 allows in a path: Java's URI, Swift's urlPathAllowed
    b"$&+,/:;=@",  # Go: net/url's EscapedPath
    b"!'()*,",
    b",;=:@",
)


def encoded(data: bytes, bare: bytes = b"") -> bytes:
    """Each byte percent-encoded in upper case, but for letters, digits, `-._~` and the ASCII characters `bare`."""
    return quote_from_bytes(data, safe=bare).encode()


def lower_hex(text: bytes) -> bytes:
    """Escapes with lower-case digits."""
    return ESCAPE.sub(lambda found: found[0].lower(), text)


def around_escapes(raw: bytes, bare: bytes = b"") -> bytes:
    """What is not an escape is encoded; escapes stay as they were sent."""
    pieces = ESCAPE.split(raw)
    escapes = [*ESCAPE.findall(raw), b""]
    return b"".join(encoded(piece, bare) + escape for piece, escape in zip(pieces, escapes, strict=True))


def bare_sets(data: bytes, without: bytes = b"") -> list[bytes]:
    """The sets of characters of `data` that an encoder may have left bare, the smallest first.

    `without` are characters that are no question here.
    """
    kinds = _kinds(data, without)
    if len(kinds) <= _FEW:
        sizes = range(1, len(kinds) + 1)
        return [b"".join(some) for size in sizes for some in combinations(kinds, size)]
    everything = b"".join(kinds)
    named = (bytes(byte for byte in everything if byte in a_set) for a_set in _NAMED_SETS)
    all_but_one = (b"".join(kind for kind in kinds if kind != one) for one in kinds)
    return [one for one in dict.fromkeys((*kinds, *named, *all_but_one, everything)) if one]


def _kinds(data: bytes, without: bytes) -> list[bytes]:
    known = set(_UNRESERVED + without)
    present = {byte for byte in data if 0x20 < byte < 0x7F and byte not in known}
    kinds = []
    for together in (*_TOGETHER, *(bytes([byte]) for byte in sorted(present))):
        kind = bytes(byte for byte in together if byte in present)
        present.difference_update(kind)
        kinds += [kind] if kind else []
    return sorted(kinds)


def said(data: bytes) -> str:
    """Bytes as a reader sees them: quoted, shortened in the middle where they are long."""
    text = data.decode("utf-8", "replace")
    if len(text) > _SHOWN:
        text = f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 + 1 :]}"
    return repr(text)


def listed(characters: bytes) -> str:
    """Single characters, for a sentence: `'(' and ')'`."""
    return enumerated(repr(chr(byte)) for byte in characters)


def enumerated(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
