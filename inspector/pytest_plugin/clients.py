"""Clients other than botocore's, and programs: a server on this machine that they are led to, for one test.

It replays, or sends on to the real server and records; it starts with the test and ends with it (some milliseconds).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.capture.authority import Authority, ensure_authority
from inspector.capture.trust import trust_files
from inspector.paths import data_dir
from inspector.pytest_plugin.blocking import own_ports
from inspector.pytest_plugin.cassette import Cassette
from inspector.serving.server import ReplayServer, Server


@contextmanager
def serving(cassette: Cassette) -> Iterator[None]:
    """While this is open, every client of this machine that follows its environment is answered, or recorded."""
    from inspector.pytest_plugin.surroundings import through

    authority = ensure_authority(data_dir(os.environ))
    trust = trust_files(authority, data_dir(os.environ), os.environ)
    settings = cassette.settings
    ignored = [*settings.ignore_hosts, *(("localhost", "127.0.0.1") if settings.ignore_localhost else ())]
    with _server(cassette, authority) as server:
        own_ports.add(server.port)
        cassette.proxies = {"http": server.url, "https": server.url}
        cassette.ca_bundle = str(trust.bundle)
        cassette.served_at = server.url
        try:
            with through(server.url, trust, ignored):
                yield
        finally:
            own_ports.discard(server.port)


def _server(cassette: Cassette, authority: Authority) -> Server:
    if cassette.player is not None and not cassette.is_recording:
        return ReplayServer(cassette.player, authority, lambda _: None)
    from inspector.pytest_plugin.recording import RecordingServer
    from inspector.serving.http import Verbatim

    recording = RecordingServer(cassette, dict(os.environ))
    server = Server(recording, authority, protocol=Verbatim)
    recording.port = server.port
    return server
