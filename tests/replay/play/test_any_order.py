"""Programs drawn at random, recorded, and run again with their threads interleaved otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from support.tapes import Call, Tape, absent, ask, body_of, call, get_, put

from inspector.replay.play.answer import Answer
from inspector.replay.play.player import Player

steps = st.lists(
    st.sampled_from(["put 1", "put 2", "get", "head", "range", "delete"]),
    min_size=1,
    max_size=8,
)
programs = st.lists(steps, min_size=1, max_size=4)
begun = st.lists(steps.map(lambda some: ["put 1", *some]), min_size=1, max_size=4)
"""Programs that make what they read: a second run finds what the first one found."""


class Store:
    """What a server would answer."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def answer(self, key: str, step: str) -> Call:
        word, _, value = step.partition(" ")
        if word == "put":
            data = f"{key} {value}".encode()
            self._objects[key] = data
            return put(key, data)
        if word == "delete":
            self._objects.pop(key, None)
            return call("DELETE", f"/b/{key}", status=204)
        found = self._objects.get(key)
        if found is None:
            return absent(key, "HEAD" if word == "head" else "GET")
        whole = get_(key, found)
        if word == "range":
            return call("GET", f"/b/{key}", (b"Range", b"bytes=1-2"), status=206, answer=found[1:3])
        if word == "head":
            assert whole.response is not None
            return call("HEAD", f"/b/{key}", headers=whole.response.headers[1:])
        return whole


def run(program: Sequence[list[str]], order: Sequence[int]) -> list[tuple[int, Call]]:
    """The calls of a program whose threads take turns in this order, each thread with an object of its own."""
    store, places = Store(), [0] * len(program)
    made: list[tuple[int, Call]] = []
    for thread in order:
        made.append((thread, store.answer(f"k{thread}", program[thread][places[thread]])))
        places[thread] += 1
    return made


def turns(program: Sequence[list[str]]) -> list[int]:
    return [thread for thread, steps_of in enumerate(program) for _ in steps_of]


def check(player: Player, calls: list[tuple[int, Call]]) -> None:
    for _, one in calls:
        found = ask(player, one)
        assert isinstance(found, Answer), found
        assert found.response is not None
        assert one.response is not None
        assert found.response.status == one.response.status
        if one.request.method == b"GET":
            assert body_of(found) == one.answer


@given(programs, st.data())
def test_each_thread_gets_what_it_got(program: list[list[str]], data: st.DataObject) -> None:
    """However threads are interleaved, each call is answered as it was."""
    then, now = data.draw(st.permutations(turns(program))), data.draw(st.permutations(turns(program)))
    player = Player(Tape([one for _, one in run(program, then)]))
    check(player, run(program, now))
    assert player.unplayed() == []
    player.rewind()
    check(player, run(program, then))


@given(begun, st.data())
def test_a_second_run_is_answered_like_the_first(program: list[list[str]], data: st.DataObject) -> None:
    """On the same player, without rewinding."""
    player = Player(Tape([one for _, one in run(program, turns(program))]))
    for _ in range(3):
        check(player, run(program, data.draw(st.permutations(turns(program)))))


@given(programs, st.data())
def test_what_reads_more_or_less_is_told_the_truth(program: list[list[str]], data: st.DataObject) -> None:
    """Reads left out, and made more often: what is answered is what a server would have said."""
    recorded = run(program, turns(program))
    player = Player(Tape([one for _, one in recorded]))
    for _, one in recorded:
        reads = one.request.method in (b"GET", b"HEAD")
        for _ in range(data.draw(st.integers(0, 3)) if reads else 1):
            found = ask(player, one)
            assert isinstance(found, Answer), found
            assert found.response is not None
            assert one.response is not None
            assert found.response.status == one.response.status
            if one.request.method == b"GET":
                assert body_of(found) == one.answer
