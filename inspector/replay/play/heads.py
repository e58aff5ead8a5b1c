"""The head of a recorded answer, as it is sent today.

`Date` is of now: SDKs in Java and Go reckon their clock's skew from it. `Last-Modified` and `ETag` stay as recorded, or
what is fetched conditionally and what is synchronised by time would break. `Retry-After` becomes 0: nobody is served
by waiting. What belongs to one connection (RFC 9110 §7.6.1) is left to the next one.
"""

from __future__ import annotations

import re
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from inspector.wire.exchange import Response
from inspector.wire.headers import Header, Headers

_OF_THE_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-connection te trailer transfer-encoding upgrade alt-svc".split()
)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_FOLD = re.compile(rb"\r?\n[ \t]*")
_CHANGED = frozenset((b"date", b"retry-after", b"content-length"))


@lru_cache(maxsize=4)
def date_line(second: int) -> Header:
    """The line that says what time it is."""
    return (b"Date", formatdate(second, usegmt=True).encode())


def sendable(recorded: Response) -> tuple[tuple[Header, ...], bool]:
    """The lines of a recorded head that are sent as they were, and whether it had a Date."""
    kept: list[Header] = []
    dated = False
    for name, value in recorded.headers:
        lower = name.lower()
        dated = dated or lower == b"date"
        if lower == b"retry-after":
            kept.append((name, b"0"))
        elif lower not in _OF_THE_CONNECTION and lower not in _CHANGED and _TOKEN.fullmatch(name):
            kept.append((name, _one_line(value)))
    return tuple(kept), dated


def _one_line(value: bytes) -> bytes:
    """A value as a server may send it: a folded one on one line (RFC 9112 §5.2), and without control characters."""
    return _CONTROL.sub(b"", _FOLD.sub(b" ", value)) if _CONTROL.search(value) else value


def with_length(lines: Headers, length: int | None) -> Headers:
    """The lines of an answer with its length (None: it has none)."""
    return lines if length is None else (*lines, (b"Content-Length", b"%d" % length))


class Start(NamedTuple):
    """Status line and header lines as HTTP/1.1 writes them, names in lower case; None where they cannot be sent so.

    `is_exact`: Content-Length is that of the body.
    """

    written: bytes | None
    is_exact: bool = False


NO_START = Start(None)


def start_of(response: Response | None, size: int) -> Start:
    """The beginning of an answer with a body of `size` bytes.

    None for what says itself how it is framed but by Content-Length, and for what no server may send.
    """
    line = None if response is None else _STATUS_LINES.get(response.status)
    if response is None or line is None:
        return NO_START
    lower = [(name.lower(), value) for name, value in response.headers]
    lengths = [value for name, value in lower if name == b"content-length"]
    if len(lengths) > 1 or not all(map(_is_plain, lower)):
        return NO_START
    return Start(b"".join((line, *(b"%b: %b\r\n" % one for one in lower))), lengths == [b"%d" % size])


_STATUS_LINES = {one.value: b"HTTP/1.1 %d %b\r\n" % (one.value, one.phrase.encode()) for one in HTTPStatus}


def _is_plain(line: Header) -> bool:
    name, value = line
    return name not in _OF_THE_CONNECTION and bool(_TOKEN.fullmatch(name)) and not _CONTROL.search(value)
