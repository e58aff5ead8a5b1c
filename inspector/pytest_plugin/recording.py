"""A server on this machine by which clients come to the real one, while a test records: it answers what is recorded,
sends on what is not, and keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from inspector.formats.fixture.model import Fixture
from inspector.pytest_plugin.carried import payload_of
from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.live import Origin
from inspector.replay.fixture import FixtureCassette
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.miss_answer import miss_answer
from inspector.replay.play.player import Player
from inspector.serving.app import Receive, Scope, Send, gone, request_of, write
from inspector.serving.http import EXTENSION, Line
from inspector.wire.exchange import Request

OWN = ("127.0.0.1", "localhost", "::1")
_HOMELESS = "it came to the recording's own address: `endpoint_url` names the real server, where it can be sent"


class RecordingServer:
    """The ASGI application, and the guard of its door. `port` is its own, where no real server is.

    `environ`: the user's own, where proxy and trust are named.
    """

    def __init__(self, cassette: Cassette, environ: Mapping[str, str]) -> None:
        self.port = 0
        self._cassette = cassette
        self._origin = Origin(environ)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line: Line = scope["extensions"][EXTENSION]
        request = replace(request_of(scope, line), headers=line.lines)
        body = await _whole(receive)
        if body is None:
            return
        found = self._found(request, body)
        if found is None:
            whole = await self._live(request, body, send)
        elif found.response is None:
            line.reset()
            whole = False
        else:
            whole = await write(found, found.response, send)
        if not whole:
            line.close()
            await gone(receive)

    def _found(self, request: Request, body: bytes) -> Answer | None:
        """What is recorded, or that nothing is; None: the call is to go live."""
        if request.host in OWN and request.port == self.port:
            return self._homeless(request, body)
        if self._passes(request):
            return None
        found = self._cassette.ask(request, payload_of(request, body))
        return miss_answer(found, request, time.time()) if isinstance(found, Miss) else found

    def _homeless(self, request: Request, body: bytes) -> Answer:
        """There is no server behind it: what is not recorded is missed, in every mode."""
        player = self._cassette.player or Player(FixtureCassette(Fixture(()), self._cassette.name))
        found = player.ask(request, payload_of(request, body), time.time())
        if isinstance(found, Miss):
            return miss_answer(replace(found, message=f"{found.message}; {_HOMELESS}"), request, time.time())
        return found

    async def _live(self, request: Request, body: bytes, send: Send) -> bool:
        call, whole = await self._origin.answer(request, body, send)
        if not self._passes(request):
            self._cassette.through_proxy = True
            self._cassette.take(call)
        return whole

    def _passes(self, request: Request) -> bool:
        return self._cassette.ignores(request.host) or self._cassette.is_claimed(request)

    async def close(self) -> None:
        """Close the connections to real servers."""
        await self._origin.close()

    def holds(self, host: str, session: str) -> bool:
        """Every host is reached by way of here."""
        return True

    def refused(self, host: str, port: int, session: str) -> str:
        """None is."""
        return ""

    def distrusted(self, host: str) -> None:
        """Its own error says so to the test."""


async def _whole(receive: Receive) -> bytes | None:
    """The body of a request; None where the client went away."""
    body = bytearray()
    while (message := await receive())["type"] != "http.disconnect":
        body += message["body"]
        if not message["more_body"]:
            return bytes(body)
    return None
