"""Times as people write them: `2026-11-22`, `10:32`, `yesterday 3pm`, `2h ago`, RFC 3339."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from inspector.store.filters.values import duration


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is for the user: Unix seconds, and the zone (None: the system's own rules)."""

    now: float
    zone: tzinfo | None = None

    def local(self) -> datetime:
        """Now, as the user's clock on the wall shows it."""
        return datetime.fromtimestamp(self.now, self.zone)

    def at(self, wall: datetime) -> float:
        """Unix seconds of a moment on the user's wall."""
        return wall.replace(tzinfo=self.zone).timestamp()


@dataclass(frozen=True, slots=True)
class Moment:
    """From `start` up to, not including, `end` (Unix seconds).

    An instant is as wide as it was written (10:32 is a minute), but before and after it are told from its start.
    """

    start: float
    end: float
    instant: bool


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?)?\s*(?P<half>am|pm)?"
_DAY = r"(?P<date>\d{4}-\d\d-\d\d)|(?P<word>[a-z]+)"
_WHEN = re.compile(rf"(?:(?P<day>{_DAY}))?(?:[ t]*{_CLOCK})?\s*(?P<zone>z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_HINT = "This must be a time as 2026-11-22, 10:32, yesterday 3pm, 2h ago or 2026-11-22T10:32:48Z."


def moment(text: str, clock: Clock) -> Moment:
    """The moment that `text` names for somebody whose clock is `clock`.

    Raises:
        ValueError: it names none; the message is for the user.
    """
    words = " ".join(text.lower().split())
    if words == "now":
        return Moment(clock.now, clock.now, True)
    if words.endswith(" ago"):
        then = clock.now - duration(words.removesuffix(" ago").replace(" ", ""))[0] / 1000
        return Moment(then, then, True)
    match = _WHEN.fullmatch(words)
    if match is None or not (match["day"] or match["hour"]):
        raise ValueError(_HINT)
    return _moment(match, clock)


def _moment(match: re.Match[str], clock: Clock) -> Moment:
    day = _day(match, clock)
    zone = match["zone"]
    if match["hour"] is None:
        if zone:
            raise ValueError(_HINT)
        return Moment(clock.at(day), clock.at(day + timedelta(days=1)), False)
    if not (match["minute"] or match["half"]):
        raise ValueError("An hour alone says too little: write 15:00 or 3pm.")
    start = day + _time_of_day(match)
    at = datetime.fromisoformat(f"{start.isoformat()}{_offset(zone)}").timestamp() if zone else clock.at(start)
    return Moment(at, at + _precision(match), True)


def _day(match: re.Match[str], clock: Clock) -> datetime:
    today = clock.local().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if match["date"]:
        try:
            return datetime.fromisoformat(match["date"])
        except ValueError:
            raise ValueError("There is no such day.") from None
    word = match["word"]
    if word is None or word == "today":
        return today
    if word == "yesterday":
        return today - timedelta(days=1)
    weekday = next((number for number, name in enumerate(_WEEKDAYS) if len(word) > 2 and name.startswith(word)), None)
    if weekday is None:
        raise ValueError(_HINT)
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def _time_of_day(match: re.Match[str]) -> timedelta:
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    half = match["half"]
    if hour > (12 if half else 23) or (half and not hour) or minute > 59 or second > 59:
        raise ValueError("There is no such time of day.")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return timedelta(hours=hour, minutes=minute, seconds=second + float(match["fraction"] or 0))


def _precision(match: re.Match[str]) -> float:
    if match["fraction"]:
        return float(10.0 ** -(len(match["fraction"]) - 1))
    return 1.0 if match["second"] else 60.0 if match["minute"] else 3600.0


def _offset(zone: str) -> str:
    return "+00:00" if zone == "z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
