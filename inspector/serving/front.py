"""What stands between the door and the sessions: each call goes to the session that it names."""

from __future__ import annotations

from collections.abc import Awaitable

from inspector.serving.admin import PREFIX, Admin
from inspector.serving.answers import Answers
from inspector.serving.app import App, Receive, Scope, Send, request_of
from inspector.serving.http import EXTENSION, Line
from inspector.serving.naming import named_by
from inspector.serving.sessions import Sessions
from inspector.wire.headers import Headers


class Front:
    """The ASGI application of a server with sessions, and the guard of its door."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.admin: Admin | None = None
        self._main = sessions.main.app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        line: Line = scope["extensions"][EXTENSION]
        name = self._name(scope["headers"], line.session)
        if PREFIX in line.target and self.admin is not None:
            request = request_of(scope, line)
            if request.path.startswith(PREFIX):
                return self.admin.answer(request, named_by(request.headers) or name, receive, send)
        return self._app(name)(scope, receive, send)

    def at_once(self, target: bytes, headers: Headers, session: str) -> Answers | None:
        """Who answers a call of a connection of this session; None for what this application answers itself."""
        if PREFIX in target and self.admin is not None:
            return None
        return self._app(self._name(headers, session)).answers

    def _name(self, headers: Headers, session: str) -> str:
        """The session that a call names, by its lines or by its connection."""
        return (named_by(headers) or session) if self.sessions.were_any else session

    def _app(self, name: str) -> App:
        return self.sessions.app(name) if name else self._main

    def holds(self, host: str, session: str) -> bool:
        """Whether calls to a host are answered here."""
        return self.sessions.holds(host, session)

    def refused(self, host: str, port: int, session: str) -> str:
        """A connection was wanted to a host that is not answered for; gives the words for the client."""
        return (self.sessions.find(session) or self.sessions.main).tally.refused(host, port)

    async def close(self) -> None:
        """Sessions that nobody has ended end with the server."""
        self.sessions.stop_all()

    def distrusted(self, host: str) -> None:
        """A client did not trust the server's certificate."""
        self.sessions.main.tally.distrusted(host)
