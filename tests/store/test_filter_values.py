"""Numbers, sizes, durations, versions and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from inspector.store.filters import values
from inspector.store.filters.moments import Clock, moment

SIZES = [
    ("0", 0),
    ("1200", 1200),
    ("1k", 1000),
    ("1.5M", 1_500_000),
    ("2GB", 2 * 10**9),
    ("1KiB", 1024),
    ("16Mi", 16 << 20),
]
DURATIONS = [("250", 250), ("250ms", 250), ("1.5s", 1500), ("2m", 120_000), ("1h30m", 5_400_000), ("2d", 172_800_000)]


@pytest.mark.parametrize(("text", "size"), SIZES)
def test_sizes_are_decimal_unless_they_say_i(text: str, size: int) -> None:
    """k is a thousand, Ki is 1024."""
    assert (size, size) == values.size(text)


@pytest.mark.parametrize(("text", "milliseconds"), DURATIONS)
def test_durations_are_milliseconds_unless_they_say_otherwise(text: str, milliseconds: float) -> None:
    """Units add up."""
    assert (milliseconds, milliseconds) == values.duration(text)


@pytest.mark.parametrize("text", ["", "x", "1x", "1 000", "-1", "1e3", "5..6", "1k2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """With a sentence for the user."""
    with pytest.raises(ValueError, match="This must be a size"):
        values.size(text)


@pytest.mark.parametrize("text", ["", "s", "1h 30m", "1h30", "1y", "-5s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With a sentence for the user."""
    with pytest.raises(ValueError, match="This must be a duration"):
        values.duration(text)


def test_versions_compare_by_their_numbers() -> None:
    """1.9 is older than 1.10, and 1.36 is 1.36.0."""
    assert values.version("1.9") < values.version("1.10")
    assert values.version("1.36.0") == values.version("1.36")
    assert values.version("1.36.5rc1") == (1, 36, 5)


# It is Sunday, 2026-11-22 14:30:15 in a zone two hours east.
ZONE = timezone(timedelta(hours=2))
CLOCK = Clock(datetime(2026, 11, 22, 14, 30, 15, tzinfo=ZONE).timestamp(), ZONE)
MOMENTS = [  # text, start, width in seconds, told apart by its start alone
    ("2026-11-22", "2026-11-22T00:00:00+02:00", 86400, False),
    ("today", "2026-11-22T00:00:00+02:00", 86400, False),
    ("Yesterday", "2026-11-21T00:00:00+02:00", 86400, False),
    ("monday", "2026-11-16T00:00:00+02:00", 86400, False),
    ("sun", "2026-11-22T00:00:00+02:00", 86400, False),
    ("yesterday 3pm", "2026-11-21T15:00:00+02:00", 3600, True),
    ("3:15 pm", "2026-11-22T15:15:00+02:00", 60, True),
    ("12am", "2026-11-22T00:00:00+02:00", 3600, True),
    ("10:32", "2026-11-22T10:32:00+02:00", 60, True),
    ("2026-11-20 10:32:48", "2026-11-20T10:32:48+02:00", 1, True),
    ("2026-11-20T10:32:48Z", "2026-11-20T10:32:48+00:00", 1, True),
    ("2026-11-20T10:32:48.250-0800", "2026-11-20T10:32:48.25-08:00", 0.001, True),
    ("now", "2026-11-22T14:30:15+02:00", 0, True),
    ("2h ago", "2026-11-22T12:30:15+02:00", 0, True),
]


@pytest.mark.parametrize(("text", "start", "width", "instant"), MOMENTS)
def test_times_are_those_of_the_users_clock(text: str, start: str, width: float, instant: bool) -> None:
    """A day is a day, an instant is as wide as it was written."""
    read = moment(text, CLOCK)

    assert datetime.fromisoformat(start).timestamp() == pytest.approx(read.start, abs=1e-6)
    assert (pytest.approx(width, abs=1e-6), instant) == (read.end - read.start, read.instant)


@pytest.mark.parametrize(
    "text", ["", "someday", "25:00", "13pm", "0am", "10:61", "2026-13-01", "3", "today Z", "x ago"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """With a sentence for the user."""
    with pytest.raises(ValueError, match=r"time|day|hour|duration"):
        moment(text, CLOCK)


def test_without_a_zone_the_systems_own_rules_hold() -> None:
    """`today` begins when the system's day begins."""
    now = datetime.now(UTC).timestamp()
    midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)

    assert midnight.timestamp() == moment("today", Clock(now)).start
