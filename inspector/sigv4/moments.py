"""Moments as signers write them: the one right form of a timestamp, and the many others that are met.

A moment is a naive `datetime` in UTC. Nothing here knows what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

_ISO = re.compile(
    rb"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)(?:[.,]\d+)?\s*(?:Z|UTC|GMT|([+-]\d\d):?(\d\d))?",
    re.IGNORECASE,
)

_LONGEST = 64
"""Bytes. A text that is longer is no timestamp."""

Render = Callable[[datetime], bytes]


@lru_cache(maxsize=256)
def moment_of(text: bytes) -> datetime | None:
    """The moment that a timestamp names: ISO 8601, basic or extended, or the form of a Date header; else None."""
    if len(text) > _LONGEST:
        return None
    found = _ISO.fullmatch(text.strip())
    try:
        return _from_iso(found) if found else _from_date_header(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _from_iso(found: re.Match[bytes]) -> datetime:
    year, month, day_, hour, minute, second = map(int, found.groups()[:6])
    hours, minutes = found.groups()[6:]
    moment = datetime(year, month, day_, hour, minute, second)
    if hours is None:
        return moment
    offset = timedelta(hours=int(hours), minutes=int(hours[:1] + minutes))
    return moment - offset


def _from_date_header(text: bytes) -> datetime:
    moment = parsedate_to_datetime(text.decode("latin-1"))
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def basic(moment: datetime) -> bytes:
    """`YYYYMMDD'T'HHMMSS'Z'`, the form that SigV4 asks for."""
    return _written(moment, "{:%m%dT%H%M%SZ}")


def day(moment: datetime) -> bytes:
    """`YYYYMMDD`, the date of a credential's scope."""
    return _written(moment, "{:%m%d}")


def in_date_header(moment: datetime) -> bytes:
    """The form of a Date header (RFC 9110 §5.6.7)."""
    return format_datetime(moment.replace(tzinfo=UTC), usegmt=True).encode()


def _written(moment: datetime, form: str) -> bytes:
    # strftime's %Y does not pad on every system.
    return (f"{moment.year:04}" + form.format(moment)).encode()


def _extended(end: str, between: str = "T") -> Render:
    return lambda moment: _written(moment, "-{:%m-%d" + between + "%H:%M:%S" + end + "}")


def _unpunctuated(form: str) -> Render:
    return lambda moment: _written(moment, "{:" + form + "}")


def _unix(moment: datetime) -> bytes:
    return b"%d" % ((moment - datetime(1970, 1, 1)) // timedelta(seconds=1))


def _unix_milliseconds(moment: datetime) -> bytes:
    return _unix(moment) + b"000"


def _twelve_hours(moment: datetime) -> bytes:
    """`hh` where `HH` was meant: 12-hour clock without its half (Java, .NET)."""
    return _written(moment, "{:%m%dT%I%M%SZ}")


def _months_for_minutes(moment: datetime) -> bytes:
    """`%m` where `%M` was meant, or the reverse of `mm` and `MM`."""
    return _written(moment, "{:%m%dT%H%m%SZ}")


def _minutes_for_months(moment: datetime) -> bytes:
    return _written(moment, "{:%M%dT%H%M%SZ}")


def _buddhist(moment: datetime) -> bytes:
    return b"%04d" % (moment.year + 543) + basic(moment)[4:]


def _week_year(moment: datetime) -> bytes:
    """`YYYY` where `yyyy` was meant: the year that the week belongs to."""
    return b"%04d" % moment.isocalendar().year + basic(moment)[4:]


# amazonka#154, aws-sdk-js-v3#5811, wso2#3468, cyberduck#13454
FORMS: tuple[tuple[str, Render], ...] = (
    ("as SigV4 asks for", basic),
    ("as in a Date header", in_date_header),
    ("in ISO 8601's extended form", _extended("Z")),
    ("in ISO 8601's extended form with milliseconds", _extended(".000Z")),
    ("in ISO 8601's extended form, without a Z", _extended("")),
    ("in ISO 8601's extended form with +00:00", _extended("+00:00")),
    ("with dashes, colons and a space", _extended("", " ")),
    ("without the Z", _unpunctuated("%m%dT%H%M%S")),
    ("without T and Z", _unpunctuated("%m%d%H%M%S")),
    ("with UTC for the Z", _unpunctuated("%m%dT%H%M%SUTC")),
    ("with +0000 for the Z", _unpunctuated("%m%dT%H%M%S+0000")),
    ("with milliseconds", _unpunctuated("%m%dT%H%M%S000Z")),
    ("with milliseconds behind a point", _unpunctuated("%m%dT%H%M%S.000Z")),
    ("in lower case", lambda moment: basic(moment).lower()),
    ("without its seconds", _unpunctuated("%m%dT%H%MZ")),
    ("as a date alone", day),
    ("in Unix seconds", _unix),
    ("in Unix milliseconds", _unix_milliseconds),
    ("by a 12-hour clock", _twelve_hours),
    ("with the month in the place of the minutes", _months_for_minutes),
    ("with the minutes in the place of the month", _minutes_for_months),
    ("in a Buddhist year", _buddhist),
    ("in the year of its week", _week_year),
)
"""How a moment is written: in words, and as a function. The first is right, all others are wrong."""

# The date of a scope. A whole timestamp stands where the day was not cut out of it.
DAY_FORMS: tuple[tuple[str, Render], ...] = (
    ("as SigV4 asks for", day),
    ("with dashes", lambda moment: _written(moment, "-{:%m-%d}")),
    ("with slashes", lambda moment: _written(moment, "/{:%m/%d}")),
    ("with two digits of the year", lambda moment: day(moment)[2:]),
    ("day first", lambda moment: day(moment)[6:] + day(moment)[4:6] + day(moment)[:4]),
    ("as the whole timestamp", basic),
    ("as the whole timestamp of a Date header", in_date_header),
)
"""How the day of a scope is written, likewise."""


def moved(text: bytes, by: timedelta) -> bytes | None:
    """A timestamp moved by so much, written as it was; None where it cannot be read, or not moved."""
    moment = moment_of(text)
    if moment is None:
        return None
    try:
        return next((render(moment + by) for _, render in FORMS if render(moment) == text), None)
    except (ValueError, OverflowError):
        return None


def day_of(text: bytes) -> bytes | None:
    """The day of a timestamp as a scope writes it; None where it cannot be read."""
    moment = moment_of(text)
    return None if moment is None else day(moment)
