"""Numbers by operation."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from support.calls import NOON, call, record

from inspector.store.reader import Recording
from inspector.store.stats import json_fields, times


def test_numbers_are_by_operation_and_for_all(tmp_path: Path) -> None:
    """The most frequent first; errors, retries and bytes counted; rates over the whole span."""
    calls = [
        *(call(at=NOON + number * 20, took=(number + 1) / 100, request_body=b"abc") for number in range(3)),
        call(facts={"operation": "GetObject", "attempt": 2}, status=503, response_body=b"12345"),
        call(facts={"operation": None}, status=None, state="open", at=NOON + 60),
    ]
    with Recording(record(tmp_path / "r.db", calls)) as opened:
        (puts, gets, unknown), total = opened.stats()
        some, _ = opened.stats("is:error")

    assert (
        *(puts.operation, puts.count, puts.errors, puts.retries, puts.request_bytes, puts.response_bytes),
        puts.per_minute,
    ) == ("PutObject", 3, 0, 0, 9, 0, 3.0)
    assert (gets.operation, gets.count, gets.errors, gets.retries, gets.response_bytes) == ("GetObject", 1, 1, 1, 5)
    assert (unknown.operation, unknown.open, unknown.duration) == (None, 1, None)
    assert (total.count, total.errors, total.request_bytes, total.per_minute) == (5, 1, 9, 5.0)
    assert [each.operation for each in some] == ["GetObject"]
    assert puts.duration is not None
    assert (puts.duration.min, puts.duration.p50, puts.duration.max) == (10.0, 20.0, 30.0)
    assert {"operation", "count", "errors", "error_rate", "duration_ms", "ttfb_ms"} <= set(dict(json_fields(total)))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_percentiles_are_times_that_occurred(values: list[float]) -> None:
    """At most so many of a hundred are above them, and they never fall."""
    spread = times(values)

    assert spread is not None
    assert spread.min <= spread.p50 <= spread.p95 <= spread.p99 <= spread.max
    for share, value in ((50, spread.p50), (95, spread.p95), (99, spread.p99)):
        assert value in values
        assert sum(each > value for each in values) * 100 <= (100 - share) * len(values)


def test_no_times_have_no_distribution() -> None:
    """Nothing is said of nothing."""
    assert times([]) is None
