"""How much of what, how fast: calls by operation, added up as they come, and a line that shows them over time.

A recording of a million calls is read once; what comes later is added. Times are kept as histograms whose classes are
two percent wide: percentiles of any number of calls, in a few kilobytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, floor, log

from inspector.store.stats import TrafficRow
from inspector.wire.outcome import went_wrong

_STEP = log(1.02)
_MOST_MOMENTS = 2048
"""Moments that are told apart; when there are more, two become one."""

BARS = " ▁▂▃▄▅▆▇█"
PLAIN_BARS = " .:-=+*#@"
"""Signs of growing height; the first is for nothing at all."""


@dataclass(slots=True)
class Spread:
    """A distribution of times in milliseconds, to two percent."""

    count: int = 0
    classes: Counter[int] = field(default_factory=Counter)

    def add(self, milliseconds: float) -> None:
        """One more."""
        self.count += 1
        self.classes[round(log(max(milliseconds, 1e-3)) / _STEP)] += 1

    def percentile(self, share: float) -> float | None:
        """The time, in milliseconds, that `share` percent do not exceed; None of none."""
        rank, seen = ceil(share * self.count / 100), 0
        for number in sorted(self.classes):
            seen += self.classes[number]
            if seen >= rank:
                return exp(number * _STEP)
        return None

    def take(self, other: Spread) -> None:
        """Those of another, too."""
        self.count += other.count
        self.classes.update(other.classes)


@dataclass(slots=True)
class Tally:
    """The numbers of some calls. Sizes in bytes."""

    count: int = 0
    errors: int = 0
    retries: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    duration: Spread = field(default_factory=Spread)
    ttfb: Spread = field(default_factory=Spread)
    moments: Counter[int] = field(default_factory=Counter)

    @property
    def error_rate(self) -> float:
        """The share that failed, from 0 to 1."""
        return self.errors / self.count if self.count else 0.0

    def add(self, row: TrafficRow, moment: int) -> None:
        """One more call, which began in this moment."""
        self.count += 1
        self.errors += went_wrong(row.status, row.failure)
        self.retries += (row.attempt or 0) > 1
        self.request_bytes += row.request_size
        self.response_bytes += row.response_size
        self.moments[moment] += 1
        if row.duration_ms is not None:
            self.duration.add(row.duration_ms)
        if row.ttfb_ms is not None:
            self.ttfb.add(row.ttfb_ms)

    def take(self, other: Tally) -> None:
        """Those of another, too."""
        for name in ("count", "errors", "retries", "request_bytes", "response_bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.duration.take(other.duration)
        self.ttfb.take(other.ttfb)
        self.moments.update(other.moments)


@dataclass(slots=True)
class Traffic:
    """What has been added up. `last` is the highest id among it; `scale` the seconds of a moment.

    Calls that are under way are left out: they are added when they have ended.
    """

    last: int = 0
    scale: float = 1.0
    operations: dict[str | None, Tally] = field(default_factory=dict)
    waiting: frozenset[int] = frozenset()

    def add(self, rows: Iterable[TrafficRow]) -> None:
        """Add calls; one that is under way is waited for."""
        waiting = set(self.waiting)
        for row in rows:
            self.last = max(self.last, row.id)
            if row.state == "open":
                waiting.add(row.id)
                continue
            waiting.discard(row.id)
            tally = self.operations.setdefault(row.operation, Tally())
            tally.add(row, floor(row.started_at / self.scale))
        self.waiting = frozenset(waiting)
        self._coarsen()

    def _coarsen(self) -> None:
        while (span := self.span) is not None and span[1] - span[0] >= _MOST_MOMENTS:
            self.scale *= 2
            for tally in self.operations.values():
                halved: Counter[int] = Counter()
                for moment, count in tally.moments.items():
                    halved[moment // 2] += count
                tally.moments = halved

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last moment; None while nothing has ended."""
        edges = [(min(tally.moments), max(tally.moments)) for tally in self.operations.values() if tally.moments]
        return (min(low for low, _ in edges), max(high for _, high in edges)) if edges else None

    @property
    def seconds(self) -> float:
        """How long it went on, to the second at best."""
        span = self.span
        return (span[1] - span[0] + 1) * self.scale if span else 0.0

    def total(self) -> Tally:
        """All operations together."""
        total = Tally()
        for tally in self.operations.values():
            total.take(tally)
        return total

    def per_minute(self, tally: Tally) -> float | None:
        """Calls a minute of the whole span; None where it is too short to say."""
        return tally.count / self.seconds * 60 if self.seconds > self.scale else None

    def series(self, tally: Tally, width: int) -> list[int]:
        """Calls in each of `width` equal parts of the whole span."""
        span, parts = self.span, [0] * width
        if span is not None and width > 0:
            low, length = span[0], span[1] - span[0] + 1
            for moment, count in tally.moments.items():
                parts[(moment - low) * width // length] += count
        return parts


def spark(series: Sequence[int], bars: str = BARS) -> str:
    """Numbers as a line of bars: the highest is full, none at all is a blank."""
    most = max(series, default=0)
    steps = len(bars) - 1
    return "".join(bars[ceil(value * steps / most)] if value else bars[0] for value in series)


SORTS: Mapping[str, str] = {
    "calls": "count",
    "errors": "errors",
    "error rate": "error_rate",
    "p50": "p50",
    "p99": "p99",
    "first byte": "ttfb",
    "bytes": "bytes",
    "name": "name",
}
"""What operations can be sorted by, in the order in which one is turned to."""


def ordered(traffic: Traffic, sort: str) -> Iterator[tuple[str | None, Tally]]:
    """The operations, the greatest first (by name: in order)."""

    def rank(item: tuple[str | None, Tally]) -> tuple[float, str]:
        name, tally = item
        return -_sorting(tally, SORTS[sort]), name or "~"

    return iter(sorted(traffic.operations.items(), key=rank))


def _sorting(tally: Tally, by: str) -> float:
    if by == "name":
        return 0.0
    if by in ("p50", "p99"):
        return tally.duration.percentile(float(by[1:])) or 0.0
    if by == "ttfb":
        return tally.ttfb.percentile(50) or 0.0
    if by == "bytes":
        return float(tally.request_bytes + tally.response_bytes)
    return float(getattr(tally, by))
