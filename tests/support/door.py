"""A small HTTP server before an S3 server, which it records, and then in its place, out of what was recorded."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from inspector.demo.certificates import Certificates
from inspector.replay.match.payload import Intake
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.miss_answer import miss_answer
from inspector.replay.play.player import Player
from inspector.wire.exchange import Request, Response
from support.tapes import Call, Tape


class Door(ThreadingHTTPServer):
    """Records while it has an `upstream`, plays afterwards. `misses` and `asked` are what came of it."""

    daemon_threads = True

    def __init__(self, upstream: str, certificates: Certificates | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream)
        self.calls: list[tuple[float, Call]] = []
        self.player: Player | None = None
        self.answers: list[Answer | Miss] = []
        self.scheme = "https" if certificates else "http"
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate, certificates.key)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def misses(self) -> list[str]:
        return [one.message for one in self.answers if isinstance(one, Miss)]

    @property
    def derived(self) -> list[str]:
        return [note for one in self.answers if isinstance(one, Answer) for note in one.notes]

    def tape(self) -> Tape:
        return Tape([one for _, one in sorted(self.calls, key=lambda pair: pair[0])])

    def play(self, player: Player) -> None:
        self.player = player
        self.answers.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Door

    def _serve(self) -> None:
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items())
        host = (self.headers.get("Host") or "").partition(":")[0]
        request = Request(
            (self.command or "").encode(),
            self.server.scheme,
            host,
            self.server.server_port,
            self.path.encode("latin-1"),
            headers,
        )
        body = self._body()
        if self.server.player is None:
            self._record(request, body)
        else:
            self._play(self.server.player, request, body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve

    def _body(self) -> bytes:
        if (self.headers.get("Transfer-Encoding") or "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        return b"".join(pieces)

    def _record(self, request: Request, body: bytes) -> None:
        up = self.server.upstream
        link = http.client.HTTPConnection(up.hostname or "", up.port, timeout=60)
        link.putrequest(self.command or "", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in (b"transfer-encoding", b"content-length", b"expect", b"connection"):
                link.putheader(name.decode("latin-1"), value)
        link.putheader("Content-Length", str(len(body)))
        link.endheaders(body)
        came = link.getresponse()
        data = came.read()
        lines = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in came.getheaders())
        one = Call(request, body, Response(came.status, lines), data)
        one.at = time.time()
        self.server.calls.append((one.at, one))
        kept = [line for line in lines if line[0].lower() not in (b"transfer-encoding", b"connection")]
        if not any(name.lower() == b"content-length" for name, _ in kept) and came.status != 204:
            kept.append((b"Content-Length", b"%d" % len(data)))
        self._write(came.status, kept, [data])

    def _play(self, player: Player, request: Request, body: bytes) -> None:
        now = time.time()
        intake = Intake(request)
        intake.feed(body)
        found = player.ask(request, intake.finish(), now)
        self.server.answers.append(found)
        answer = miss_answer(found, request, now) if isinstance(found, Miss) else found
        if answer.response is None:
            self.close_connection = True
            return
        self._write(answer.response.status, answer.headers(now), answer.windows())

    def _write(self, status: int, lines: object, windows: object) -> None:
        head = [b"HTTP/1.1 %d \r\n" % status]
        head += [b"%b: %b\r\n" % line for line in lines]  # type: ignore[attr-defined]
        self.wfile.write(b"".join([*head, b"\r\n"]))
        for window in windows:  # type: ignore[attr-defined]
            if self.command != "HEAD":
                self.wfile.write(window)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def door(upstream: str, certificates: Certificates | None = None) -> Iterator[Door]:
    """A door that records `upstream`, on a free port."""
    server = Door(upstream, certificates)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
