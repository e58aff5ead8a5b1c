"""The ids of a list."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.tui.calls.ids import Backwards, Ids, Sorted

numbers = st.lists(st.integers(1, 60), max_size=30)


@given(st.sets(st.integers(1, 60)), st.booleans(), st.lists(st.tuples(st.booleans(), numbers), max_size=5))
def test_ids_are_a_sorted_set(start: set[int], contiguous: bool, changes: list[tuple[bool, list[int]]]) -> None:
    """Whatever is added and taken out, in whatever order, each is there once, in order, and found in its place."""
    truth = set(range(10, 10 + len(start))) if contiguous else start
    ids = Ids(range(10, 10 + len(start)) if contiguous else sorted(start))
    for add, some in changes:
        if add:
            ids.add(some)
            truth |= set(some)
        else:
            ids.remove(some)
            truth -= set(some)
    assert ids.page(0, 1000) == sorted(truth)
    assert [ids.position(number) for number in sorted(truth)] == list(range(len(truth)))
    assert all((number in ids) == (number in truth) for number in range(70))


def test_older_ids_come_before_the_others() -> None:
    """A search that finds the newest first builds the list from its end."""
    ids = Ids([7, 9])
    ids.put_before([2, 3])
    ids.put_before([])
    assert ids.page(0, 9) == [2, 3, 7, 9]
    assert ids.page(1, 2) == [3, 7]


@pytest.mark.parametrize("start", [range(0), range(1, 1_000_001)])
def test_ids_without_a_gap_take_no_memory(start: range) -> None:
    """A million calls and those that follow are a range; a gap makes an array of it."""
    ids = Ids(start)
    ids.add([start.stop + 1 if not len(start) else start.stop])
    assert isinstance(ids._ids, range)
    ids.add([start.stop + 5])
    assert isinstance(ids._ids, array)


@given(st.lists(st.integers(1, 60), unique=True, min_size=1), st.data())
def test_backwards_is_the_same_from_the_other_end(numbers: list[int], data: st.DataObject) -> None:
    """Pages, places, and what is not there."""
    turned = Backwards(Ids(sorted(numbers)))
    expected = sorted(numbers, reverse=True)
    assert [turned[place] for place in range(len(turned))] == expected
    first = data.draw(st.integers(0, len(expected)))
    assert turned.page(first, 7) == expected[first : first + 7]
    assert turned.largest == max(numbers)
    for number in range(62):
        assert (number in turned) == (number in expected)
        assert turned.position(number) == sum(1 for other in expected if other > number)


@given(st.lists(st.integers(1, 60), unique=True), st.lists(st.integers(1, 60)), st.integers(0, 60))
def test_a_sorted_list_finds_what_is_in_it_however_it_grows(numbers: list[int], asked: list[int], cut: int) -> None:
    """What was missed is found once it comes."""
    ids = Sorted(numbers[:cut], max(numbers, default=0))
    for number in asked:
        assert (number in ids) == (number in numbers[:cut])
    ids.put_behind(numbers[cut:])
    for number in (*asked, *numbers):
        assert (number in ids) == (number in numbers)
        if number in numbers:
            assert ids.position(number) == numbers.index(number)
    if numbers:
        assert ids[ids.newest] == max(numbers)
    assert ids.page(1, 3) == numbers[1:4]
