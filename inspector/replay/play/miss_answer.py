"""What a client is told when the recording has no answer: an error that no SDK tries again, and that reads well.

400, because SDKs take 404 for "no such object" and try 5xx, 429 and broken connections again (botocore's and the
standard modes' lists); a code that is in no list of theirs; S3's XML, or JSON for the native API. HEAD has no body:
there the reason stands in a header, which a player's log repeats.
"""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.heads import date_line
from inspector.replay.play.miss import Miss
from inspector.wire.exchange import Request, Response

REASON = b"x-b2-inspector-reason"
MESSAGE = b"x-b2-inspector-miss"

LONGEST_HEADER = 1024
"""Bytes of the message that go into a header: servers and clients bound the size of a head (azure-sdk-tools#9662)."""


def miss_answer(miss: Miss, request: Request, now: float) -> Answer:
    """The answer to a request that the recording knows nothing of; `now` in Unix seconds."""
    native = miss.question.api == "b2"
    body = _json(miss) if native else _xml(miss)
    told = b"" if request.method == b"HEAD" else body
    lines = (
        date_line(int(now)),
        (b"Content-Type", b"application/json" if native else b"application/xml"),
        (b"Content-Length", b"%d" % len(body)),
        (b"Cache-Control", b"no-store"),
        (REASON, miss.reason.value.encode()),
        (MESSAGE, _header(miss.message)),
    )
    windows = (told,) if told else ()
    return Answer(Response(miss.status, lines), lambda: iter(windows), len(told), Source.MISS)


def _header(text: str) -> bytes:
    """Text as a header may have it: one line of ASCII."""
    line = " ".join(text.split()).encode("ascii", "backslashreplace")
    return line if len(line) <= LONGEST_HEADER else line[: LONGEST_HEADER - 3] + b"..."


def _xml(miss: Miss) -> bytes:
    fields = (
        ("Code", miss.code),
        ("Message", miss.message),
        ("Reason", miss.reason.value),
        ("Advice", miss.advice),
    )
    inner = "".join(f"<{name}>{escape(_text(text))}</{name}>" for name, text in fields if text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>\n'.encode()


def _text(text: str) -> str:
    """What XML 1.0 may hold."""
    return "".join(one if one >= " " or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text)


def _json(miss: Miss) -> bytes:
    value = {
        "status": miss.status,
        "code": miss.code,
        "message": miss.message,
        "reason": miss.reason.value,
        "advice": miss.advice,
    }
    return json.dumps(value, ensure_ascii=False).encode()
