"""Tests that run at the same time: each has its session, with a state of its own, in one server."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.calls import HOST, record
from support.playing import ask, authority, connect, everything, said

from inspector.cli.library import Library
from inspector.cli.serve import command
from inspector.replay.play.player import Player
from inspector.replay.recorded import RecordedCassette
from inspector.serving.server import ReplayServer

GET = b"GET /photos/a HTTP/1.1\r\nHost: " + HOST.encode()
ONE_THEN_TWO = [
    said(b"PUT", b"/photos/a", sent=b"1", at=0),
    said(b"GET", b"/photos/a", b"one", at=1),
    said(b"PUT", b"/photos/a", sent=b"2", at=2),
    said(b"GET", b"/photos/a", b"two", at=3),
]
GIVEN: Mapping[str, Any] = command.make_context("serve", []).params
"""The options of `serve` where none is said."""


@pytest.fixture
def told() -> list[str]:
    """What the server says to its user."""
    return []


@pytest.fixture
def server(tmp_path: Path, told: list[str]) -> Iterator[ReplayServer]:
    """A server of a recording in which one object is written and read twice."""
    path = record(tmp_path / "calls.db", ONE_THEN_TWO)
    library = Library({**GIVEN, "recording": path})
    with ReplayServer(Player(RecordedCassette(path)), authority(), told.append, library=library) as running:
        yield running


def tell(server: ReplayServer, line: str, *headers: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Ask the server itself; the status, and what it says."""
    lines = [f"{line} HTTP/1.1", "Host: h", *headers, f"Content-Length: {len(body)}"]
    head, _, said_ = ask(connect(server), "\r\n".join(lines).encode(), body).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(said_)


def start(server: ReplayServer, **asked: str) -> dict[str, Any]:
    """A session."""
    status, greeting = tell(server, "POST /_b2-inspector/start", body=json.dumps(asked).encode())
    assert status == 200, greeting
    return greeting


def put(session: bytes, body: bytes = b"1") -> bytes:
    return (
        b"PUT /photos/a HTTP/1.1\r\nHost: "
        + HOST.encode()
        + session
        + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)
    )


def test_each_has_a_state_of_its_own(server: ReplayServer) -> None:
    """One has written for the second time and reads so; another is at its beginning; calls without a name, too."""
    names = [start(server)["id"] for _ in range(2)]
    assert len({*names}) == 2
    first, second = (f"\r\nx-recording-id: {name}".encode() for name in names)
    for body in (b"1", b"2"):
        assert everything(_sent(server, put(first, body))).startswith(b"HTTP/1.1 200")
    assert [ask(connect(server), GET + name)[-3:] for name in (first, second, b"")] == [b"two", b"one", b"one"]
    status, over = tell(server, "POST /_b2-inspector/stop", f"x-recording-id: {names[0]}")
    assert status == 200
    assert over["id"] == names[0]
    assert over["replayed"] == {"PutObject": 2, "GetObject": 1}
    assert over["unused_calls"] == ["GetObject photos/a"]
    assert over["missed"] == {}


def _sent(server: ReplayServer, data: bytes) -> socket.socket:
    connection = connect(server)
    connection.sendall(data)
    return connection


def _by_header(server: ReplayServer, greeting: dict[str, Any], request: bytes) -> socket.socket:
    return _sent(server, request.replace(b"\r\n", f"\r\nX-Recording-Id: {greeting['id']}\r\n".encode(), 1))


def _by_port(server: ReplayServer, greeting: dict[str, Any], request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(greeting["url"].rpartition(":")[2])), timeout=20)
    connection.sendall(request)
    return connection


def _credentials(greeting: dict[str, Any]) -> bytes:
    user = greeting["proxy"].removeprefix("http://").partition("@")[0]
    return b"\r\nProxy-Authorization: Basic " + base64.b64encode(user.encode())


def _by_tunnel(server: ReplayServer, greeting: dict[str, Any], request: bytes) -> socket.socket:
    connection = connect(server)
    connection.sendall(f"CONNECT {HOST}:80 HTTP/1.1".encode() + _credentials(greeting) + b"\r\n\r\n")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 200"), head
    connection.sendall(request)
    return connection


def _by_proxy(server: ReplayServer, greeting: dict[str, Any], request: bytes) -> socket.socket:
    method, _, rest = request.partition(b" ")
    line, _, rest = rest.partition(b"\r\n")
    lines = b"%b http://%b%b%b\r\n" % (method, HOST.encode(), line, _credentials(greeting))
    return _sent(server, lines + rest)


@pytest.mark.parametrize("way", [_by_header, _by_port, _by_tunnel, _by_proxy])
def test_every_way_to_name_it(server: ReplayServer, way: Any) -> None:
    """A header, a port, a proxy's credentials with https and with http; and then it is over."""
    greeting = start(server)
    for body in (b"1", b"2"):
        assert everything(way(server, greeting, put(b"", body))).startswith(b"HTTP/1.1 200")
    request = GET + b"\r\nConnection: close\r\n\r\n"
    assert everything(way(server, greeting, request)).endswith(b"two")
    kept = way(server, greeting, GET + b"\r\n\r\n")  # a connection that outlives its session
    head = kept.recv(65536)
    assert head.startswith(b"HTTP/1.1 200")
    assert ask(connect(server), GET).endswith(b"one")  # nothing of it is anybody else's
    status, over = tell(server, "POST /_b2-inspector/stop", f"x-recording-id: {greeting['id']}")
    assert (status, over["replayed"]) == (200, {"PutObject": 2, "GetObject": 2})
    by_lines = f"\r\nx-recording-id: {greeting['id']}".encode() + _credentials(greeting)
    kept.sendall(GET + (by_lines if way in (_by_header, _by_proxy) else b"") + b"\r\nConnection: close\r\n\r\n")
    after = everything(kept)
    assert b"RecordingMiss" in after
    assert b"no session of this name is open" in after
    assert server.tally.misses == 1


def test_its_own_port_speaks_for_it(server: ReplayServer) -> None:
    """Summary and end need no name there; the port is free again then."""
    greeting = start(server)
    everything(_by_port(server, greeting, GET + b"\r\nConnection: close\r\n\r\n"))
    everything(_by_port(server, greeting, GET.replace(b"photos/a", b"photos/b") + b"\r\nConnection: close\r\n\r\n"))
    for line in (b"GET /_b2-inspector/summary", b"POST /_b2-inspector/stop"):
        answer = everything(_by_port(server, greeting, line + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        over = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (over["id"], over["missed"]) == (greeting["id"], {"GetObject": 1})
        assert "GetObject photos/b is not in" in over["missed_calls"][0]
    with pytest.raises(ConnectionRefusedError):
        _by_port(server, greeting, GET)
    assert dict(server.sessions.ended) == {"sessions": 1, "replayed": 1, "missed": 1, "unused": 3}


def test_what_nobody_has_ended(tmp_path: Path, told: list[str]) -> None:
    """Ends with the server, and counts."""
    path = record(tmp_path / "calls.db", ONE_THEN_TWO)
    library = Library({**GIVEN, "recording": path})
    with ReplayServer(Player(RecordedCassette(path)), authority(), told.append, library=library) as running:
        greeting = start(running)
        everything(_by_port(running, greeting, GET + b"\r\nConnection: close\r\n\r\n"))
    assert dict(running.sessions.ended) == {"sessions": 1, "replayed": 1, "missed": 0, "unused": 3}
    with pytest.raises(ConnectionRefusedError):
        _by_port(running, greeting, GET)


def test_what_cannot_be(server: ReplayServer, tmp_path: Path) -> None:
    """It is said, with a status that tells it from an answer."""
    (tmp_path / "other.db").write_bytes(b"")
    cases = [
        ("POST /_b2-inspector/start", b"[]", 400, "JSON object"),
        ("POST /_b2-inspector/start", b'{"file": "x"}', 400, "no such option: file"),
        ("POST /_b2-inspector/start", b'{"recording": "other.db"}', 400, "one file is served"),
        ("POST /_b2-inspector/start?session=17", b"", 400, "no call matched"),
        ("POST /_b2-inspector/start?filter=bucket:none", b"", 400, "no call matched"),
        ("POST /_b2-inspector/stop", b"", 400, "name the session"),
        ("POST /_b2-inspector/summary", b"", 404, "GET summary"),
    ]
    for line, body, status, words in cases:
        found = tell(server, line, body=body)
        assert found[0] == status, (line, found)
        assert words in found[1]["error"]
    assert tell(server, "POST /_b2-inspector/stop", "x-recording-id: rec-none")[0] == 404
    assert len(server.sessions) == 0


def test_recordings_of_a_directory(tmp_path: Path) -> None:
    """Each session is on another; a name that leads out of the directory is nobody's."""
    (tmp_path / "cassettes").mkdir()
    record(tmp_path / "cassettes" / "one.db", ONE_THEN_TWO)
    record(tmp_path / "secret.db", ONE_THEN_TWO)
    library = Library({**GIVEN, "recording": tmp_path / "cassettes"})
    assert len(library({"recording": "one.db"}).cassette.calls) == 4
    assert len(library({"recording": "one.db", "filter": "op:GetObject"}).cassette.calls) == 2
    for name in ("../secret.db", "two.db", str(tmp_path / "secret.db"), "."):
        with pytest.raises(Exception, match="no recording"):
            library({"recording": name})
    with pytest.raises(Exception, match="says which"):
        library({})
