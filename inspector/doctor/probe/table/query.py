"""The canonical query: listings of a prefix under which nothing lies."""

from __future__ import annotations

from inspector.doctor.probe.ask import Ask
from inspector.doctor.probe.model import Probe, Variant

_START = b"list-type=2&max-keys=1&prefix={q}"
LIST = Ask(query=_START + b"none")


def _prefix(end: bytes) -> Ask:
    return Ask(query=_START + end)


def _signed(ask: Ask, end: bytes) -> Ask:
    return ask.but(query_signed=_START + end)


_PLUS, _LOWER, _TILDE = _prefix(b"a+b"), _prefix(b"%c3%a9"), _prefix(b"%7Ea")
_SLASH = Ask(query=b"list-type=2&max-keys=1&prefix={p}x")
_BARE = Ask(query=b"location")
_TWICE = Ask(query=_START + b"b&prefix={q}a")
_EMPTY = Ask(query=b"list-type=2&&max-keys=1&prefix={q}x")

QUERIES = (
    Probe(
        "plus-in-query",
        "How is a `+` in a query signed? (The listing's echo says what it means.)",
        (
            Variant("plus", "a + is a plus: %2B in the canonical query", _PLUS),
            Variant("space", "a + is a space: %20 in the canonical query", _signed(_PLUS, b"a%20b")),
            Variant("as-sent", "a + stays as it is in the canonical query", _signed(_PLUS, b"a+b")),
        ),
    ),
    Probe(
        "escape-case-in-query",
        "Are lower-case escapes (%c3) signed in upper case?",
        (
            Variant("upper", "escapes in a query are signed in upper case", _LOWER),
            Variant("as-sent", "escapes in a query are signed as sent", _signed(_LOWER, b"%c3%a9")),
        ),
    ),
    Probe(
        "unreserved-escape-in-query",
        "Is an escape that was not needed (%7E) undone?",
        (
            Variant("decoded", "needless escapes in a query are undone before signing", _TILDE),
            Variant("as-sent", "needless escapes in a query are signed as sent", _signed(_TILDE, b"%7Ea")),
        ),
    ),
    Probe(
        "slash-in-query",
        "Is a raw slash in a query signed as %2F?",
        (
            Variant("encoded", "a raw slash in a query is signed as %2F", _SLASH),
            Variant("as-sent", "a raw slash in a query is signed as it is", _SLASH.but(query_signed=_SLASH.query)),
        ),
    ),
    Probe(
        "valueless-in-query",
        "How is a parameter without `=` signed?",
        (
            Variant("equals", "a parameter without a value is signed with an equals sign", _BARE),
            Variant("as-sent", "a parameter without a value is signed as sent", _BARE.but(query_signed=b"location")),
        ),
    ),
    Probe(
        "repeated-in-query",
        "In which order are two parameters of one name signed?",
        (
            Variant("sorted", "parameters of one name are sorted by value", _TWICE),
            Variant("as-sent", "parameters of one name keep their order", _TWICE.but(query_signed=_TWICE.query)),
            Variant("first", "of parameters of one name the first alone is signed", _signed(_TWICE, b"b")),
            Variant("last", "of parameters of one name the last alone is signed", _signed(_TWICE, b"a")),
        ),
    ),
    Probe(
        "empty-piece-in-query",
        "Is the nothing between two `&` signed?",
        (
            Variant("left-out", "an empty piece of a query is not signed", _EMPTY),
            Variant("equals", "an empty piece is signed as `=`", _EMPTY.but(query_signed=b"=&" + _START + b"x")),
        ),
    ),
)
