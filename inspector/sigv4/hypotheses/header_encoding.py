"""A header's value was signed in another encoding than it was sent in: letters beyond ASCII, percent-encoding.

What may have happened to a value are *steps*, each from bytes to bytes; signer and wire are one step apart, or two:
metadata that is percent-encoded twice, UTF-8 that was taken for Latin-1 two times over.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote_from_bytes, quote_plus, unquote_to_bytes

from inspector.sigv4.hypotheses.header_lines import PROGRAMS, Signed, arrived, searchable, written
from inspector.sigv4.hypotheses.model import Change, Problem
from inspector.sigv4.hypotheses.register import hypothesis

_Q_ESCAPES = bytes.maketrans(b"_=", b" %")
_ENCODED_WORD = re.compile(rb"=\?([\w-]+)\?([BbQq])\?([^?]*)\?=")
_READABLE = " /;=\"'(),:@!*$&+?"
"""What stays bare where only what cannot stand in a header is escaped."""

_Step = tuple[str, Callable[[bytes], bytes | None]]
"""What was done to the value, in words, and how; None where it cannot be done to this one."""


def _taken_for_cp1252(value: bytes) -> bytes:
    """As browsers and .NET read it: Windows-1252, with C1 controls where that has no letter."""
    letters = (bytes((byte,)) for byte in value)
    return "".join(one.decode("cp1252", "ignore") or one.decode("latin-1") for one in letters).encode()


def _in(charset: str, errors: str = "strict") -> Callable[[bytes], bytes | None]:
    def step(value: bytes) -> bytes | None:
        try:
            return value.decode().encode(charset, errors)
        except UnicodeError:
            return None

    return step


def _in_form(form: str) -> Callable[[bytes], bytes | None]:
    def step(value: bytes) -> bytes | None:
        text = value.decode("utf-8", "replace")
        return unicodedata.normalize(form, text).encode()  # type: ignore[arg-type]

    return step


def _as_word(start: bytes, encode: Callable[[bytes], bytes]) -> Callable[[bytes], bytes | None]:
    return lambda value: start + encode(value) + b"?="


def _q_encoded(value: bytes) -> bytes:
    return quote_from_bytes(value, safe=" ").replace(" ", "_").replace("%", "=").encode()


def _without_words(value: bytes) -> bytes:
    return _ENCODED_WORD.sub(_decoded_word, value)


def _decoded_word(found: re.Match[bytes]) -> bytes:
    """The text of an encoded word in UTF-8; the word itself where it is none."""
    charset, form, text = found.groups()
    try:
        plain = base64.b64decode(text) if form in b"Bb" else unquote_to_bytes(text.translate(_Q_ESCAPES))
        return plain.decode(charset.decode()).encode()
    except (LookupError, ValueError):
        return found[0]


def _escaped(value: bytes) -> bytes:
    return json.dumps(value.decode("utf-8", "replace"))[1:-1].encode()


_PERCENT: tuple[_Step, ...] = (
    ("percent-encoded where it must be", lambda value: quote_from_bytes(value, safe=_READABLE).encode()),
    ("percent-encoded", lambda value: quote_from_bytes(value, safe="").encode()),
    ("percent-encoded but for its slashes", lambda value: quote_from_bytes(value, safe="/").encode()),
    ("percent-encoded as by encodeURI", lambda value: quote_from_bytes(value, safe=";,/?:@&=+$-_.!~*'()#").encode()),
    ("encoded as in a form", lambda value: quote_plus(value).encode()),
    ("percent-decoded", unquote_to_bytes),
    ("decoded as from a form", lambda value: unquote_to_bytes(value.replace(b"+", b" "))),
)

_WORD = "as an encoded word of RFC 2047"
_LETTERS: tuple[_Step, ...] = (
    ("decoded from RFC 2047", _without_words),
    ("each byte taken for a letter of Latin-1 and written in UTF-8", lambda value: value.decode("latin-1").encode()),
    ("each byte taken for a letter of Windows-1252 and written in UTF-8", _taken_for_cp1252),
    ("in Latin-1", _in("latin-1")),
    ("in Windows-1252", _in("cp1252")),
    ("in Unicode's composed form (NFC)", _in_form("NFC")),
    ("in Unicode's decomposed form (NFD)", _in_form("NFD")),
    (_WORD, _as_word(b"=?UTF-8?B?", base64.b64encode)),
    (_WORD, _as_word(b"=?utf-8?b?", base64.b64encode)),
    (_WORD, _as_word(b"=?utf-8?B?", base64.b64encode)),
    (_WORD, _as_word(b"=?UTF-8?Q?", _q_encoded)),
    (_WORD, _as_word(b"=?utf-8?q?", _q_encoded)),
    ("in base64", base64.b64encode),
    ("with escapes as in JSON", _escaped),
    ("with a question mark for each letter beyond ASCII", _in("ascii", "replace")),
    ("with a question mark for each byte beyond ASCII", lambda v: bytes(b if b < 0x80 else ord("?") for b in v)),
    ("without its letters beyond ASCII", _in("ascii", "ignore")),
)


def _steps_away(value: bytes, steps: Iterable[_Step]) -> Iterator[Signed]:
    """What one step makes of a value, and what two do: two are rare, and tried alone."""
    steps = tuple(steps)
    once = {made: words for words, step in reversed(steps) if (made := step(value)) not in (None, value)}
    yield from (Signed(made, words) for made, words in once.items() if made is not None)
    for made, words in once.items():
        for more, step in steps:
            if made is not None and (twice := step(made)) not in (None, made):
                yield Signed(twice or b"", f"{words} twice" if more == words else f"{words}, then {more}", weight=2)


def _beyond_ascii(value: bytes) -> bool:
    """Whether letters beyond ASCII stand in it, in whatever dress."""
    return not (value.isascii() and unquote_to_bytes(unquote_to_bytes(value)).isascii()) or b"=?" in value


@hypothesis("hdr-non-ascii")
def non_ascii(problem: Problem) -> Iterator[Change]:
    """A header's value has letters beyond ASCII, and was signed in another encoding than it was sent in."""
    # aws-sdk-js#820
    for name in searchable(problem):
        if _beyond_ascii(arrived(problem, name)):
            yield from written(problem, name, _steps_away(arrived(problem, name), (*_LETTERS, *_PERCENT)))


@hypothesis("hdr-percent-encoded")
def percent_encoded(problem: Problem) -> Iterator[Change]:
    """A header's value was percent-encoded on one side only, or once more."""
    # x-amz-copy-source above all, and metadata that somebody decodes on its way
    for name in searchable(problem):
        value = arrived(problem, name)
        if not _beyond_ascii(value) and not PROGRAMS.fullmatch(name):
            yield from written(problem, name, _steps_away(value, _PERCENT))
