"""One line at a time off XML and JSON: what belongs on it, in coloured pieces, and how deep the next one is.

A state is twice the depth, and one more within a string that was too long for one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

LONGEST = 4096
"""Bytes of a line; a longer token goes on in the next."""


class Line(NamedTuple):
    """A line: its coloured pieces (none: only white space was there), its depth, where it ends, the state after it."""

    pieces: list[tuple[str, bytes]]
    depth: int
    end: int
    state: int


Grammar = Callable[[bytes, int, int, bool], Line]
"""From bytes, a position, the state there, and whether the text ends with the bytes, to the line at that position.

Unless the text ends, `LONGEST` bytes must follow the position. A line takes at least one byte.
"""

_SPACE = re.compile(rb"[ \t\r\n]*")

# JSON

_STRING = rb'"(?:[^"\\]|\\.)*"'
_JSON_LINE = re.compile(
    rb"(?:(?P<key>" + _STRING + rb")[ \t\r\n]*:[ \t\r\n]*)?"
    rb"(?:(?P<text>" + _STRING + rb")|(?P<empty>\{[ \t\r\n]*\}|\[[ \t\r\n]*\])|(?P<open>[{\[])|(?P<close>[}\]])"
    rb'|(?P<word>[^\s{}\[\],:"]+))'
    rb"[ \t\r\n]*(?P<comma>,?)",
    re.DOTALL,
)
_ODD = re.compile(rb'[^\s"{}\[\]]+|.', re.DOTALL)
_JSON_REST = re.compile(rb'(?:[^"\\]|\\.)*"[ \t\r\n]*,?', re.DOTALL)


def json_line(data: bytes, position: int, state: int, whole: bool) -> Line:
    """A member, an element, or a bracket."""
    depth, within = divmod(state, 2)
    limit = min(len(data), position + LONGEST)
    if within:
        return _json_rest(data, position, limit, depth)
    start = _SPACE.match(data, position, limit).end()  # type: ignore[union-attr]
    if start == limit:
        return Line([], depth, limit, state)
    match = _JSON_LINE.match(data, start, limit)
    if match is None:
        return _json_odd(data, start, limit, depth)
    if match["text"] and data[match.end() : match.end() + 1] == b":":  # its value does not end on this line
        return Line([("name", match["text"]), ("quiet", b":")], depth, match.end() + 1, 2 * depth)
    if match["close"]:
        depth = max(0, depth - 1)
    return Line(_json_pieces(match), depth, match.end(), 2 * (depth + bool(match["open"])))


def _json_pieces(match: re.Match[bytes]) -> list[tuple[str, bytes]]:
    key = [("name", match["key"]), ("quiet", b": ")] if match["key"] else []
    empty = match["empty"] and match["empty"][:1] + match["empty"][-1:]
    brackets = empty or match["open"] or match["close"]
    value = ("quiet", brackets) if brackets else ("good", match["text"]) if match["text"] else ("note", match["word"])
    return [*key, value, *([("quiet", b",")] if match["comma"] else [])]


def _json_rest(data: bytes, position: int, limit: int, depth: int) -> Line:
    """More of a long string."""
    match = _JSON_REST.match(data, position, limit)
    end = match.end() if match else _whole_character(data, position, limit)
    return Line([("good", data[position:end])], depth, end, 2 * depth + (match is None))


def _json_odd(data: bytes, start: int, limit: int, depth: int) -> Line:
    """A string that is too long for a line, or what no JSON has."""
    quote = data.find(b'"', start, limit)
    if quote >= 0 and not data[start:quote].strip(b" \t\r\n:"):
        end = _whole_character(data, start, limit)
        return Line([("good", data[start:end])], depth, end, 2 * depth + 1)
    odd = _ODD.match(data, start, limit)
    assert odd is not None
    return Line([("error", odd[0])], depth, odd.end(), 2 * depth)


# XML

_XML_LINE = re.compile(
    rb"(?P<close></[^>]*>)|(?P<odd><!--.*?-->|<!\[CDATA\[.*?\]\]>|<[?!][^>]*>)|(?P<empty><[^>]*/>)"
    rb"|(?P<open><[^>]*>)(?:(?P<text>[^<\n]*)(?P<end></[^>]*>))?|(?P<only>[^<\n]+)",
    re.DOTALL,
)
_TAG = re.compile(rb"(</?)([^\s/>]*)(.*?)(/?>)", re.DOTALL)


def xml_line(data: bytes, position: int, state: int, whole: bool) -> Line:
    """An element that holds only text, a tag, a text."""
    depth = state // 2
    limit = min(len(data), position + LONGEST)
    start = _SPACE.match(data, position, limit).end()  # type: ignore[union-attr]
    if start == limit:
        return Line([], depth, limit, state)
    match = _XML_LINE.match(data, start, limit)
    if match is None:
        end = _whole_character(data, start, limit)
        return Line([("text", data[start:end])], depth, end, state)
    if match["close"]:
        depth = max(0, depth - 1)
        return Line(_tag(match["close"]), depth, match.end(), 2 * depth)
    if match["open"] and match["end"] is None:
        return Line(_tag(match["open"]), depth, match.end(), 2 * depth + 2)
    if match["open"]:
        pieces = [*_tag(match["open"]), ("text", match["text"]), *_tag(match["end"])]
        return Line([piece for piece in pieces if piece[1]], depth, match.end(), state)
    if match["empty"]:
        return Line(_tag(match["empty"]), depth, match.end(), state)
    if match["odd"]:
        return Line([("quiet", match["odd"])], depth, match.end(), state)
    end = match.end() if match.end() < limit else _whole_character(data, start, limit)
    return Line([("text", data[start:end].rstrip())], depth, end, state)


def _tag(raw: bytes) -> list[tuple[str, bytes]]:
    match = _TAG.fullmatch(raw)
    if match is None:
        return [("quiet", raw)]
    bracket, name, attributes, end = match.groups()
    pieces = [("quiet", bracket), ("name", name), ("note", attributes), ("quiet", end)]
    return [piece for piece in pieces if piece[1]]


def _whole_character(data: bytes, start: int, limit: int) -> int:
    """The limit, or some bytes before it where it would cut a character of UTF-8."""
    if limit >= len(data):
        return limit
    end = limit
    while end > start + 1 and end > limit - 4 and data[end] & 0xC0 == 0x80:
        end -= 1
    return end


def grammar_of(sample: bytes) -> Grammar | None:
    """The grammar for a text that begins so."""
    start = sample.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return xml_line
    return json_line if start in (b"{", b"[") else None
