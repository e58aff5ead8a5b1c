"""Ids in the order of a column."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import Call, call, record

from inspector.store import ordering
from inspector.store.ordering import INDEXES, SORTS
from inspector.store.reader import Recording


def calls() -> list[Call]:
    """Different in what they are sorted by, some alike, some without a value."""
    return [
        call(
            status=None if number % 7 == 0 else (200, 503, 404)[number % 3],
            took=((number * 37) % 11) / 10,
            state="open" if number % 7 == 0 else "done",
            facts={"key": b"%d" % ((number * 13) % 17), "bucket": f"b{number % 4}", "operation": "GetObject"},
            request_body=b"x" * (number % 5),
        )
        for number in range(1, 60)
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("ordering") / "calls.db", calls())


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("where", ["", "status:503", "status:2xx OR status:404", "key:none-there", "is:error"])
@pytest.mark.parametrize("sort", INDEXES)
@pytest.mark.parametrize("probe", [10_000, 3])
def test_it_is_what_sorting_the_rows_gives(
    path: Path, sort: str, where: str, descending: bool, probe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the matches are few or many: each once, by value and then by id, those without a value last."""
    monkeypatch.setattr(ordering, "PROBE", probe)
    monkeypatch.setattr("inspector.store.matching.PROBE", probe)
    with Recording(path) as opened:
        rows = list(opened.exchanges(where))
        found = [number for window in opened.ordered_windows(where, sort, descending) for number in window]
    with_value = [row for row in rows if getattr(row, SORTS[sort]) is not None]
    ordered = sorted(with_value, key=lambda row: (getattr(row, SORTS[sort]), row.id), reverse=descending)
    without = sorted((row for row in rows if row not in with_value), key=lambda row: row.id, reverse=descending)
    assert found == [row.id for row in (*ordered, *without)]


def test_every_sort_but_arrival_has_its_index(path: Path) -> None:
    """A million calls are sorted by walking an index; one that is not there would fail each time."""
    assert set(SORTS) == {"id", *INDEXES}
    with Recording(path) as opened:
        names = {row[0] for row in opened._conn.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert set(INDEXES.values()) <= names
