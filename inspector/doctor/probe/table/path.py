"""The canonical path: keys that are not there, whose 404 says that the signature was right."""

from __future__ import annotations

from inspector.doctor.probe.ask import Ask
from inspector.doctor.probe.model import Probe, Variant

_ROOT = b"/{b}/{p}"


def _key(wire: bytes) -> Ask:
    return Ask(path=_ROOT + wire)


def _question(name: str, question: str, wire: bytes, what: str, *forms: tuple[str, str, bytes | None]) -> Probe:
    """`forms`: label, words, and what is signed of the key (None: what the rule says)."""
    variants = tuple(
        Variant(label, f"{what} {words}", _key(wire) if signed is None else _key(wire).but(uri=_ROOT + signed))
        for label, words, signed in forms
    )
    return Probe(name, question, variants)


PATHS = (
    _question(
        "escaped-slash-in-path",
        "Is a %2F in a path signed as a slash?",
        b"x%2Fy",
        "%2F in a path",
        ("slash", "is signed as a slash", None),
        ("as-sent", "is signed as %2F", b"x%2Fy"),
        ("twice", "is signed as %252F", b"x%252Fy"),
    ),
    _question(
        "double-slash-in-path",
        "Are two slashes kept?",
        b"x//y",
        "`//` in a path",
        ("kept", "is kept", None),
        ("merged", "is signed as one slash", b"x/y"),
    ),
    _question(
        "dot-in-path",
        "Is a `/./` kept?",
        b"x/./y",
        "`/./` in a path",
        ("kept", "is kept", None),
        ("resolved", "is taken out", b"x/y"),
    ),
    _question(
        "dot-dot-in-path",
        "Is a `/../` kept?",
        b"x/../y",
        "`/../` in a path",
        ("kept", "is kept", None),
        ("resolved", "is resolved", b"y"),
    ),
    _question(
        "plus-in-path",
        "How is a `+` in a path signed?",
        b"a+b",
        "+ in a path",
        ("plus", "is signed as %2B", None),
        ("as-sent", "is signed as it is", b"a+b"),
        ("space", "is signed as %20", b"a%20b"),
    ),
    _question(
        "escape-case-in-path",
        "Are lower-case escapes (%c3) signed in upper case?",
        b"%c3%a9",
        "a lower-case escape in a path",
        ("upper", "is signed in upper case", None),
        ("as-sent", "is signed as sent", b"%c3%a9"),
    ),
    _question(
        "unreserved-escape-in-path",
        "Is an escape that was not needed (%7E) undone?",
        b"%7Ea",
        "a needless escape in a path",
        ("decoded", "is undone before signing", None),
        ("as-sent", "is signed as sent", b"%7Ea"),
    ),
    _question(
        "specials-in-path",
        "Are raw characters that a URL may hold ($ ' ( ) *) signed escaped?",
        b"a$b'(c)*",
        "raw `$'()*` in a path",
        ("escaped", "are signed escaped", None),
        ("as-sent", "are signed as they are", b"a$b'(c)*"),
    ),
    _question(
        "utf-8-in-path",
        "Does a path with raw UTF-8 pass, and how is it signed?",
        b"\xc3\xa9",
        "raw UTF-8 in a path",
        ("escaped", "is signed escaped", None),
        ("as-sent", "is signed as it is", b"\xc3\xa9"),
    ),
    _question(
        "space-in-path",
        "Is %20 signed as it is, or once more escaped?",
        b"a%20b",
        "%20 in a path",
        ("once", "is signed as %20", None),
        ("twice", "is signed as %2520", b"a%2520b"),
    ),
)
