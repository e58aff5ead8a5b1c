"""What befell a secret, by its shape: application keys are `K`, three digits and 27 of letters, digits, `+` and `/`.

The shape is that of public examples, not of a specification (`native.ids`), so that it makes nothing certain. Where a
secret does not have it, and one step leads to what has, that step is what happened to it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from inspector.native.ids import is_application_key, read_key_id
from inspector.sigv4.leftovers import UNSET, placeholders
from inspector.sigv4.secrets import BASE64, ESCAPED, MISTYPED, SWAPPED, TRUNCATED, URL_ENCODED, WHITESPACE

LENGTH = 31
"""Characters of an application key."""


class Spoilt(NamedTuple):
    """What is wrong with a secret: the cause, words that complete "the secret ...", what it was before (if known)."""

    cause: str
    words: str
    clean: bytes | None = None


_COMMENT = re.compile(r"\s*(?:#|//|;).*\Z|\s+\S.*\Z", re.DOTALL)
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_ASSIGNED = re.compile(r"\A(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*")
_REFERENCE = re.compile(r"\$\{?[\w.:-]+\}?|%\w+%|<[^<>]*>|\{\{.*\}\}|\*+|\[[\w ]+\]", re.DOTALL)
_ENDS = ((("\r\n", "\n"), "a line feed"), (("\r",), "a carriage return"), (("\t",), "a tab"), ((" ",), "a space"))


def _without_quotes(text: str) -> str:
    return text.strip().strip(_QUOTES)


def _without_comment(text: str) -> str:
    return _without_quotes(_COMMENT.sub("", text.strip()))


def _halved(text: str) -> str:
    half = len(text) // 2
    return text[:half] if text == text[:half] * 2 else ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii").strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""


_UNDONE: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    (WHITESPACE, "has white space round it", str.strip),
    (ESCAPED, "stands in quotes", _without_quotes),
    (ESCAPED, "ends in a comma or semicolon", lambda text: _without_quotes(text.strip().rstrip(",;"))),
    (ESCAPED, "has its variable's name before it", lambda text: _without_quotes(_ASSIGNED.sub("", text))),
    (ESCAPED, "has a comment, or more text, behind it", _without_comment),
    (ESCAPED, "has backslashes in it", lambda text: text.replace("\\", "")),
    (URL_ENCODED, "is percent-encoded", unquote),
    (WHITESPACE, "has white space in it", lambda text: "".join(text.split())),
    (WHITESPACE, "has invisible characters in it", lambda text: "".join(one for one in text if one.isascii())),
    (MISTYPED, "stands there twice", _halved),
    (BASE64, "is in base64", _decoded),
)
"""Cause, words, and what undoes it; the first that leads to an application key."""


def spoilt(secret: bytes) -> Spoilt | None:
    """What is wrong with a secret that is meant for B2; None where it has the shape of one, or nothing is known."""
    text = secret.decode("utf-8", "replace")
    if is_application_key(text):
        return None
    if read_key_id(text) is not None:
        return Spoilt(SWAPPED, "has the shape of a key id")
    return next(_undone(text), None) or _by_looks(text)


def _undone(text: str) -> Iterator[Spoilt]:
    for cause, words, undo in _UNDONE:
        clean = undo(text)
        if clean != text and is_application_key(clean):
            yield Spoilt(cause, _ends_with(text) if undo is str.strip else words, clean.encode())


def _ends_with(text: str) -> str:
    """Which white space it is, where it stands at the end alone."""
    found = (name for ends, name in _ENDS if text.endswith(ends) and text.lstrip() == text)
    return f"ends with {next(found, 'white space')}" if text.lstrip() == text else "has white space round it"


def _by_looks(text: str) -> Spoilt | None:
    if any(one.secret.decode() == text for one in placeholders()) or _REFERENCE.fullmatch(text) or not text:
        return Spoilt(UNSET, "is a placeholder" if text else "is empty")
    if text != "".join(text.split()):
        return Spoilt(WHITESPACE, "has white space in it")
    if text[:1] == "K" and text[1:4].isdigit() and len(text) < LENGTH:
        return Spoilt(TRUNCATED, f"has {len(text)} characters, where application keys have {LENGTH}")
    return None
