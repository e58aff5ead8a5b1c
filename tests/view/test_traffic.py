"""Calls added up by operation: in one go or piece by piece, the numbers are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.store.stats import TrafficRow
from inspector.view.traffic import BARS, PLAIN_BARS, SORTS, Spread, Traffic, ordered, spark


def row(number: int, **values: Any) -> TrafficRow:
    known: dict[str, Any] = {
        "id": number,
        "operation": "GetObject",
        "status": 200,
        "failure": None,
        "started_at": 1000.0 + number,
        "request_size": 1,
        "response_size": 2,
        "ttfb_ms": 5.0,
        "duration_ms": 10.0,
        "attempt": 1,
        "state": "done",
    }
    return TrafficRow(**{**known, **values})


ROWS = st.lists(
    st.builds(
        row,
        st.integers(1, 10**6),
        operation=st.sampled_from((None, "GetObject", "PutObject")),
        status=st.sampled_from((None, 200, 404)),
        started_at=st.floats(0, 1e7),
        duration_ms=st.one_of(st.none(), st.floats(0, 1e6)),
        attempt=st.sampled_from((None, 1, 2)),
    ),
    max_size=60,
    unique_by=lambda one: one.id,
)


@given(rows=ROWS, at=st.integers(0, 60))
@settings(max_examples=50)
def test_pieces_add_up_to_the_whole(rows: list[TrafficRow], at: int) -> None:
    whole, pieces = Traffic(), Traffic()
    whole.add(rows)
    pieces.add(rows[:at])
    pieces.add(rows[at:])

    for name, tally in whole.operations.items():
        other = pieces.operations[name]
        assert (tally.count, tally.errors, tally.retries) == (other.count, other.errors, other.retries)
        assert tally.duration == other.duration
        assert sum(tally.moments.values()) == tally.count
        assert sum(whole.series(tally, 30)) == tally.count
    assert whole.total().count == len(rows)
    assert whole.last == pieces.last


def test_a_call_under_way_counts_when_it_has_ended() -> None:
    traffic = Traffic()
    traffic.add([row(1), row(2, state="open", status=None, duration_ms=None)])
    assert (traffic.total().count, traffic.waiting, traffic.last) == (1, frozenset({2}), 2)

    traffic.add([row(2, status=503)])
    assert (traffic.total().count, traffic.total().errors, traffic.waiting) == (2, 1, frozenset())


@given(values=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=200))
def test_percentiles_are_right_to_two_percent(values: list[float]) -> None:
    spread = Spread()
    for value in values:
        spread.add(value)

    ranked = sorted(values)
    for share in (50, 90, 99, 100):
        exact = ranked[-(-share * len(values) // 100) - 1]
        assert spread.percentile(share) == pytest.approx(exact, rel=0.02)


def test_a_long_recording_is_kept_in_few_moments() -> None:
    traffic = Traffic()
    traffic.add(row(number, started_at=number * 60.0) for number in range(20_000))

    tally = traffic.operations["GetObject"]
    assert len(tally.moments) <= 2048
    assert set(traffic.series(tally, 20)) <= set(range(970, 1031))
    assert traffic.per_minute(tally) == pytest.approx(1, rel=0.01)


def test_a_rate_is_not_made_of_a_moment() -> None:
    traffic = Traffic()
    traffic.add([row(1), row(2, started_at=1001.2)])
    assert traffic.per_minute(traffic.total()) is None


@pytest.mark.parametrize("bars", [BARS, PLAIN_BARS])
def test_a_spark_shows_the_highest_full_and_the_smallest_at_all(bars: str) -> None:
    assert spark([0, 1, 1000], bars) == f"{bars[0]}{bars[1]}{bars[-1]}"
    assert spark([], bars) == ""
    assert spark([0, 0], bars) == bars[0] * 2


def test_operations_are_sorted_by_what_is_asked() -> None:
    traffic = Traffic()
    traffic.add([row(1, operation="A", status=500), row(2, operation="B"), row(3, operation="B", duration_ms=99.0)])
    traffic.add([row(4, operation="C", response_size=10**6, ttfb_ms=80.0)])

    first = {sort: next(ordered(traffic, sort))[0] for sort in SORTS}

    assert first == {
        "calls": "B",
        "errors": "A",
        "error rate": "A",
        "p50": "A",
        "p99": "B",
        "first byte": "C",
        "bytes": "C",
        "name": "A",
    }
