"""What the families of headers share: a header's value as it came, and the changes that give it another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from inspector.sigv4.canonical import header_value, signed_headers
from inspector.sigv4.hypotheses.model import HEADER_LIST, Change, Problem, Value, header
from inspector.sigv4.hypotheses.percent import enumerated, said
from inspector.wire.credentials import HEADERS as CREDENTIALS
from inspector.wire.headers import get_all

TOKEN = b"x-amz-security-token"
PAYLOAD_HEADER = b"x-amz-content-sha256"
NAMED_ELSEWHERE = frozenset((b"host", b":authority", b"x-amz-date", b"date", PAYLOAD_HEADER, TOKEN))
"""Headers that are part of more than their own line: host, time, payload and token are families of their own."""

SIBLINGS = 12
"""So many values that a header had in other calls are tried, the nearest first: a recording may hold thousands."""


PIECES = 8
"""So many elements of a list are tried, from either end: no client lists more, and anybody can send thousands."""


PROGRAMS = re.compile(
    rb"host|:authority|date|accept-encoding|content-length|content-md5|range|expect|if-.*|transfer-encoding|connection|amz-sdk-.*"
    rb"|x-amz-(?:date|content-sha256|decoded-content-length|checksum-.*|sdk-checksum-.*|trailer|acl|storage-class)"
)
"""Headers that programs write, not people: no stray white space is expected round their values."""


class Signed(NamedTuple):
    """A value that may have been signed, what more to say of it, and how many deviations it counts as."""

    value: bytes
    why: str = ""
    weight: int = 1


def line(name: bytes, value: bytes) -> bytes:
    """A line of the canonical request."""
    return b"%b:%b" % (name, value)


def arrived(problem: Problem, name: bytes) -> bytes:
    """The value that the rule makes of what came; empty where nothing did."""
    return header_value(problem.signed.request, name)


def raw_values(problem: Problem, name: bytes) -> list[bytes]:
    """The values of a header as they came, a line each."""
    return get_all(problem.signed.request.headers, name)


def came(problem: Problem, name: bytes) -> bool:
    """Whether the header was sent."""
    return bool(raw_values(problem, name))


def near(problem: Problem, name: bytes) -> tuple[bytes, ...]:
    """Values that the header had in other calls, as the rule signs them."""
    return tuple(b" ".join(value.split()) for value in problem.around.header_values.get(name, ())[:SIBLINGS])


def is_replaced(problem: Problem, name: bytes) -> bool:
    """Whether what is stored of a header is not what was sent: nobody signed it."""
    return f"header {name.decode('latin-1')}" in problem.signed.redacted


def shown_value(name: bytes, value: bytes) -> str:
    """A header's value, for a sentence; that of a credential is not said."""
    return "(a secret)" if name in CREDENTIALS else said(value)


def shown_name(name: bytes) -> str:
    """The name of a header, for a sentence."""
    return name.decode("utf-8", "replace")


def what_came(problem: Problem, name: bytes) -> str:
    """The end of a sentence on a header that was signed otherwise."""
    return f"{shown_value(name, arrived(problem, name))} arrived" if came(problem, name) else "none arrived"


def value_signed(problem: Problem, name: bytes, signed: Signed) -> Change:
    """The change that says a listed header was signed with another value."""
    value, why, weight = signed
    what = f"the value {shown_value(name, value)} of" if value else "an empty"
    words = f"{what} {shown_name(name)} was signed{why}; {what_came(problem, name)}"
    return Change({header(name): line(name, value)}, words, weight)


def written(problem: Problem, name: bytes, forms: Iterable[Signed]) -> Iterator[Change]:
    """Changes that say a value was signed in one of these forms, each once; `why` tells the form."""
    base = arrived(problem, name)
    by_value: dict[bytes, Signed] = {}
    for signed in forms:
        by_value.setdefault(signed.value, signed)
    for value, why, weight in by_value.values():
        if value != base:
            form = f"{shown_value(name, value)}, {why}"
            words = f"the value of {shown_name(name)} was signed as {form}; {what_came(problem, name)}"
            yield Change({header(name): line(name, value)}, words, weight)


def searchable(problem: Problem) -> list[bytes]:
    """The signed headers whose true values are at hand."""
    return [name for name in problem.names if not is_replaced(problem, name)]


def listed(problem: Problem, more: Iterable[bytes] = (), less: Iterable[bytes] = ()) -> bytes:
    """The list of signed headers, sorted, with names more or less."""
    return signed_headers(sorted({*problem.names, *more} - set(less)))


def left_out(problem: Problem, names: Iterable[bytes]) -> Mapping[str, Value]:
    """The values that say that these headers were not signed: neither their lines nor their names."""
    names = tuple(names)
    lines: dict[str, Value] = {header(name): b"" for name in names}
    return {**lines, HEADER_LIST: listed(problem, less=names)}


def shown_names(names: Iterable[bytes]) -> str:
    """Names of headers, for a sentence: `a, b and c`."""
    return enumerated(map(shown_name, names))
