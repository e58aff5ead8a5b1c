"""The terminal UI in a browser: textual-serve, for this machine and for whoever was given the address alone.

Facts
-----
textual-serve 1.1 starts a program for each page and pipes it through a WebSocket. It asks nobody who they are, and a
WebSocket may be opened by any page of any site: so the address holds a token, which becomes a cookie, and `Host` and
`Origin` must be our own (DNS rebinding and cross-site WebSockets end there).
"""

from __future__ import annotations

import hmac
import secrets
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from inspector.errors import UsageError
from inspector.paths import OWN_PYTHON

if TYPE_CHECKING:
    from aiohttp import web

_LONGEST_DAY = 86_400

_POLICY = (
    "default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws:; style-src 'self' 'unsafe-inline';"
    " script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)
"""Nothing is fetched from elsewhere: the page would load a font from another host."""


def serve(words: Sequence[str], host: str, port: int, say: Callable[[str], object]) -> None:
    """Serve `b2-inspector WORDS` at a loopback address until Ctrl-C; `say` is told the address.

    Raises:
        UsageError: textual-serve is not installed, or the address is taken.
    """
    try:
        import textual_serve  # noqa: F401
    except ImportError:
        raise UsageError(
            "the browser needs textual-serve, which is not installed", "pip install 'b2-inspector[serve]'"
        ) from None
    from aiohttp import web

    listening = _listening(host, port)
    number = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    address = f"http://{_bracketed(host)}:{number}"
    server = _server(_shell([*OWN_PYTHON, "-m", "inspector", *words]), address)

    async def application() -> web.Application:
        made: web.Application = await server._make_app()
        made.middlewares.append(gate(address, token))
        return made

    say(f"the terminal UI is at {address}/?token={token}")
    say("for this machine and its user alone; Ctrl-C ends it")
    web.run_app(application(), sock=listening, print=None, access_log=None)


def gate(address: str, token: str) -> Any:
    """Let in who has the token, from our own pages only."""
    from aiohttp import web

    name = f"b2-inspector-{address.rpartition(':')[2]}"

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.host != address.partition("//")[2] or request.headers.get("Origin", address) != address:
            raise web.HTTPForbidden(text="not from here: open the address that the terminal shows\n")
        if _same(request.query.get("token", ""), token):
            response = web.HTTPFound("/")
            response.set_cookie(name, token, httponly=True, samesite="Strict", max_age=_LONGEST_DAY)
            return response
        if not _same(request.cookies.get(name, ""), token):
            raise web.HTTPForbidden(text="open the whole address that the terminal shows, with its token\n")
        answer: web.StreamResponse = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    return middleware


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _server(command: str, address: str) -> Any:
    from textual_serve.server import Server

    class Quiet(Server):
        """Without a banner."""

        async def on_startup(self, app: web.Application) -> None:
            """The address was said."""

    return Quiet(command, title="b2-inspector", public_url=address)


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror}", "port 0 takes a free one: --listen 127.0.0.1:0"
        ) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shell(words: Sequence[str]) -> str:
    """A command line for the system's shell, which is how textual-serve starts a program."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else f"exec {shlex.join(words)}"
