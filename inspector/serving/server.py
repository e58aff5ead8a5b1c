"""The server: a port of its own, an event loop in a thread of its own, from `start` to `stop`.

uvicorn speaks HTTP: of the servers at hand it takes the least processor time a call (41 µs beside granian's 51 to 55
for a bare ASGI application, measured side by side), gives a connection away before it is read, and lets one break.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from uvicorn.config import Config
from uvicorn.server import ServerState

from inspector.capture.authority import Authority
from inspector.errors import CaptureError
from inspector.replay.play.player import Player
from inspector.serving.admin import Admin
from inspector.serving.app import Receive, Scope, Send
from inspector.serving.certificates import Minter
from inspector.serving.door import Door, Guard
from inspector.serving.front import Front
from inspector.serving.http import Protocol as HttpProtocol
from inspector.serving.session import Session
from inspector.serving.sessions import Library, Sessions
from inspector.serving.straight import Straight

KEEP_ALIVE = 75
"""Seconds that a connection may be idle, as nginx has it: SDKs keep theirs for minutes, and meet a closed one."""

BACKLOG = 2048
STOP_SECONDS = 5.0
"""What answers that are under way get when the server stops."""


class Reception(Guard, Protocol):
    """An ASGI application, and who its door asks."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]: ...

    async def close(self) -> None:
        """The server has ended."""


class Server:
    """Answers as `front` does, at `host` and `port` (0: a free one). A context manager.

    Raises:
        CaptureError: the port cannot be had.
    """

    def __init__(
        self,
        front: Reception,
        authority: Authority,
        host: str = "127.0.0.1",
        port: int = 0,
        protocol: Callable[..., HttpProtocol] = HttpProtocol,
    ) -> None:
        self._speaks = protocol
        self.authority = authority
        self._front = front
        self._config = Config(
            front,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
        self._config.load()
        self._state = ServerState()
        self._door = Door(self._protocol, Minter(authority), front)
        self._listener = listen(host, port)
        self.host, self.port = host, int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="replay-server", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens: as a proxy, and as an endpoint over plain http."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Connections that come before wait in the backlog."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Let answers under way end, close every connection, give the port back."""
        if self._loop is not None and self._main is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._main.cancel)
            self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            self._loop = runner.get_loop()
            with contextlib.suppress(asyncio.CancelledError):
                runner.run(self._serve())
        self._ready.set()

    async def _serve(self) -> None:
        self._main = asyncio.current_task()
        self._ready.set()
        try:
            await self._door.receive(self._listener)
        finally:
            self._door.close()
            await self._drain()
            await self._front.close()

    def _protocol(self, tunnel: tuple[str, int] | None, session: str) -> HttpProtocol:
        return self._speaks(self._config, self._state, tunnel, session, self._front.distrusted)

    async def _drain(self) -> None:
        """What uvicorn's own server does at its end: idle connections close at once, others after their answer."""
        for connection in list(self._state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self._state.connections or self._state.tasks:
                    await asyncio.sleep(0.02)
        for connection in list(self._state.connections):
            connection.transport.abort()


class ReplayServer(Server):
    """A server for a player, with a tally of what became of its calls; `say` gets what a user wants to know at once.

    `library` opens recordings for sessions (`serving.sessions`); None: there are none.
    """

    def __init__(
        self,
        player: Player,
        authority: Authority,
        say: Callable[[str], None],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        library: Library | None = None,
    ) -> None:
        main = Session(player, say)
        self.player, self.tally, self.hosts = player, main.tally, main.hosts
        self.sessions = Sessions(main, library, say)
        front = Front(self.sessions)
        super().__init__(front, authority, host, port, partial(Straight, front.at_once))
        front.admin = Admin(self.sessions, self._door, self.url, lambda: listen(host, 0))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, without waiting.

    Raises:
        CaptureError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise CaptureError(
            f"cannot listen on {host}:{port}: {error.strerror or error}", "name another with --listen HOST:PORT"
        ) from error
    return listener


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where it is; on Windows the loop that can wait for a socket to be readable."""
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop()
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def settle() -> None:
    """A recording's heads stay for good: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
