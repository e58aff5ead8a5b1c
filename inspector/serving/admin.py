"""Requests to the server itself, for test suites in any language: sessions, what became of calls, beginning anew.

    POST /_b2-inspector/start       a session with a state of its own; its id, and where it answers, as JSON
    POST /_b2-inspector/stop        what was replayed, missed and left over in a session, which is over then
    GET  /_b2-inspector/summary     the same so far
    POST /_b2-inspector/rewind      the same, and then all is as at the start: nothing was asked, nothing is bound

`x-recording-id` names the session, as does its own port; without, the calls that name none are meant.

No bucket's name begins with an underscore (AWS documentation, "Bucket naming rules"; B2's allow letters, digits and
hyphens), so that no S3 call is meant.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from inspector.errors import InspectorError
from inspector.serving.app import Receive, Send
from inspector.serving.door import Door
from inspector.serving.naming import HEADER
from inspector.serving.session import Session
from inspector.serving.sessions import Sessions
from inspector.wire.exchange import Request

PREFIX = b"/_b2-inspector/"
_ASKED = frozenset(("recording", "session", "filter"))
_LONGEST = 64 * 1024
_NONE = "there is POST start, POST stop, GET summary and POST rewind below /_b2-inspector/"


class _Refused(Exception):
    """The answer is a status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Admin:
    """Answers them. `where` is the server's own URL, `listen` opens a port."""

    def __init__(self, sessions: Sessions, door: Door, where: str, listen: Callable[[], socket.socket]) -> None:
        self._sessions = sessions
        self._door = door
        self._where = where
        self._listen = listen

    async def answer(self, request: Request, name: str, receive: Receive, send: Send) -> None:
        """Answer a request whose path begins with `PREFIX` and that names this session."""
        try:
            body = await _read(receive)
            status, told = 200, await self._told(request, name, body)
        except _Refused as refused:
            status, told = refused.status, {"error": str(refused)}
        except InspectorError as error:
            status, told = 400, {"error": error.message, "hint": error.hint}
        await _write(status, told, send)

    async def _told(self, request: Request, name: str, body: bytes) -> dict[str, object]:
        what = (request.method, request.path.removeprefix(PREFIX))
        if what == (b"POST", b"start"):
            session = await self._sessions.start(_asked(request, body), self._door, self._listen)
            return self._greeting(session)
        if what not in ((b"GET", b"summary"), (b"POST", b"rewind"), (b"POST", b"stop")):
            raise _Refused(404, _NONE)
        found = self._sessions.find(name)
        if found is None:
            raise _Refused(404, f"no session {name} is open")
        if what[1] == b"stop":
            if found is self._sessions.main:
                raise _Refused(400, "name the session: its id in x-recording-id, or its own port")
            return self._sessions.stop(found)
        told = found.summary()
        if what[1] == b"rewind":
            found.rewind()
        return told

    def _greeting(self, session: Session) -> dict[str, object]:
        cassette = session.player.cassette
        return {
            "id": session.name,
            "url": session.url,
            "https_url": session.url.replace("http://", "https://", 1),
            "proxy": self._where.replace("http://", f"http://{session.name}:any@", 1),
            "recording": cassette.name,
            "calls": len(cassette.calls),
        }


def _asked(request: Request, body: bytes) -> Mapping[str, str]:
    """What a session is to be on: from the query, and from a JSON object."""
    asked: dict[str, Any] = dict(parse_qsl(request.query.decode("latin-1")))
    if body.strip():
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise _Refused(400, 'the body is a JSON object, as in {"recording": "test_photos/test_upload.http"}')
        asked |= {name: value for name, value in said.items() if value is not None}
    unknown = ", ".join(sorted(asked.keys() - _ASKED))
    if unknown:
        raise _Refused(400, f"no such option: {unknown}; there are {', '.join(sorted(_ASKED))}")
    return {name: str(value) for name, value in asked.items()}


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refused(400, "the request breaks off")
        body += message["body"]
        if len(body) > _LONGEST:
            raise _Refused(400, "that is too much")
        if not message["more_body"]:
            return bytes(body)


async def _write(status: int, told: Mapping[str, object], send: Send) -> None:
    body = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    lines = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))]
    if status == 200 and told.get("id"):
        lines.append((HEADER, str(told["id"]).encode()))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
