"""Calls on a line of time: a lane for each connection, the phases of each call, attempts of one call joined.

A cell of a lane is a span of time. Where several calls share a cell, the one that failed is shown, else the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from inspector.diagnose.retries import RELATED, THROTTLED, TRANSIENT
from inspector.store.timed import TimedCall


class Phase(str, Enum):
    """What is done meanwhile. The value is its name for people."""

    CONNECT = "connect"
    TLS = "TLS"
    SEND = "send"
    WAIT = "wait"
    RECEIVE = "receive"


class Interval(NamedTuple):
    """A phase of a call between two moments, in Unix seconds."""

    phase: Phase
    begin: float
    end: float


def phases(call: TimedCall, now: float) -> Iterator[Interval]:
    """The phases of a call in their order. What is not known yet lasts until `now`.

    A connection's own times are given to the call that opened it; they lie before the request.
    """
    tls, tcp = (call.tls_ms or 0) / 1000, (call.tcp_ms or 0) / 1000
    start = call.started_at
    if tcp:
        yield Interval(Phase.CONNECT, start - tls - tcp, start - tls)
    if tls:
        yield Interval(Phase.TLS, start - tls, start)
    last = call.response_end or (now if call.state == "open" else None)
    sent = call.request_end or call.response_start or last or start
    yield Interval(Phase.SEND, start, sent)
    answered = call.response_start or last or sent
    yield Interval(Phase.WAIT, sent, max(sent, answered))
    if call.response_start is not None:
        yield Interval(Phase.RECEIVE, answered, max(answered, last or answered))


def lasted(call: TimedCall, now: float) -> tuple[float, float]:
    """From when to when a call went on."""
    parts = list(phases(call, now))
    return min(part.begin for part in parts), max(part.end for part in parts)


# Lanes


@dataclass(slots=True)
class Lane:
    """The calls of one connection, in their order."""

    connection: str
    address: str
    host: str
    calls: list[TimedCall] = field(default_factory=list)


def lanes(calls: Iterable[TimedCall]) -> list[Lane]:
    """A lane for each connection, in the order in which their first call began. Calls of no known one share a lane."""
    found: dict[tuple[int, str], Lane] = {}
    for call in calls:
        name = call.client_connection or ""
        lane = found.setdefault((call.session, name), Lane(name, call.client_address or "", call.host))
        lane.calls.append(call)
    return list(found.values())


class Cell(NamedTuple):
    """What is seen in a cell: a call of the lane and its phase; None where nothing goes on."""

    call: TimedCall
    phase: Phase
    begins: bool


def cells(lane: Lane, begin: float, end: float, width: int, now: float) -> list[Cell | None]:
    """The lane between two moments, in `width` cells. A call has one cell at least."""
    row: list[Cell | None] = [None] * width
    scale = width / max(end - begin, 1e-9)
    for call in lane.calls:
        for interval in phases(call, now):
            if interval.end < begin or interval.begin > end:
                continue
            _fill(
                row, Cell(call, interval.phase, False), (interval.begin - begin) * scale, (interval.end - begin) * scale
            )
        place = int((call.started_at - begin) * scale)
        if 0 <= place < width:
            shown = row[place]
            if shown is None or not shown.call.failed or call.failed:
                phase = shown.phase if shown is not None and shown.call is call else Phase.SEND
                row[place] = Cell(call, phase, True)
    return row


def _fill(row: list[Cell | None], cell: Cell, begin: float, end: float) -> None:
    """Fill the cells that an interval covers for the most part; the first one where nothing stands yet."""
    first, last = max(0, round(begin)), min(len(row), round(end))
    if first >= last:
        if 0 <= int(begin) < len(row) and row[int(begin)] is None:
            row[int(begin)] = cell
        return
    for place in range(first, last):
        shown = row[place]
        if shown is None or shown.call is cell.call or not shown.call.failed or cell.call.failed:
            row[place] = cell


# Attempts


class Attempt(NamedTuple):
    """Which attempt of one call this is, from 1; `ids` of all of them; `inferred`: told by likeness, not by an id."""

    number: int
    ids: tuple[int, ...]
    inferred: bool


def attempts(calls: Sequence[TimedCall]) -> dict[int, Attempt]:
    """By id, of the calls that are attempts of one call with others.

    They share an invocation id; clients that send none are told by likeness: the same request, of the same client,
    within a minute of one that failed in a way that clients try again (the rule of `diagnose.retries`).
    """
    found: dict[int, Attempt] = {}
    for inferred, groups in ((False, _by_invocation(calls)), (True, _by_likeness(calls))):
        for group in groups:
            ids = tuple(call.id for call in group)
            found.update((number, Attempt(place, ids, inferred)) for place, number in enumerate(ids, 1))
    return found


def _by_invocation(calls: Iterable[TimedCall]) -> Iterator[list[TimedCall]]:
    groups: dict[str, list[TimedCall]] = {}
    for call in calls:
        if call.invocation_id is not None:
            groups.setdefault(call.invocation_id, []).append(call)
    return (group for group in groups.values() if len(group) > 1)


def _by_likeness(calls: Iterable[TimedCall]) -> Iterator[list[TimedCall]]:
    open_groups: dict[tuple[object, ...], list[TimedCall]] = {}
    for call in calls:
        if call.invocation_id is not None:
            continue
        alike = (call.session, call.method, call.target, call.host, call.client)
        group = open_groups.get(alike)
        if group is not None and _tried_again(group[-1]) and call.started_at - group[-1].started_at <= RELATED:
            group.append(call)
            continue
        if group is not None and len(group) > 1:
            yield group
        open_groups[alike] = [call]
    yield from (group for group in open_groups.values() if len(group) > 1)


def _tried_again(call: TimedCall) -> bool:
    """Whether clients try again what ended so."""
    if call.status is None:
        return call.failure is not None
    return call.status in TRANSIENT or call.status == 429 or call.error_code in THROTTLED


# The scale

_NICE = (1, 2, 5)


def ticks(span: float, width: int, label: Callable[[float], str], room: int = 14) -> str:
    """The line above the lanes: moments of `span` seconds at round distances, each at its cell."""
    least = max(span, 1e-6) * room / max(width, 1)
    step = next(value * 10.0**power for power in range(-6, 9) for value in _NICE if value * 10.0**power >= least)
    line = ""
    for number in range(int(span / step) + 1):
        place = round(number * step / span * width)
        text = f"|{label(number * step)}"
        if place >= len(line) and place + len(text) <= width:
            line = line.ljust(place) + text
    return line.ljust(width)
