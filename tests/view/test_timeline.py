"""Calls on a line of time: their phases fill the cells they lasted for, and attempts of one call find each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.store.timed import TimedCall
from inspector.view.timeline import Phase, attempts, cells, lanes, lasted, phases, ticks

EMPTY = dict.fromkeys(TimedCall._fields)


def timed(number: int, start: float = 0.0, **values: Any) -> TimedCall:
    """A call that is sent in one second, waits two and receives in one."""
    known: dict[str, Any] = {
        "id": number,
        "session": 1,
        "state": "done",
        "method": "GET",
        "target": b"/photos/a",
        "host": "h",
        "client": "minio-py 7",
        "status": 200,
        "started_at": start,
        "request_end": start + 1,
        "response_start": start + 3,
        "response_end": start + 4,
        "client_connection": "c",
    }
    return TimedCall(**{**EMPTY, **known, **values})


def drawn(*calls: TimedCall, begin: float = 0.0, end: float = 10.0, width: int = 10, now: float = 10.0) -> str:
    """The first lane, a letter a phase, a capital where a call begins."""
    signs = {Phase.CONNECT: "c", Phase.TLS: "t", Phase.SEND: "s", Phase.WAIT: "w", Phase.RECEIVE: "r"}
    row = cells(lanes(calls)[0], begin, end, width, now)
    return "".join(
        " " if one is None else (signs[one.phase].upper() if one.begins else signs[one.phase]) for one in row
    )


def test_each_phase_fills_the_cells_that_it_lasted() -> None:
    assert drawn(timed(1, 2.0)) == "  Swwr    "


def test_connecting_lies_before_the_request() -> None:
    assert drawn(timed(1, 4.0, tcp_ms=1000, tls_ms=2000)) == " cttSwwr  "


def test_what_has_no_answer_yet_waits_until_now() -> None:
    assert (
        drawn(timed(1, 2.0, state="open", status=None, response_start=None, response_end=None), now=8.0) == "  Swwwww  "
    )


def test_a_call_without_an_answer_is_drawn_to_where_it_failed() -> None:
    reset = timed(1, 2.0, state="failed", status=None, failure="upstream-reset", response_start=None, response_end=6.0)
    assert drawn(reset) == "  Swww    "


def test_a_short_call_has_a_cell_and_a_failed_one_is_not_hidden_by_its_neighbours() -> None:
    short = {"request_end": None, "response_start": None}
    calls = [
        timed(1, 5.0, response_end=5.001, **short),
        timed(2, 5.1, response_end=5.101, status=503, **short),
        timed(3, 5.2, response_end=5.201, **short),
    ]
    (cell,) = [one for one in cells(lanes(calls)[0], 0, 10, 10, 10) if one is not None]
    assert cell.call.id == 2


@given(
    start=st.floats(-5, 15),
    lengths=st.tuples(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20)),
    width=st.integers(1, 200),
)
def test_any_call_is_drawn_within_the_lane(start: float, lengths: tuple[float, float, float], width: int) -> None:
    sent, waited, received = lengths
    ends = (start + sent, start + sent + waited, start + sent + waited + received)
    call = timed(1, start, request_end=ends[0], response_start=ends[1], response_end=ends[2])

    row = cells(lanes([call])[0], 0.0, 10.0, width, 10.0)

    assert len(row) == width
    assert lasted(call, 10.0) == pytest.approx((start, ends[2]))
    assert [part.phase for part in phases(call, 10.0)] == [Phase.SEND, Phase.WAIT, Phase.RECEIVE]
    if 0 <= start < 10:
        assert any(cell is not None and cell.begins for cell in row)


def test_a_connection_is_a_lane_and_sessions_share_none() -> None:
    calls = [timed(1), timed(2, client_connection="d"), timed(3), timed(4, session=2), timed(5, client_connection=None)]

    assert [[call.id for call in lane.calls] for lane in lanes(calls)] == [[1, 3], [2], [4], [5]]


def test_attempts_with_one_invocation_id_are_one_call() -> None:
    calls = [timed(1, invocation_id="x", status=200), timed(2, invocation_id="y"), timed(3, invocation_id="x")]

    found = attempts(calls)

    assert {number: one.number for number, one in found.items()} == {1: 1, 3: 2}
    assert not found[3].inferred


CASES = {
    "again after a 503": ([{"status": 503}, {}], [1, 2]),
    "again after no answer": ([{"status": None, "failure": "upstream-reset"}, {}], [1, 2]),
    "three times": ([{"status": 500}, {"status": 429}, {}], [1, 2, 3]),
    "the same twice, and well": ([{}, {}], []),
    "again after a 403": ([{"status": 403}, {}], []),
    "another client": ([{"status": 503}, {"client": "curl"}], []),
    "another target": ([{"status": 503}, {"target": b"/photos/b"}], []),
    "much later": ([{"status": 503}, {"started_at": 100.0}], []),
}


@pytest.mark.parametrize("name", CASES)
def test_attempts_without_an_id_are_told_by_likeness(name: str) -> None:
    values, joined = CASES[name]

    found = attempts(
        [
            timed(number, float(number), **{"started_at": float(number), **value})
            for number, value in enumerate(values, 1)
        ]
    )

    assert sorted(found) == joined
    assert all(one.inferred for one in found.values())


@given(span=st.floats(1e-5, 1e7), width=st.integers(0, 300))
def test_the_scale_fills_its_line_and_begins_at_nought(span: float, width: int) -> None:
    line = ticks(span, width, lambda seconds: f"+{seconds:.3g}")

    assert len(line) == width
    assert width < 12 or line.startswith("|+0")
