"""`stats`: calls, errors and times by operation."""

from __future__ import annotations

from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.output import emit, json_line
from inspector.errors import ExitCode
from inspector.store.filters import Node
from inspector.store.stats import OperationStats, Times, json_fields
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
        emit([*_HEADING, *(_line(each, each.operation or "(unknown)") for each in operations), _line(total, "all")])
    return ExitCode.OK


def _cost(where: Node, recording: Path, as_json: bool) -> int:
    from inspector.cli.cost import json_rows, lines

    with judged_recording(recording) as opened:
        found = opened.costs(where)
    if not found.classes:
        return nothing_matched()
    emit(map(json_line, json_rows(found)) if as_json else lines(found))
    return ExitCode.OK


_HEADING = (
    "                                                  bytes           duration                      first byte",
    "operation                  calls  errors    /min    req   resp     min    avg    p95    p99    max     p50    p99",
)


def _line(stats: OperationStats, name: str) -> str:
    rate = "-" if stats.per_minute is None else f"{stats.per_minute:.1f}" if stats.per_minute < 1e5 else "many"
    return (
        f"{render.pad(render.safe(name), 24)}  {stats.count:>6}  {stats.errors:>6}  {rate:>6}"
        f"  {render.size(stats.request_bytes):>5}  {render.size(stats.response_bytes):>5}"
        f"  {_times(stats.duration, 'min', 'avg', 'p95', 'p99', 'max')}  {_times(stats.ttfb, 'p50', 'p99')}"
    )


def _times(times: Times | None, *shares: str) -> str:
    return " ".join(f"{render.duration(getattr(times, share) if times else None):>6}" for share in shares)
