"""A recorder with a stage behind it, and a client that writes its own bytes: for saying what a call became.

with recording_stage(directory, certificates) as stage:
    stage.play(truncated(100, 10))
    with stage.connect() as client:
        client.send(b"GET /photos/a HTTP/1.1\\r\\nHost: ...\\r\\n\\r\\n")
        client.everything()
    (call,) = stage.calls()
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from inspector.capture.proxy import Proxy, ProxyOptions
from inspector.demo.certificates import Certificates
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.problem import Problem
from inspector.wire.uid import uuid7
from support.scripted import Peer, Script, ScriptedServer, keep_alive

HOST = "s3.us-west-004.backblazeb2.com"
PATIENCE = 20.0
"""No client may wait longer than this, whatever the server does. In seconds."""


class Client:
    """A raw connection, with the bytes that came. A context manager."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def everything(self) -> bytes:
        """All bytes until the connection ends, however it ends; fails when it does not within `PATIENCE`."""
        data = b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except TimeoutError:
            raise AssertionError(f"the client was left waiting after {data[-200:]!r}") from None
        except OSError:
            pass
        return data

    def until(self, end: bytes) -> bytes:
        """Bytes up to and with `end`."""
        data = b""
        while not data.endswith(end):
            piece = self.socket.recv(1)
            if not piece:
                raise AssertionError(f"the connection ended after {data[-200:]!r}")
            data += piece
        return data

    def tls(self, context: ssl.SSLContext, name: str | None) -> Client:
        return Client(context.wrap_socket(self.socket, server_hostname=name))


@dataclass
class Stage:
    """A running recorder; `secure` and `plain` are the servers that B2's host names lead to."""

    proxy: Proxy
    recording: Path
    secure: ScriptedServer
    plain: ScriptedServer
    scripts: list[Script]
    said: list[str] = field(default_factory=list)
    seen_exchange: int = 0
    seen_problem: int = 0

    def play(self, script: Script) -> None:
        """What the servers do from now on, for connections that come from now on; and forget what was recorded."""
        self.scripts[:] = [script]
        self.forget()

    def forget(self) -> None:
        self.secure.seen.clear()
        self.plain.seen.clear()
        time.sleep(0.15)
        with Recording(self.recording) as recording:
            self.seen_exchange = recording.last_id()
            self.seen_problem = max((stored.id for stored in recording.problems()), default=0)

    def direct(self) -> Client:
        """A connection to the proxy."""
        return Client(socket.create_connection((self.proxy.host, self.proxy.port), timeout=PATIENCE))

    def tunnel(self, target: str, *lines: bytes) -> Client:
        """A connection to the proxy on which CONNECT was said and answered with 200."""
        client = self.direct()
        head = b"".join(line + b"\r\n" for line in lines)
        client.send(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (target.encode(), target.encode(), head))
        answer = client.until(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return client

    def trusting(self, *alpn: str) -> ssl.SSLContext:
        """A context that trusts the recorder alone."""
        context = ssl.create_default_context(cafile=str(self.proxy.authority.certificate))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    def connect(self, host: str = HOST, port: int = 443, *alpn: str) -> Client:
        """A connection that speaks TLS to a host through the proxy."""
        return self.tunnel(f"{host}:{port}").tls(self.trusting(*alpn), host)

    def ask(self, request: bytes, host: str = HOST) -> bytes:
        """Send bytes on a connection of its own, over TLS; gives everything that comes."""
        with self.connect(host) as client:
            client.send(request)
            return client.everything()

    def calls(self, count: int = 1, state: str = "done failed") -> list[Stored]:
        """The calls since `play`, once there are so many and all have ended; fails when there are more or fewer."""
        found: list[Stored] = []
        for _ in _patiently():
            with Recording(self.recording) as recording:
                rows = list(recording.exchanges(after=self.seen_exchange))
                found = [stored for row in rows if (stored := recording.exchange(row.id))]
            if len(found) >= count and all(stored.row.state in state for stored in found):
                break
        told = [(s.row.state, s.row.method, s.row.path, s.row.status, s.row.failure_text) for s in found]
        assert len(found) == count, f"{len(found)} calls: {told}; {self.problems(0)}"
        assert all(stored.row.state in state for stored in found), told
        return found

    def call(self) -> Stored:
        """The only call since `play`."""
        return self.calls()[0]

    def problems(self, count: int = 1) -> list[Problem]:
        """The problems since `play`, once there are so many (0: those that are there now)."""
        found: list[Problem] = []
        for _ in _patiently():
            with Recording(self.recording) as recording:
                found = [stored.problem for stored in recording.problems(after=self.seen_problem)]
            if len(found) >= count:
                break
        return found

    def problem(self) -> Problem:
        """The only problem since `play`."""
        found = self.problems()
        assert len(found) == 1, found
        return found[0]

    def passed(self, host: str, port: int, patience: float = 3.0) -> int:
        """How many connections to a place were passed on unread."""
        for _ in _patiently(patience):
            with Recording(self.recording) as recording:
                found = [tunnel for tunnel in recording.tunnels() if (tunnel.host, tunnel.port) == (host, port)]
            if found:
                return found[0].connections
        return 0

    def body(self, number: int | None) -> bytes:
        with Recording(self.recording) as recording:
            return recording.body(number).read()


def _patiently(seconds: float = 15.0) -> Iterator[None]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.02)


@contextmanager
def recording_stage(
    directory: Path,
    certificates: Certificates,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    **options: Any,
) -> Iterator[Stage]:
    """A recorder whose B2 hosts lead to two scripted servers, one with TLS (443) and one without (80).

    The recording lies in `directory`; `home` is the data directory (another one needs another authority: a second).
    """
    scripts: list[Script] = [keep_alive()]

    def script(peer: Peer) -> None:
        scripts[0](peer)

    recording = directory / "calls.db"
    said: list[str] = []
    with ScriptedServer(script, certificates) as secure, ScriptedServer(script) as plain:
        options.setdefault("connect_to", routes(secure.port, plain.port))
        options.setdefault("upstream_ca", certificates.authority)
        proxy = Proxy(
            ProxyOptions(
                recording=recording, session_uid=uuid7(time.time(), os.urandom(10)), session_kind="record", **options
            ),
            home or directory,
            environ,
            said.append,
        )
        try:
            proxy.wait_until_ready()
            yield Stage(proxy, recording, secure, plain, scripts, said)
        finally:
            with contextlib.suppress(OSError):
                proxy.stop()


def routes(secure: int, plain: int) -> Sequence[str]:
    """`--connect-to` for B2's S3 hosts, buckets' own included."""
    return [
        f"{host}:{port}:127.0.0.1:{to}" for host in (HOST, f"*.{HOST}") for port, to in ((443, secure), (80, plain))
    ]
