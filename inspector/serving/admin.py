"""Requests to the server itself, for test suites in any language: what became of the calls, and beginning anew.

    GET  /_b2-inspector/summary     what was replayed, missed and left over so far, as JSON
    POST /_b2-inspector/rewind      the same, and then all is as at the start: nothing was asked, nothing is bound

No bucket's name begins with an underscore (AWS documentation, "Bucket naming rules"; B2's allow letters, digits and
hyphens), so that no S3 call is meant.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from inspector.replay.play.answer import Answer
from inspector.wire.exchange import Request, Response

PREFIX = b"/_b2-inspector/"


class Admin:
    """Answers them; `summary` gives what is told, `rewind` begins anew."""

    def __init__(self, summary: Callable[[], dict[str, object]], rewind: Callable[[], None]) -> None:
        self._summary = summary
        self._rewind = rewind

    def answer(self, request: Request) -> Answer:
        """The answer to a request whose target begins with `PREFIX`."""
        what = (request.method, request.path.removeprefix(PREFIX))
        if what not in ((b"GET", b"summary"), (b"POST", b"rewind")):
            return _json(404, {"error": "there is GET /_b2-inspector/summary and POST /_b2-inspector/rewind"})
        told = self._summary()
        if what[1] == b"rewind":
            self._rewind()
        return _json(200, told)


def _json(status: int, value: dict[str, object]) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    lines = ((b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body)))
    return Answer(Response(status, lines), lambda: iter((body,)), len(body))
