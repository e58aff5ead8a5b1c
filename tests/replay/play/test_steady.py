"""An answer that nothing can change is found at a glance the second time; it is the same as if it were looked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tapes import Call, Tape, absent, ask, body_of, call, get_, put, request

from inspector.replay.match.payload import NOTHING
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.options import Options, Repeats
from inspector.replay.play.player import Player

DRAWN = "it-3f9c21aa77d0"
CALLS = [
    get_("read", b"only"),
    absent("never"),
    put("k", b"v1"),
    get_("k", b"v1"),
    put("k", b"v2"),
    get_("k", b"v2"),
    get_("twice", b"one"),
    get_("twice", b"two"),
    put(f"{DRAWN}/a", b"mine"),
    get_(f"{DRAWN}/a", b"mine"),
    call("GET", "/b?list-type=2", answer=b"<ListBucketResult><Name>b</Name></ListBucketResult>"),
    call("HEAD", "/b/read", headers=[(b"Content-Length", b"4")]),
]
OTHERS = [
    put("it-77e0d4b21c05/a", b"mine"),
    get_("it-77e0d4b21c05/a", b"mine"),
    get_("read", b"only", (b"Range", b"bytes=1-2")),
    absent("unknown"),
    call("GET", "/b/read", body=b"a body where none was"),
]


def outcomes(player: Player, asked: list[Call]) -> list[object]:
    """What is said to each, and what became of the recording."""
    said: list[object] = []
    for number, one in enumerate(asked):
        if number == 12:
            player.rewind()
        found = ask(player, one)
        if isinstance(found, Miss):
            said.append((found.reason, found.message))
        else:
            said.append((found.source, found.call and found.call.id, found.headers(0), body_of(found), found.notes))
    return [*said, player.play_counts(), player.counts, [one.id for one in player.unplayed()]]


@given(asked=st.lists(st.sampled_from(CALLS + OTHERS), max_size=30), repeats=st.sampled_from(Repeats))
def test_it_is_what_is_found_by_looking(asked: list[Call], repeats: Repeats) -> None:
    """In any order, with writes between, under other names, after a rewind."""
    quick, plain = (Player(Tape(CALLS), Options(repeats=repeats)) for _ in range(2))
    plain._keeps = False
    assert outcomes(quick, asked) == outcomes(plain, asked)


def test_what_is_added_counts() -> None:
    """A write that was recorded beside what is played changes what is read after it."""
    player = Player(Tape([get_("k", b"old")]))
    for _ in range(3):
        assert body_of(ask(player, get_("k", b""))) == b"old"
    fresh = Tape([put("k", b"new")])
    fresh_call = replace(fresh.calls[0], id=1)
    player.cassette = fresh
    player.add(fresh_call)
    found = ask(player, get_("k", b""))
    assert isinstance(found, Miss) or found.call is None or found.call.request.method == b"PUT"


@pytest.mark.parametrize("dimension", ["headers", "host"])
def test_what_else_must_be_the_same(dimension: str) -> None:
    """Parts that are no part of the question are looked at each time."""
    player = Player(Tape([get_("k", b"here")]), Options(match_on=("operation", "key", dimension)))
    same = get_("k", b"").request
    other = request("GET", "/b/k", (b"X-Mine", b"1"), host=b"elsewhere.example.com")
    for _ in range(3):
        assert isinstance(player.ask(same, NOTHING, 0), Answer)
        assert isinstance(player.ask(other, NOTHING, 0), Miss)
