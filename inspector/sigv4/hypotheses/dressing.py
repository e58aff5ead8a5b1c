"""What shells and editors leave round a hash, or round the lines of a text, that was signed.

Signers in shell scripts hash by `sha256sum` and `openssl dgst`, which print more than the hash, and put texts together
in here-documents, whose indentation is part of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.line_ends import CANONICAL, STRING_TO_SIGN
from inspector.sigv4.hypotheses.model import ASSEMBLY, PAYLOAD, STRING, Change, Problem, Value
from inspector.sigv4.hypotheses.recipes import Assembly, Bytes, StringToSign
from inspector.sigv4.hypotheses.register import hypothesis

_RARE = 2
"""The weight of what is too much to be multiplied with everything else, and no more than one slip all the same."""

# GNU coreutils' sha256sum; openssl dgst of 1.0, 1.1 and 3; `$(...)` takes a line feed off, other languages do not.
_PRINTED: tuple[tuple[str, bytes], ...] = (
    ("with the '  -' of sha256sum behind it", b"%b  -"),
    ("with the '(stdin)= ' of openssl before it", b"(stdin)= %b"),
    ("with the 'SHA256(stdin)= ' of openssl before it", b"SHA256(stdin)= %b"),
    ("with the 'SHA2-256(stdin)= ' of openssl before it", b"SHA2-256(stdin)= %b"),
    ("with a line feed behind it", b"%b\n"),
    ("with the ' *-' of sha256sum behind it", b"%b *-"),
    ("with the '  -' of sha256sum and a line feed behind it", b"%b  -\n"),
    ("with a space behind it", b"%b "),
    ("between quotes", b'"%b"'),
)
_COMMON = 4
"""So many of them may come on top of another slip."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The hex hash of a text, as a tool prints it."""

    form: bytes

    def __call__(self, data: bytes) -> bytes:
        return self.form % steps.sha256_hex(data)


@dataclass(frozen=True, slots=True)
class Lined:
    """A text with something before and behind each line; `first` says whether the first one has it, too."""

    before: bytes = b""
    behind: bytes = b""
    first: bool = True

    def __call__(self, text: bytes) -> bytes:
        first, *lines = text.split(b"\n")
        dressed = (self.before + line + self.behind for line in lines)
        return b"\n".join((self.before + first + self.behind if self.first else first, *dressed))


@dataclass(frozen=True, slots=True)
class Around:
    """A text with something before and behind the whole."""

    before: bytes
    behind: bytes

    def __call__(self, text: bytes) -> bytes:
        return self.before + text + self.behind


_INDENTED: tuple[tuple[str, Bytes], ...] = tuple(
    (f"with {words} before each line{'' if first else ' but the first'}", Lined(before, first=first))
    for words, before in (
        *((f"{number} spaces", b" " * number) for number in (2, 3, 4, 6, 8, 12, 16)),
        ("a space", b" "),
        ("a tab", b"\t"),
        ("two tabs", b"\t\t"),
    )
    for first in (True, False)
)
_TEXTS: tuple[tuple[str, Bytes], ...] = (
    *_INDENTED,
    ("with a space behind each line", Lined(behind=b" ")),
    ("between double quotes", Around(b'"', b'"')),
    ("between single quotes", Around(b"'", b"'")),
    ("with a space before it", Around(b" ", b"")),
    ("with a space behind it", Around(b"", b" ")),
)


@hypothesis("impl-hash-dressed")
def printed(problem: Problem) -> Iterator[Change]:
    """A hash was signed with what the tool that made it prints beside it."""
    payload = problem.parts[PAYLOAD]
    for number, (words, form) in enumerate(_PRINTED):
        weight = 1 if number < _COMMON else _RARE
        string = StringToSign(digest=Printed(form))
        yield Change({STRING: string}, f"the hash of {CANONICAL} {words} was signed", weight)
        if len(payload) == 64:
            yield Change({PAYLOAD: form % payload}, f"the payload's hash {words} was signed")
            yield Change({PAYLOAD: form % payload, STRING: string}, f"both hashes, each {words}, were signed", _RARE)


@hypothesis("impl-text-dressed")
def dressed(problem: Problem) -> Iterator[Change]:
    """The lines of a text that was signed were indented, or the text stood between quotes."""
    for words, text in _TEXTS:
        yield Change({ASSEMBLY: Assembly(text=text)}, f"{CANONICAL} {words} was signed", _RARE)
        yield Change({STRING: StringToSign(text=text)}, f"{STRING_TO_SIGN} {words} was signed", _RARE)
        both: dict[str, Value] = {ASSEMBLY: Assembly(text=text), STRING: StringToSign(text=text)}
        yield Change(both, f"{CANONICAL} and {STRING_TO_SIGN} {words} were signed", _RARE)
    yield Change({ASSEMBLY: Assembly(blank=(b" ",))}, f"{CANONICAL} with a space in its empty line was signed", _RARE)
