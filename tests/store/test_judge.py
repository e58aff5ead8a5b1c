"""Filters about what is not in the bytes: the store asks a judge, and as seldom as it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.errors import FilterError
from inspector.store import matching
from inspector.store.judge import Named
from inspector.store.reader import Recording

SKEW = Named("clock-skew", "certain", "clock")
REGION = Named("region-mismatch", "proved", "client")


@dataclass
class Told:
    """A judge that says what it was told, and remembers what it was asked."""

    verdicts: dict[int, str]
    names: dict[int, tuple[Named, ...]]
    asked: list[int] = field(default_factory=list)

    def verdict(self, number: int) -> str | None:
        self.asked.append(number)
        return self.verdicts.get(number, "none")

    def named(self, number: int) -> Sequence[Named]:
        self.asked.append(number)
        return self.names.get(number, ())

    def slugs(self) -> Sequence[str]:
        return ("clock-skew", "region-mismatch")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve calls: every third failed, the last is under way."""
    calls = [call(status=403 if number % 3 == 0 else 200) for number in range(1, 12)]
    return record(tmp_path_factory.mktemp("judge") / "r.db", [*calls, call(status=None, state="open")])


@pytest.fixture
def judge() -> Told:
    verdicts = {1: "verified", 2: "mismatch", 3: "mismatch", 12: "verified"}
    return Told(verdicts, {3: (REGION, SKEW), 6: (SKEW,), 4: (SKEW,)})


@pytest.fixture
def recording(path: Path, judge: Told) -> Iterator[Recording]:
    with Recording(path, judge=lambda: judge) as opened:
        yield opened


FOUND = [
    ("sig:verified", [1]),  # not the one under way
    ("signature:MISMATCH", [2, 3]),
    ("verdict:m*", [2, 3]),
    ("sig:mismatch is:error", [3]),
    ("-sig:none id:<4", [1, 2, 3]),
    ("cause:clock-skew", [3, 6]),  # of calls that failed only
    ("cause~^region", [3]),
    ("finding:* certainty:proved", [3]),
    ("fault:clock -fault:client", [6]),
    ("is:error -cause:*", [9]),
    ("cause:region-mismatch OR sig:verified", [1, 3]),
]


@pytest.mark.parametrize("probe", [0, 10_000], ids=["past every row", "by an index"])
@pytest.mark.parametrize(("text", "ids"), FOUND, ids=[text for text, _ in FOUND])
def test_a_filter_finds_what_the_judge_says(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, text: str, ids: list[int], probe: int
) -> None:
    """Whichever way is taken to the calls, in either direction."""
    monkeypatch.setattr(matching, "PROBE", probe)

    assert list(recording.ids(text)) == ids
    assert [row.id for row in recording.exchanges(text, newest_first=True)] == ids[::-1]
    assert recording.count(text) == len(ids)


def test_the_judge_is_asked_about_few(recording: Recording, judge: Told) -> None:
    """Causes: of calls that failed; and what costs nothing is looked at first, wherever it stands in the filter."""
    assert not list(recording.ids("cause:key-master"))
    assert judge.asked == [3, 6, 9]
    judge.asked.clear()
    assert list(recording.ids("sig:mismatch status:403")) == [3]
    assert judge.asked == [3, 6, 9]
    judge.asked.clear()
    assert next(recording.exchanges("sig:none", newest_first=True)).id == 11


def test_no_judge_is_made_for_filters_that_need_none(path: Path) -> None:
    def made() -> Told:
        raise AssertionError

    with Recording(path, judge=made) as opened:
        assert len(opened.ids("is:error")) == 3


def test_without_a_judge_it_is_refused_by_name(path: Path) -> None:
    with Recording(path) as opened, pytest.raises(FilterError, match="not known here"):
        opened.ids("sig:verified")


def test_values_are_offered(recording: Recording) -> None:
    """Verdicts from the language, causes from the judge; nothing is asked of it for that."""
    assert recording.values("sig", "m") == ["mismatch"]
    assert recording.values("sig", "zz") == []
    assert recording.values("cause", "clock") == ["clock-skew"]
