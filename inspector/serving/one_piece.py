"""Answers that are written in one piece: head and body at once, byte for byte as the application writes them."""

from __future__ import annotations

from inspector.replay.play.answer import Answer
from inspector.replay.play.heads import date_line

_BODILESS = frozenset((204, 304))
_OPEN = b"\r\n"
_CLOSED = b"connection: close\r\n\r\n"


def in_one_piece(answer: Answer, method: bytes, now: float, *, keep: bool) -> bytes | None:
    """All bytes of an answer; None for one that takes time, is long, breaks off, or is none. `now` in Unix seconds.

    `keep`: the connection stays open. Raises what reading the body raises.
    """
    start, is_exact = answer.start
    if start is None or not (is_exact or _has_no_body(answer, method)):
        return None
    date = _date(int(now)) if answer.dated else b""
    return b"".join((start, date, _OPEN if keep else _CLOSED, *answer.windows()))


def _has_no_body(answer: Answer, method: bytes) -> bool:
    return method == b"HEAD" or (answer.response is not None and answer.response.status in _BODILESS)


def _date(second: int) -> bytes:
    return b"date: %b\r\n" % date_line(second)[1]
