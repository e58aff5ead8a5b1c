"""Canonical forms that a server may take otherwise than the rule has them, one choice for each doubtful place.

The rule is `sigv4.canonical`'s. Where a service was asked how it signs a `+`, `%2F` or `//` (`doctor --probe`), its
answer is laid over the rule here: names and choices are those of the probes. What was not asked stays with the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints
from urllib.parse import quote_from_bytes, unquote_to_bytes


@dataclass(frozen=True, slots=True)
class Forms:
    """A choice for each doubtful place; what is not chosen is the rule's."""

    plus_in_query: Literal["plus", "space", "as-sent"] = "plus"
    escape_case_in_query: Literal["upper", "as-sent"] = "upper"
    unreserved_escape_in_query: Literal["decoded", "as-sent"] = "decoded"
    slash_in_query: Literal["encoded", "as-sent"] = "encoded"
    valueless_in_query: Literal["equals", "as-sent"] = "equals"
    repeated_in_query: Literal["sorted", "as-sent", "first", "last"] = "sorted"
    empty_piece_in_query: Literal["left-out", "equals"] = "left-out"
    escaped_slash_in_path: Literal["slash", "as-sent", "twice"] = "slash"
    double_slash_in_path: Literal["kept", "merged"] = "kept"
    dot_in_path: Literal["kept", "resolved"] = "kept"
    dot_dot_in_path: Literal["kept", "resolved"] = "kept"
    plus_in_path: Literal["plus", "as-sent", "space"] = "plus"
    escape_case_in_path: Literal["upper", "as-sent"] = "upper"
    unreserved_escape_in_path: Literal["decoded", "as-sent"] = "decoded"
    specials_in_path: Literal["escaped", "as-sent"] = "escaped"
    utf_8_in_path: Literal["escaped", "as-sent"] = "escaped"
    space_in_path: Literal["once", "twice"] = "once"
    spaces_in_header: Literal["collapsed", "as-sent"] = "collapsed"
    tab_in_header: Literal["space", "as-sent"] = "space"
    repeated_header: Literal["joined", "joined-with-space", "sorted", "first", "last"] = "joined"
    host_with_port: Literal["as-sent", "without-port"] = "as-sent"


RULE = Forms()

CHOICES: Mapping[str, tuple[str, ...]] = {name: get_args(hint) for name, hint in get_type_hints(Forms).items()}
"""What each place may be."""


def probe_name(place: str) -> str:
    """The name of the probe that asks about a place: `plus_in_query` is `plus-in-query`."""
    return place.replace("_", "-")


def forms_of(answers: Mapping[str, str]) -> Forms:
    """The forms that answers to probes give, by the probes' names; what is no choice is left to the rule."""
    said = {place: answers.get(probe_name(place), "") for place in CHOICES}
    forms = Forms(**{place: answer for place, answer in said.items() if answer in CHOICES[place]})  # type: ignore[arg-type]
    return RULE if forms == RULE else forms


def differing(forms: Forms) -> list[str]:
    """The places where forms are not the rule's."""
    return [place for place in CHOICES if getattr(forms, place) != getattr(RULE, place)]


# Pieces of a path or query: an escape, or a byte as it stands

_PIECE = re.compile(rb"%[0-9a-fA-F]{2}|.", re.DOTALL)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SPECIALS = frozenset(b"$'()*")
"""The raw characters of a path that the probe holds; others are left to the rule."""


def _quoted(byte: bytes) -> bytes:
    return quote_from_bytes(byte, safe="").encode()


def _pieces(text: bytes) -> Iterator[tuple[bytes, int, bool]]:
    """Each piece as written, the byte that it stands for, and whether it is an escape."""
    for match in _PIECE.finditer(text):
        raw = match[0]
        yield raw, unquote_to_bytes(raw)[0], len(raw) == 3


def _spelled(raw: bytes, byte: int, case: str, needless: str) -> bytes:
    """An escape, as the choices about its case and its need have it."""
    if byte in _UNRESERVED:
        return raw if needless == "as-sent" else bytes((byte,))
    return raw if case == "as-sent" else raw.upper()


def _path_piece(forms: Forms, raw: bytes, byte: int, escaped: bool) -> bytes:
    if escaped and byte == ord("/"):
        return {"slash": b"/", "as-sent": raw, "twice": _quoted(raw)}[forms.escaped_slash_in_path]
    if escaped and byte == ord(" ") and forms.space_in_path == "twice":
        return _quoted(raw)
    if escaped:
        return _spelled(raw, byte, forms.escape_case_in_path, forms.unreserved_escape_in_path)
    if raw == b"+":
        return {"plus": b"%2B", "as-sent": b"+", "space": b"%20"}[forms.plus_in_path]
    kept = (byte in _SPECIALS and forms.specials_in_path == "as-sent") or (
        byte >= 0x80 and forms.utf_8_in_path == "as-sent"
    )
    return raw if kept or raw == b"/" else _quoted(raw)


def path_in(forms: Forms, path: bytes) -> bytes:
    """The canonical path."""
    encoded = b"".join(_path_piece(forms, *piece) for piece in _pieces(path))
    if forms.double_slash_in_path == "merged":
        encoded = re.sub(rb"/{2,}", b"/", encoded)
    kept: list[bytes] = []
    for segment in encoded.split(b"/"):
        if segment == b"." and forms.dot_in_path == "resolved":
            continue
        if segment == b".." and forms.dot_dot_in_path == "resolved":
            del kept[max(len(kept) - 1, 1) :]
            continue
        kept.append(segment)
    return b"/".join(kept) or b"/"


def _query_piece(forms: Forms, raw: bytes, byte: int, escaped: bool) -> bytes:
    if escaped:
        return _spelled(raw, byte, forms.escape_case_in_query, forms.unreserved_escape_in_query)
    if raw == b"+":
        return {"plus": b"%2B", "as-sent": b"+", "space": b"%20"}[forms.plus_in_query]
    return raw if raw == b"/" and forms.slash_in_query == "as-sent" else _quoted(raw)


def query_in(forms: Forms, query: bytes, without: frozenset[bytes]) -> bytes:
    """The canonical query. `without` are lower-case names of parameters that are not signed."""
    found: list[tuple[bytes, bytes | None]] = []
    for piece in query.split(b"&"):
        name, equals, value = piece.partition(b"=")
        if unquote_to_bytes(name).lower() in without or not (piece or forms.empty_piece_in_query == "equals"):
            continue
        name, value = (b"".join(_query_piece(forms, *one) for one in _pieces(text)) for text in (name, value))
        found.append((name, value if equals or not piece or forms.valueless_in_query == "equals" else None))
    return b"&".join(name if value is None else b"%b=%b" % (name, value) for name, value in _ordered(forms, found))


def _ordered(forms: Forms, found: list[tuple[bytes, bytes | None]]) -> list[tuple[bytes, bytes | None]]:
    if forms.repeated_in_query == "sorted":
        return sorted(found, key=lambda pair: (pair[0], pair[1] or b""))
    by_name = sorted(found, key=lambda pair: pair[0])
    if forms.repeated_in_query == "as-sent":
        return by_name
    one_each = dict(reversed(by_name)) if forms.repeated_in_query == "first" else dict(by_name)
    return sorted(one_each.items())


# Headers

_JOINED: Mapping[str, Callable[[Sequence[bytes]], bytes]] = {
    "joined": b",".join,
    "joined-with-space": b", ".join,
    "sorted": lambda values: b",".join(sorted(values)),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}


_PORT = re.compile(rb":\d*$")


def header_in(forms: Forms, name: bytes, values: Sequence[bytes]) -> bytes:
    """The canonical value of a header out of its lines, `name` in lower case; empty where there is none."""
    if not values:
        return b""
    value = _JOINED[forms.repeated_header]([_spaced(forms, value.strip()) for value in values])
    return _PORT.sub(b"", value) if name == b"host" and forms.host_with_port == "without-port" else value


def _spaced(forms: Forms, value: bytes) -> bytes:
    if forms.tab_in_header == "space":
        value = value.replace(b"\t", b" ")
    return value if forms.spaces_in_header == "as-sent" else re.sub(rb" {2,}", b" ", value)
