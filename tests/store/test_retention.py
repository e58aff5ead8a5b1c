"""What a recording forgets, and what it does not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.calls import NOON, Call, call, record

from inspector.store.indexing import Indexer
from inspector.store.open import open_for_reading
from inspector.store.reader import Recording
from inspector.store.retention import content_size, foresee, prune
from inspector.store.writer import Writer
from inspector.wire.exchange import SignedChunk
from inspector.wire.problem import Problem

HOUR = 3600.0
NOW = NOON + 100 * HOUR


def hourly(count: int, **rest: object) -> list[Call]:
    """One call an hour, each with a body of its own that does not compress."""
    return [call(at=NOON + number * HOUR, request_body=noise(number, 3000), **rest) for number in range(count)]  # type: ignore[arg-type]


def noise(seed: int, size: int) -> bytes:
    import random

    return random.Random(seed).randbytes(size)


def left(path: Path) -> list[int]:
    with Recording(path) as opened:
        return list(opened.ids())


def counts(path: Path) -> dict[str, int]:
    with closing(open_for_reading(path)) as conn:
        return {
            table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("exchange", "body", "piece", "chunk", "problem", "session", "tunnel")
        }


def test_old_calls_go_with_their_bodies(tmp_path: Path) -> None:
    """Calls, pieces and chunks; what is younger stays whole."""
    path = record(tmp_path / "r.db", hourly(20, chunks=(SignedChunk(1, "a", None),)))

    done = prune(path, NOW, keep=90 * HOUR, max_size=None)

    assert list(range(11, 21)) == left(path)
    assert (done.exchanges, done.bodies) == (10, 10)
    assert {name: value for name, value in counts(path).items() if name in ("body", "piece", "chunk")} == {
        "body": 10,
        "piece": 10,
        "chunk": 10,
    }
    with Recording(path) as opened:
        stored = opened.exchange(11)
        assert stored is not None
        assert noise(10, 3000) == opened.body(stored.request_body).read()


def test_marked_calls_and_those_under_way_stay(tmp_path: Path) -> None:
    """However old they are."""
    calls = [call(marked=True), call(), call(status=None, state="open")]
    path = record(tmp_path / "r.db", calls)

    prune(path, NOW, keep=0, max_size=0)

    assert left(path) == [1, 3]


def test_a_body_that_another_call_has_stays(tmp_path: Path) -> None:
    """Equal bodies are stored once, and removed with the last call that has them."""
    calls = [call(request_body=b"same"), call(response_body=b"same", at=NOW), call(request_body=b"other")]
    path = record(tmp_path / "r.db", calls)

    assert prune(path, NOW, keep=HOUR, max_size=None).bodies == 1
    with Recording(path) as opened:
        stored = opened.exchange(2)
        assert stored is not None
        assert opened.body(stored.response_body).read() == b"same"

    assert prune(path, NOW, keep=None, max_size=0).bodies == 1
    assert counts(path)["piece"] == 0


def test_the_oldest_go_until_the_size_is_right(tmp_path: Path) -> None:
    """And the file gives its room back."""
    path = record(tmp_path / "r.db", [call(request_body=noise(number, 100_000)) for number in range(400)])
    before = path.stat().st_size

    done = prune(path, NOW, keep=None, max_size=before // 2)

    assert before * 0.4 < done.size_after <= before // 2
    assert left(path)[-1] == 400
    assert done.exchanges == left(path)[0] - 1
    assert path.stat().st_size < before * 0.6


def test_a_large_body_goes_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction is long: after each of them others may write."""
    path = record(tmp_path / "r.db", [call(request_body=noise(1, 10 * 1024 * 1024))])
    monkeypatch.setattr("inspector.store.retention._PIECES_AT_ONCE", 4)

    prune(path, NOW, keep=0, max_size=None)

    assert {name: value for name, value in counts(path).items() if name in ("exchange", "body", "piece")} == {
        "exchange": 0,
        "body": 0,
        "piece": 0,
    }


def test_a_session_goes_with_what_is_beside_its_calls(tmp_path: Path) -> None:
    """And no other."""
    path = record(tmp_path / "r.db", hourly(3), hourly(2), problems=[Problem(NOW, "bad-request", "h", "x")])
    writer = Writer(path)
    with writer.transaction():
        writer.count_tunnel(1, "h", 443)
        writer.count_tunnel(2, "h", 443)
    writer.close()

    done = prune(path, NOW, session=1)

    assert (done.exchanges, done.sessions, done.problems) == (3, 1, 1)
    assert {name: value for name, value in counts(path).items() if name in ("session", "problem", "tunnel")} == {
        "session": 1,
        "problem": 1,
        "tunnel": 1,
    }


def test_a_session_that_may_still_record_keeps_its_place(tmp_path: Path) -> None:
    """Its next call must find it."""
    path = record(tmp_path / "r.db", hourly(2), ended=False)

    assert prune(path, NOW, session=1).sessions == 0
    assert {k: v for k, v in counts(path).items() if k in ("session", "exchange")} == {"session": 1, "exchange": 0}


def test_what_a_killed_recorder_left_goes_after_a_day(tmp_path: Path) -> None:
    """A body that no call has; but not one of which the call may still come."""
    path = tmp_path / "r.db"
    writer = Writer(path)
    with writer.transaction():
        writer.put_piece(writer.begin_body(), 0, b"left behind")
    writer.close()
    record(path, [call(request_body=b"a"), call(at=NOW, request_body=b"b")])
    writer = Writer(path)
    with writer.transaction():
        writer.put_piece(writer.begin_body(), 0, b"still coming")
    writer.close()

    assert prune(path, NOW, keep=None, max_size=None).bodies == 1
    assert counts(path)["body"] == 3


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_a_killed_pruning_left_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are gone first, then their bodies: no call ever lacks its body."""
    path = record(tmp_path / "r.db", [*hourly(5), call(at=NOON + 20 * HOUR, request_body=b"young")])
    with monkeypatch.context() as patch:
        patch.setattr("inspector.store.retention._Pruner._remove_bodies", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(path, NOW, keep=90 * HOUR, max_size=None)
    assert {k: v for k, v in counts(path).items() if k in ("exchange", "body")} == {"exchange": 1, "body": 6}

    prune(path, NOW, keep=None, max_size=None)

    assert counts(path)["body"] == 1


def test_the_index_is_made_anew_when_much_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not grow for ever, and finds the same."""
    monkeypatch.setattr("inspector.store.retention._INDEX_WORTH_RENEWING", 10)
    path = record(tmp_path / "r.db", [call(response_body=f"text {n}".encode(), at=NOON + n) for n in range(20)])
    writer = Writer(path)
    Indexer(writer).work_to_the_end()

    prune(path, NOON + 100, keep=88.5, max_size=None)

    with Recording(path) as opened:
        assert opened.indexed_to() == 12
        assert list(opened.ids("body:'text 12'")) == [13]
    Indexer(writer).work_to_the_end()
    writer.close()
    with Recording(path) as opened:
        assert opened.indexed_to() == 20
        assert list(opened.ids("body:'text 12'")) == [13]


LIMITS = [(90 * HOUR, None, None), (None, 0, None), (None, None, 1)]


@pytest.mark.parametrize(("keep", "max_size", "session"), LIMITS)
def test_what_would_go_is_what_goes(
    tmp_path: Path, keep: float | None, max_size: int | None, session: int | None
) -> None:
    """A dry run counts the same calls, and about the same bytes."""
    path = record(tmp_path / "r.db", hourly(300), hourly(5))
    with closing(open_for_reading(path)) as conn:
        would = foresee(conn, NOON + 100 * HOUR, keep, max_size, session)
        before = content_size(conn)

    done = prune(path, NOON + 100 * HOUR, keep, max_size, session)

    assert would.exchanges == done.exchanges
    assert would.bytes == pytest.approx(before - done.size_after, rel=0.7, abs=200_000)


def test_a_file_that_opens_anywhere_stays_one(tmp_path: Path) -> None:
    """Pruning does not turn on a log."""
    path = record(tmp_path / "r.db", hourly(2))
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")

    prune(path, NOW)

    with Recording(path) as opened:
        assert opened.journal_mode() == "delete"


def test_recorders_go_on_meanwhile(tmp_path: Path) -> None:
    """Between two steps anybody can write."""
    path = record(tmp_path / "r.db", hourly(500))
    writer = Writer(path)
    told: list[int] = []

    def progress(what: str, count: int) -> None:
        with writer.transaction():
            writer.count_tunnel(1, "h", 443)
        told.append(count)

    prune(path, NOON + 600 * HOUR, keep=0, max_size=None, progress=progress)
    writer.close()

    assert len(told) >= 3
    assert counts(path)["exchange"] == 0
