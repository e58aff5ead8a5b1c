"""Answers that are written in one piece: head and body at once, byte for byte as the application writes them."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from inspector.replay.play.answer import Answer
from inspector.replay.play.heads import date_line

AT_ONCE = 64 * 1024
"""Bytes of an answer's body that are written in one piece."""

_BODILESS = frozenset((204, 304))
_OPEN = b"\r\n"
_CLOSED = b"connection: close\r\n\r\n"


def in_one_piece(answer: Answer, method: bytes, now: float, *, keep: bool) -> bytes | None:
    """All bytes of an answer; None for one that takes time, is long, breaks off, or is none. `now` in Unix seconds.

    `keep`: the connection stays open. Raises what reading the body raises.
    """
    response = answer.response
    if response is None or answer.size > AT_ONCE or answer.delay or answer.break_after is not None:
        return None
    block = answer.block
    status = STATUS_LINE.get(response.status)
    if status is None or not block.is_plain:
        return None
    if block.length != answer.size and method != b"HEAD" and response.status not in _BODILESS:
        return None
    date = b"date: %b\r\n" % date_line(int(now))[1] if answer.dated else b""
    return b"".join((status, date, block.written, _OPEN if keep else _CLOSED, *answer.windows()))
