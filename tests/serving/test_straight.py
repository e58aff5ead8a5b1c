"""The straight way and the way through the application give the same bytes, whatever is asked and however it comes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.tapes import Tape, absent, call, etag, get_, put
from uvicorn.config import Config
from uvicorn.server import ServerState

from inspector.replay.play.answer import AT_ONCE
from inspector.replay.play.faults import read_fault
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.serving.front import Front
from inspector.serving.session import Session
from inspector.serving.sessions import Sessions
from inspector.serving.straight import Straight

LONG = bytes(range(256)) * 300
CALLS = [
    put("up.txt", b"hello"),
    get_("up.txt", b"hello"),
    put("up.txt", b"other"),
    get_("up.txt", b"other"),
    get_("empty", b""),
    get_("long", LONG),
    get_("exact", LONG[:AT_ONCE]),
    absent("none"),
    call("HEAD", "/b/long", headers=[etag(LONG), (b"Content-Length", b"%d" % len(LONG))]),
    call("DELETE", "/b/gone", status=204),
    call("GET", "/b/same", (b"If-None-Match", etag(b"hello")[1]), status=304, headers=[(b"Content-Length", b"5")]),
    call("GET", "/b/undated", answer=b"<Error/>", status=503, headers=[(b"Retry-After", b"30")]),
    call("POST", "/b/big?uploads", answer=b"<a><UploadId>1</UploadId></a>"),
]
assert len(LONG) > AT_ONCE

HEADS = (
    *(b"GET /b/up.txt", b"GET /b/empty", b"GET /b/long", b"GET /b/exact", b"GET /b/none", b"GET /b/undated"),
    *(b"HEAD /b/up.txt", b"HEAD /b/long", b"HEAD /b/unknown", b"DELETE /b/gone", b"GET /b/never%20seen?x=%2F"),
    *(b"GET http://b.s3.us-west-004.backblazeb2.com/up.txt", b"OPTIONS /b/up.txt"),
    b"GET /b/same",
)
LINES = (
    *(b"Connection: close", b"Connection: keep-alive", b"CONNECTION: Close", b"Range: bytes=1-3", b"X-Empty:"),
    *(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings", b"Expect: 100-continue", b"Content-Length: 0"),
    b'If-None-Match: "5d41402abc4b2a76b9719d911017c592"',
)
PUTS = (
    b"PUT /b/up.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n%b\r\nhello",
    b"PUT /b/up.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n%b\r\nother",
    b"PUT /b/up.txt HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n%b\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    b"PUT /b/up.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n%b\r\nwhat is",
    b"POST /b/big?uploads HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n%b\r\n",
)
BROKEN = (
    b"GET\r\n\r\n",
    b"\x00\x01\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"PUT /b/a HTTP/1.1\r\nContent-Length: x\r\n\r\n",
)
SPOILED = ("op:HeadObject status:503", "op:DeleteObject reset", "op:GetObject key:up.txt truncate:2 times:1")


class Wire(asyncio.Transport):
    """A transport that keeps what is written. `room`: bytes that it takes before it wants a pause."""

    def __init__(self, protocol: Straight, room: int = 1 << 30) -> None:
        super().__init__()
        self.written = bytearray()
        self.end = ""
        self._protocol = protocol
        self._room = room

    def write(self, data: Any) -> None:
        if not self.end:
            self.written += data
            if len(self.written) > self._room:
                self._protocol.pause_writing()

    def drained(self, room: int) -> None:
        """The client reads on."""
        self._room = len(self.written) + room
        self._protocol.resume_writing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return bool(self.end)

    def close(self) -> None:
        self.end = self.end or "closed"

    def abort(self) -> None:
        self.end = "reset"

    def pause_reading(self) -> None:
        """Whoever feeds it goes on."""

    def resume_reading(self) -> None:
        """As above."""


class Waiting(Straight):
    """Lets every request wait for the application."""

    def _must_wait(self) -> bool:
        return True


async def conversation(
    kind: type[Straight], pieces: Sequence[bytes], faults: Sequence[str] = (), room: int = 1 << 30
) -> tuple[bytes, str, list[Any]]:
    """What a client that sends these pieces hears, how it ends, and what became of the recording."""
    player = Player(Tape(CALLS), Options(faults=tuple(map(read_fault, faults))))
    said: list[str] = []
    session = Session(player, said.append)
    front = Front(Sessions(session, None, said.append))
    config = Config(front, interface="asgi3", lifespan="off", log_config=None, date_header=False, server_header=False)
    config.load()
    state = ServerState()
    protocol = kind(front.at_once, config, state, None, "", lambda host: None)
    wire = Wire(protocol, room)
    protocol.connection_made(wire)
    for piece in pieces:
        if not wire.end:
            protocol.data_received(piece)
        for _ in range(40):
            await asyncio.sleep(0)
            if protocol.flow.write_paused:
                wire.drained(room)
    protocol.connection_lost(None)
    async with asyncio.timeout(20):
        await asyncio.gather(*state.tasks)
    heard = re.sub(rb"\r\ndate: [^\r]*", b"\r\ndate: now", bytes(wire.written))
    return heard, wire.end, [player.play_counts(), session.summary(), said, Counter(player.counts)]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request, as clients send it or nearly so."""
    lines = b"".join(line + b"\r\n" for line in draw(st.lists(st.sampled_from(LINES), max_size=2, unique=True)))
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(PUTS)) % lines.replace(b"Content-Length: 0\r\n", b"")
    version = draw(st.sampled_from((b"1.1", b"1.1", b"1.1", b"1.0")))
    return b"%b HTTP/%b\r\nHost: 127.0.0.1:9000\r\n%b\r\n" % (draw(st.sampled_from(HEADS)), version, lines)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Some requests one after the other, cut anywhere."""
    sent = draw(st.lists(requests(), min_size=1, max_size=6))
    if draw(st.booleans()):
        whole = b"".join(sent)
        cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=4)))
        sent = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    # On its own: the application answers it before what came with it.
    return [*sent, draw(st.sampled_from(BROKEN))] if draw(st.integers(0, 5)) == 0 else sent


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop for all conversations."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


BEHIND_A_RESET = [b"DELETE /b/gone HTTP/1.1\r\nHost: h\r\n\r\nGET /b/up.txt HTTP/1.1\r\nHost: h\r\n\r\n"]
NOT_MODIFIED = [
    b'GET /b/same HTTP/1.1\r\nHost: h\r\nIf-None-Match: "5d41402abc4b2a76b9719d911017c592"\r\n\r\n',
    b"GET /b/empty HTTP/1.1\r\nHost: h\r\n\r\n",
]


@example(BEHIND_A_RESET, SPOILED, 1 << 30)
@example(NOT_MODIFIED, (), 1 << 30)
@given(pieces=streams(), faults=st.sampled_from(((), SPOILED)), room=st.sampled_from((1 << 30, 200, 70_000)))
def test_both_ways_are_one(
    loop: asyncio.AbstractEventLoop, pieces: list[bytes], faults: Sequence[str], room: int
) -> None:
    """Pipelined or not, cut anywhere, whether the client reads or not: the bytes, the end and the counts."""
    straight = loop.run_until_complete(conversation(Straight, pieces, faults, room))
    waiting = loop.run_until_complete(conversation(Waiting, pieces, faults, room))
    assert straight == waiting
