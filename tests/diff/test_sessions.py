"""Two sessions side by side: every call of both is told once, and moved calls are as few as can be."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from inspector.diff.sessions import Fate, Item, pairings, with_answers


def call(number: int, key: str, status: int = 200, payload: str | None = None, operation: str = "PutObject") -> Item:
    """A call of a session."""
    return Item(number, operation, "PUT", "photos", key, None, status, None, None, payload, None)


def fates(a: list[Item], b: list[Item]) -> list[tuple[Fate, str]]:
    """Fate and key."""
    return [(pair.fate, (pair.a or pair.b).key or "") for pair in pairings(a, b)]  # type: ignore[union-attr]


def session(keys: str) -> list[Item]:
    """A call for each letter."""
    return [call(number, key) for number, key in enumerate(keys)]


def test_equal_sessions_are_the_same() -> None:
    """Call by call."""
    assert {fate for fate, _ in fates(session("abc"), session("abc"))} == {Fate.SAME}


def test_missing_and_inserted_calls_stand_at_their_places() -> None:
    """`b` is gone, `x` is new between `a` and `c`."""
    assert fates(session("abc"), session("axc")) == [
        (Fate.SAME, "a"),
        (Fate.MISSING, "b"),
        (Fate.INSERTED, "x"),
        (Fate.SAME, "c"),
    ]


def test_one_call_that_moved_is_one_call_that_moved() -> None:
    """The others have not."""
    assert fates(session("abcd"), session("bcda")) == [
        (Fate.REORDERED, "a"),
        (Fate.SAME, "b"),
        (Fate.SAME, "c"),
        (Fate.SAME, "d"),
    ]


def test_another_outcome_and_another_payload_are_told() -> None:
    """The outcome first."""
    assert fates([call(1, "a"), call(2, "b", payload="x")], [call(1, "a", 403), call(2, "b", payload="y")]) == [
        (Fate.CHANGED, "a"),
        (Fate.PAYLOAD, "b"),
    ]


def test_another_answer_is_told_where_it_means_something() -> None:
    """Only where hashes differ is anybody asked, and only of calls that are the same otherwise."""
    a = [call(1, "a")._replace(answer="1"), call(2, "b")._replace(answer="1"), call(3, "c")._replace(answer="1")]
    b = [a[0], a[1]._replace(answer="2"), a[2]._replace(answer="3"), call(4, "d")]
    asked = []

    def alike(one: Item, other: Item) -> bool:
        asked.append((one.key, other.answer))
        return one.key == "b"

    told = [pairing.fate for pairing in with_answers(pairings(a, b), alike)]
    assert told == [Fate.SAME, Fate.SAME, Fate.ANSWER, Fate.INSERTED]
    assert asked == [("b", "2"), ("c", "3")]


def test_the_same_question_with_the_same_payload_is_paired_first() -> None:
    """Eight parallel uploads come in any order."""
    a = [call(number, "k", payload=str(number)) for number in range(8)]
    b = list(a)
    random.Random(1).shuffle(b)
    assert all(pair.a == pair.b for pair in pairings(a, b))


@given(st.text("abcde", max_size=30), st.text("abcde", max_size=30))
def test_every_call_of_both_is_told_once(a: str, b: str) -> None:
    """None lost, none doubled."""
    left, right = session(a), session(b)
    found = list(pairings(left, right))
    assert [pair.a for pair in found if pair.a] == left
    assert sorted(pair.b for pair in found if pair.b) == sorted(right)
    assert all(pair.a.key == pair.b.key for pair in found if pair.a and pair.b)


def test_ten_thousand_calls_in_another_order_take_no_square() -> None:
    """A second is a hundred times too much."""
    left = [call(number, str(number)) for number in range(10_000)]
    right = list(left)
    random.Random(2).shuffle(right)
    assert sum(pair.a is not None and pair.b is not None for pair in pairings(left, right)) == 10_000
