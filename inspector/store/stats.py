"""Calls, errors, bytes and times by operation."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

from inspector.wire.outcome import went_wrong


class TrafficRow(NamedTuple):
    """A call as it is counted. Field names are column names."""

    id: int
    operation: str | None
    status: int | None
    failure: str | None
    started_at: float
    request_size: int
    response_size: int
    ttfb_ms: float | None
    duration_ms: float | None
    attempt: int | None
    state: str


STAT_COLUMNS = ", ".join(TrafficRow._fields)
"""What to SELECT for `by_operation`, or for a `TrafficRow`."""


@dataclass(frozen=True, slots=True)
class Times:
    """A distribution of times in milliseconds. Percentiles are values that occurred (nearest rank)."""

    min: float
    avg: float
    max: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class OperationStats:
    """One operation's numbers; `operation` None for calls of no known one. Rates are per minute of the whole span."""

    operation: str | None
    count: int
    errors: int
    retries: int
    open: int
    per_minute: float | None
    request_bytes: int
    response_bytes: int
    duration: Times | None
    ttfb: Times | None


@dataclass(slots=True)
class _Sums:
    count: int = 0
    errors: int = 0
    retries: int = 0
    open: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    first: float = float("inf")
    last: float = float("-inf")
    durations: array[float] = field(default_factory=lambda: array("d"))
    ttfbs: array[float] = field(default_factory=lambda: array("d"))

    def add(self, row: tuple[Any, ...]) -> None:
        _, _, status, failure, started_at, sent, received, ttfb, duration, attempt, state = row
        self.count += 1
        self.errors += went_wrong(status, failure)
        self.retries += (attempt or 0) > 1
        self.open += state == "open"
        self.request_bytes += sent
        self.response_bytes += received
        self.first, self.last = min(self.first, started_at), max(self.last, started_at)
        if duration is not None:
            self.durations.append(duration)
        if ttfb is not None:
            self.ttfbs.append(ttfb)

    def take(self, other: _Sums) -> None:
        for name in ("count", "errors", "retries", "open", "request_bytes", "response_bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.durations.extend(other.durations)
        self.ttfbs.extend(other.ttfbs)


def by_operation(rows: Iterable[tuple[Any, ...]]) -> tuple[list[OperationStats], OperationStats]:
    """The numbers of each operation, the most frequent first, and of all together, out of rows of `STAT_COLUMNS`."""
    sums: dict[str | None, _Sums] = {}
    for row in rows:
        sums.setdefault(row[1], _Sums()).add(row)
    total = _Sums()
    for each in sums.values():
        total.take(each)
    minutes = (total.last - total.first) / 60 if total.count > 1 else 0.0
    ordered = sorted(sums.items(), key=lambda item: (-item[1].count, item[0] or "~"))
    return [_stats(name, each, minutes) for name, each in ordered], _stats(None, total, minutes)


def _stats(operation: str | None, sums: _Sums, minutes: float) -> OperationStats:
    return OperationStats(
        operation,
        sums.count,
        sums.errors,
        sums.retries,
        sums.open,
        sums.count / minutes if minutes > 0 else None,
        sums.request_bytes,
        sums.response_bytes,
        times(sums.durations),
        times(sums.ttfbs),
    )


def times(values: Iterable[float]) -> Times | None:
    """The distribution of some times; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    ranks = (ordered[ceil(share * len(ordered) / 100) - 1] for share in (50, 95, 99))
    return Times(ordered[0], sum(ordered) / len(ordered), ordered[-1], *ranks)


def json_fields(stats: OperationStats) -> Iterator[tuple[str, Any]]:
    """The numbers under the names that `stats --json` gives them."""
    for name in ("operation", "count", "errors", "retries", "open"):
        yield name, getattr(stats, name)
    yield "error_rate", round(stats.errors / stats.count, 4) if stats.count else None
    yield "per_minute", None if stats.per_minute is None else round(stats.per_minute, 3)
    yield "request_bytes", stats.request_bytes
    yield "response_bytes", stats.response_bytes
    for label, spread in (("duration_ms", stats.duration), ("ttfb_ms", stats.ttfb)):
        shares = ("min", "avg", "max", "p50", "p95", "p99")
        yield label, {share: round(getattr(spread, share), 3) for share in shares} if spread else None
