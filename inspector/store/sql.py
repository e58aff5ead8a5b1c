"""Pieces of SQL with their parameters, and the comparisons that a filter is made of."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.filters import values
from inspector.store.filters.fields import FIELDS, Kind
from inspector.store.filters.moments import Clock, moment
from inspector.store.filters.tree import Op, Term
from inspector.store.filters.values import glob_parts


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and the values of its question marks."""

    text: str
    values: tuple[str | int | float, ...] = ()

    def wrapped(self, frame: str) -> Sql:
        """This piece in the place of `{}` in the frame."""
        return Sql(frame.replace("{}", self.text, 1), self.values)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range of numbers; None is no bound, `open` leaves the bound itself out."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


_READERS = {
    Kind.NUMBER: values.number,
    Kind.STATUS: values.status,
    Kind.SIZE: values.size,
    Kind.DURATION: values.duration,
    Kind.AGE: values.duration,
}


def bounds(term: Term, clock: Clock) -> Bounds:
    """The range that an ordered term asks for, in the column's unit."""
    kind = FIELDS[term.field].kind
    if term.op is Op.BETWEEN:
        first = _bounds(kind, Op.FROM, term.value, clock) if term.value else Bounds()
        last = _bounds(kind, Op.UPTO, term.high, clock) if term.high else Bounds()
        return Bounds(first.low, last.high, first.low_open, last.high_open)
    return _bounds(kind, term.op, term.value, clock)


def _bounds(kind: Kind, op: Op, value: str, clock: Clock) -> Bounds:
    if kind is Kind.TIME:
        return _time_bounds(op, value, clock)
    low, high = _READERS[kind](value)
    return {
        Op.IS: Bounds(low, high),
        Op.OVER: Bounds(high, None, low_open=True),
        Op.FROM: Bounds(low, None),
        Op.UNDER: Bounds(None, low, high_open=True),
        Op.UPTO: Bounds(None, high),
    }[op]


def _time_bounds(op: Op, value: str, clock: Clock) -> Bounds:
    """A day is as long as it is; of an instant only its start counts before and after."""
    when = moment(value, clock)
    return {
        Op.IS: Bounds(when.start, when.end, high_open=True),
        Op.OVER: Bounds(when.start, None, low_open=True) if when.instant else Bounds(when.end, None),
        Op.FROM: Bounds(when.start, None),
        Op.UNDER: Bounds(None, when.start, high_open=True),
        Op.UPTO: Bounds(None, when.start) if when.instant else Bounds(None, when.end, high_open=True),
    }[op]


def within(column: str, span: Bounds) -> Sql:
    """The column's value lies within the bounds."""
    if span.low is not None and span.low == span.high and not (span.low_open or span.high_open):
        return Sql(f"{column} = ?", (span.low,))
    tests: list[str] = []
    limits: list[float] = []
    if span.low is not None:
        tests.append(f"{column} {'>' if span.low_open else '>='} ?")
        limits.append(span.low)
    if span.high is not None:
        tests.append(f"{column} {'<' if span.high_open else '<='} ?")
        limits.append(span.high)
    return Sql(f"({' AND '.join(tests)})", tuple(limits))


def globbed(column: str, pattern: str) -> Sql:
    """The column is like the glob; upper and lower case differ. An index finds the range of what it begins with."""
    parts = glob_parts(pattern)
    wilds = [position for position, (wild, _) in enumerate(parts) if wild]
    prefix = "".join(char for _, char in parts[: wilds[0] if wilds else len(parts)])
    text = "".join(char if wild else f"[{char}]" if char in "*?[" else char for wild, char in parts)
    if not prefix:
        return Sql(f"{column} GLOB ?", (text,))
    after = _after(prefix)
    if after is None:
        return Sql(f"({column} >= ? AND {column} GLOB ?)", (prefix, text))
    return Sql(f"({column} >= ? AND {column} < ? AND {column} GLOB ?)", (prefix, after, text))


def _after(prefix: str) -> str | None:
    """The least text that is greater than every text with this prefix; None when there is none."""
    while prefix:
        code = ord(prefix[-1]) + 1
        if code <= 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
        prefix = prefix[:-1]
    return None


def lower(text: str) -> str:
    """ASCII letters in lower case, as SQLite does it."""
    return text.encode().lower().decode()
