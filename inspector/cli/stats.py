"""`stats`: calls, errors and times by operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.output import emit, json_line, terminal_width
from inspector.errors import ExitCode
from inspector.store.filters import Node
from inspector.store.stats import OperationStats, json_fields
from inspector.view import render


@click.command("stats", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@json_option
@click.option("--cost", is_flag=True, help="By B2's transaction classes, and which calls were waste.")
def command(words: tuple[str, ...], session: str | None, recording: Path, as_json: bool, cost: bool) -> int:
    """Calls, errors, bytes and times by operation. --json gives a line for each operation.

    \b
    b2-inspector stats --session last
    b2-inspector stats 'age:<1h' sdk:rclone
    b2-inspector stats --cost --session last    transactions by class, and waste
    """
    where = read_filter(words, session)
    if cost:
        return _cost(where, recording, as_json)
    with judged_recording(recording) as opened:
        operations, total = opened.stats(where)
    if not operations:
        return nothing_matched()
    if as_json:
        emit(json_line(dict(json_fields(each))) for each in operations)
    else:
        table = _Table(terminal_width())
        rows = (table.line(each, each.operation or "(unknown)") for each in operations)
        emit([*table.heading(), *rows, table.line(total, "all")])
    return ExitCode.OK


def _cost(where: Node, recording: Path, as_json: bool) -> int:
    from inspector.cli.cost import json_rows, lines

    with judged_recording(recording) as opened:
        found = opened.costs(where)
    if not found.classes:
        return nothing_matched()
    emit(map(json_line, json_rows(found)) if as_json else lines(found))
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table: the heading above it and its neighbours, its own, its width, what it shows."""

    group: str
    name: str
    width: int
    show: Callable[[OperationStats], str]

    @property
    def gap(self) -> int:
        """The cells before it: the times of one group stand closer."""
        return 1 if self.name in _CLOSER else 2


_CLOSER = ("avg", "p95", "p99", "max")


def _rate(stats: OperationStats) -> str:
    return "-" if stats.per_minute is None else f"{stats.per_minute:.1f}" if stats.per_minute < 1e5 else "many"


def _lasted(share: str) -> Callable[[OperationStats], str]:
    return lambda stats: render.duration(getattr(stats.duration, share) if stats.duration else None)


def _waited(share: str) -> Callable[[OperationStats], str]:
    return lambda stats: render.duration(getattr(stats.ttfb, share) if stats.ttfb else None)


_NAME = 24
_TABLE = (
    _Column("", "calls", 6, lambda stats: str(stats.count)),
    _Column("", "errors", 6, lambda stats: str(stats.errors)),
    _Column("", "/min", 6, _rate),
    _Column("bytes", "req", 5, lambda stats: render.size(stats.request_bytes)),
    _Column("bytes", "resp", 5, lambda stats: render.size(stats.response_bytes)),
    *(_Column("duration", share, 6, _lasted(share)) for share in ("min", "avg", "p95", "p99", "max")),
    _Column("first byte", "p50", 6, _waited("p50")),
    _Column("first byte", "p99", 6, _waited("p99")),
)

_LEFT_OUT_FIRST = (
    *(("duration", "min"), ("first byte", "p50"), ("first byte", "p99"), ("duration", "max"), ("", "/min")),
    *(("duration", "p95"), ("bytes", "resp"), ("bytes", "req"), ("duration", "p99"), ("duration", "avg")),
)
"""What a narrow terminal does without."""


class _Table:
    """The columns for a terminal so many cells wide; all of them in a pipe (None)."""

    def __init__(self, width: int | None) -> None:
        self._columns = list(_TABLE)
        for group, name in _LEFT_OUT_FIRST:
            if width is None or _NAME + sum(column.gap + column.width for column in self._columns) <= width:
                break
            self._columns = [column for column in self._columns if (column.group, column.name) != (group, name)]

    def heading(self) -> list[str]:
        """Two lines: what columns are of, and their names."""
        return [self._groups(), self._cells("operation", lambda column: column.name)]

    def line(self, stats: OperationStats, name: str) -> str:
        """The numbers of an operation."""
        return self._cells(render.safe(name), lambda column: column.show(stats))

    def _groups(self) -> str:
        line, edge = "", _NAME
        end = _NAME + sum(column.gap + column.width for column in self._columns)
        for before, column in pairwise((_TABLE[0], *self._columns)):
            if column.group != before.group:
                line = line.ljust(min(edge + column.gap, end - len(column.group))) + column.group
            edge += column.gap + column.width
        return line

    def _cells(self, name: str, show: Callable[[_Column], str]) -> str:
        cells = (" " * column.gap + f"{show(column):>{column.width}}" for column in self._columns)
        return render.pad(name, _NAME) + "".join(cells)
