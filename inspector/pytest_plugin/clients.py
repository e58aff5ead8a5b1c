"""Clients other than botocore's: a server on this machine that replays, or the recorder's proxy while a test records.

The replay server starts with a test that needs it and ends with it (some milliseconds); the recorder, a process of
mitmproxy's, starts once in a worker, with the first test that records through it.
"""

from __future__ import annotations

import http.client
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector.capture.authority import ensure_authority
from inspector.capture.trust import trust_files
from inspector.errors import CaptureError
from inspector.formats.fixture.model import Call
from inspector.paths import data_dir
from inspector.pytest_plugin.blocking import own_ports
from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.report import Report
from inspector.wire.headers import get
from inspector.wire.uid import uuid7

_PATIENCE = 20.0
"""Seconds that the recorder may take to write what it has heard."""


@contextmanager
def serving(cassette: Cassette, report: Report) -> Iterator[None]:
    """While this is open, every client of this machine that follows its environment is answered, or recorded."""
    from inspector.pytest_plugin.surroundings import through

    trust = trust_files(ensure_authority(data_dir(os.environ)), data_dir(os.environ), os.environ)
    ignored = [
        *cassette.settings.ignore_hosts,
        *(("localhost", "127.0.0.1") if cassette.settings.ignore_localhost else ()),
    ]
    with _replaying(cassette) if cassette.player is not None else _recording(cassette, report) as proxy:
        cassette.proxies = {"http": proxy, "https": proxy}
        cassette.ca_bundle = str(trust.bundle)
        cassette.endpoint_url = proxy if cassette.player is not None else cassette.settings.endpoint_url
        with through(proxy, trust, ignored):
            yield


@contextmanager
def _replaying(cassette: Cassette) -> Iterator[str]:
    from inspector.serving.server import ReplayServer

    assert cassette.player is not None
    with ReplayServer(cassette.player, ensure_authority(data_dir(os.environ)), lambda _: None) as server:
        own_ports.add(server.port)
        try:
            yield server.url
        finally:
            own_ports.discard(server.port)


# Recording

_recorder: Recorder | None = None


class Recorder:
    """The recorder's proxy, with a recording that nobody else sees."""

    def __init__(self) -> None:
        from inspector.capture.proxy import Proxy, ProxyOptions

        self._room = tempfile.TemporaryDirectory(prefix="b2-inspector-tests-")
        self.path = Path(self._room.name) / "calls.db"
        uid = uuid7(time.time(), os.urandom(10))
        options = ProxyOptions(self.path, uid, "run", keep_body="all", all_hosts=True, upstream_ca=_trusted(os.environ))
        self._proxy = Proxy(options, data_dir(os.environ), os.environ, lambda _: None)
        self.url = self._proxy.wait_until_ready()
        own_ports.add(self._proxy.port)

    def stop(self) -> None:
        """End it."""
        global _recorder
        _recorder = None
        own_ports.discard(self._proxy.port)
        self._proxy.stop()
        with suppress(OSError):
            self._room.cleanup()

    def mark(self) -> int:
        """The id of a call that comes after everything that was made until now, and is written."""
        from inspector.store.reader import Recording

        path = f"/{uuid7(time.time(), os.urandom(10))}"
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(self._proxy.host, self._proxy.port, timeout=_PATIENCE)
            connection.request("GET", f"http://127.0.0.1:9{path}")
            connection.getresponse().read()
            connection.close()
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with Recording(self.path) as recording:
                last = recording.last_id()
                found = recording.exchange(last) if last else None
                if found is not None and found.row.state != "open" and found.row.path.endswith(path):
                    return last
            time.sleep(0.03)
        raise CaptureError("the recorder does not keep up", "run the test again; is the disk full?")

    def calls(self, after: int, before: int) -> list[Call]:
        """The calls between two marks."""
        from inspector.replay.taken import taken
        from inspector.store.reader import Recording

        with Recording(self.path) as recording:
            return list(taken(recording, range(after + 1, before), []))


def _trusted(environ: os._Environ[str]) -> Path | None:
    """What the user's own clients trust besides the public roots: a local server's authority."""
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        path = Path(environ.get(name) or "-")
        if path.is_file():
            return path
    return None


@contextmanager
def _recording(cassette: Cassette, report: Report) -> Iterator[str]:
    global _recorder
    if _recorder is None:
        _recorder = Recorder()
        report.closers.append(_recorder.stop)
    recorder = _recorder
    start = recorder.mark()
    yield recorder.url
    known = {_attempt(call) for call in cassette.taken()}
    for call in recorder.calls(start, recorder.mark()):
        # boto3's calls were taken where they were made, too, and came through the proxy as all others.
        if _attempt(call) not in known and not cassette.ignores(call.request.host):
            cassette.take(call)
            cassette.through_proxy = True


def _attempt(call: Call) -> tuple[bytes, ...] | int:
    """What tells an SDK's call, and each attempt at it, from all others; for others, a number of their own."""
    invocation = get(call.request.headers, b"amz-sdk-invocation-id")
    return id(call) if invocation is None else (invocation, get(call.request.headers, b"amz-sdk-request") or b"")
