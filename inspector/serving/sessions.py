"""The sessions of a server: tests that run at the same time, each with a state of its own.

A session is known by its port, by the header `x-recording-id`, or by a proxy's credentials (`naming`). A call that
names one that is not there, or not any more, is a miss: nobody else answers it.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Mapping

from inspector.errors import UsageError
from inspector.formats.fixture.model import Fixture
from inspector.replay.fixture import FixtureCassette
from inspector.replay.match.payload import Payload
from inspector.replay.match.question import question_of
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.player import Player
from inspector.serving.answers import Answers
from inspector.serving.app import App
from inspector.serving.door import Door
from inspector.serving.naming import new_name
from inspector.serving.session import Session
from inspector.wire.exchange import Request

MOST = 500
"""Sessions at a time: each has a port, and a process 1,024 open files where nobody asked for more."""

Library = Callable[[Mapping[str, str]], Player]
"""From what a session is to be on (`recording`, `session`, `filter`) to its player. Raises InspectorError."""


class Sessions:
    """Starts, finds and ends them. All but `start`'s reading happens in the server's event loop."""

    def __init__(self, main: Session, library: Library | None, say: Callable[[str], None]) -> None:
        self.main = main
        self.were_any = False
        self.ended: Counter[str] = Counter()
        self._library = library
        self._say = say
        self._open: dict[str, Session] = {}
        self._ports: dict[str, tuple[socket.socket, asyncio.Task[None]]] = {}
        nobody = NoSession("no session of this name is open: it has ended, or was never started")
        self._stranger = App(Answers(nobody, main.tally))

    def __len__(self) -> int:
        return len(self._open)

    def find(self, name: str) -> Session | None:
        """The session of that name; the main one for ""."""
        return self._open.get(name) if name else self.main

    def app(self, name: str) -> App:
        """What answers the calls of a session."""
        found = self.find(name)
        return self._stranger if found is None else found.app

    def holds(self, host: str, name: str) -> bool:
        """Whether calls to a host are answered. The session may be named only inside of the tunnel."""
        if name:
            found = self._open.get(name)
            return found is None or found.hosts.holds(host)
        return any(one.hosts.holds(host) for one in (self.main, *self._open.values()))

    async def start(self, asked: Mapping[str, str], door: Door, listen: Callable[[], socket.socket]) -> Session:
        """A new session on what is `asked` for, with a port of its own.

        Raises:
            InspectorError: there is no such recording; there are too many sessions; no port can be had.
        """
        if self._library is None:
            raise UsageError("this server has one recording and one state", "sessions are for b2-inspector serve")
        if len(self._open) >= MOST:
            raise UsageError(f"{MOST} sessions are open", "end each with POST /_b2-inspector/stop")
        player = await asyncio.to_thread(self._library, asked)
        session = Session(player, self._say, new_name())
        listener = listen()
        host, port = listener.getsockname()[:2]
        session.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._open[session.name] = session
        self._ports[session.name] = (
            listener,
            asyncio.get_running_loop().create_task(door.receive(listener, session.name)),
        )
        self.were_any = True
        return session

    def stop(self, session: Session) -> dict[str, object]:
        """End a session; what became of its calls."""
        self._open.pop(session.name, None)
        self._close(session.name)
        told = session.summary()
        self.ended["sessions"] += 1
        self.ended["replayed"] += session.tally.replayed
        self.ended["missed"] += session.tally.misses
        self.ended["unused"] += len(session.player.unplayed())
        return told

    def stop_all(self) -> None:
        """End those that nobody has ended."""
        for session in list(self._open.values()):
            self.stop(session)

    def _close(self, name: str) -> None:
        listener, task = self._ports.pop(name)
        task.cancel()
        listener.close()


class NoSession(Player):
    """Answers calls that belong to no session: each is a miss, for which `words` say why."""

    def __init__(self, words: str, name: str = "") -> None:
        super().__init__(FixtureCassette(Fixture(()), name))
        self._words = words

    def ask(self, request: Request, payload: Payload, now: float) -> Miss:
        """Why there is no answer."""
        asked = question_of(request)
        what = f"{asked.operation} {asked.bucket}/{asked.key.decode('utf-8', 'replace')}"
        advice = "start one, POST /_b2-inspector/start, and name it: x-recording-id, or its own port"
        return Miss(Reason.NOTHING_SIMILAR, asked, f"{what}: {self._words}. {advice}", advice=advice)
