"""`ls`: list calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import click

from inspector.cli.columns import COLUMNS, Table, named
from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.output import emit, json_line, terminal_width
from inspector.errors import ExitCode
from inspector.store.filters import Node, sentence
from inspector.store.ordering import SORTS
from inspector.store.reader import Recording
from inspector.store.rows import Row, list_fields

_PAGE = 500


@click.command("ls", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@json_option
@click.option(
    "-n",
    "--last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only the last N of the list.",
)
@click.option("--sort", type=click.Choice(list(SORTS)), help="Sort by this, the least first; by id else.")
@click.option("--reverse", is_flag=True, help="Turn the list round.")
@click.option("--columns", metavar="NAME,...", help=f"Which columns: {' '.join(COLUMNS)}.")
@click.option("--explain-filter", is_flag=True, help="Say the filter in words, on stderr.")
def command(
    words: tuple[str, ...],
    session: str | None,
    recording: Path,
    as_json: bool,
    last: int | None,
    sort: str | None,
    reverse: bool,
    columns: str | None,
    explain_filter: bool,
) -> int:
    """List calls, the oldest first.

    \b
    b2-inspector ls                               all calls
    b2-inspector ls is:error --session last       what failed in the last run
    b2-inspector ls -n 20 op:PutObject -is:error  the last 20 good uploads
    b2-inspector ls --sort dur --reverse -n 5     the five slowest, the slowest first
    b2-inspector ls status:5xx --json | jq .key   one JSON object a line
    """
    where = read_filter(words, session)
    names = named(columns)
    if explain_filter:
        click.echo(sentence(where), err=True)
    with judged_recording(recording) as opened:
        rows = _rows(opened, where, sort, reverse, last)
        first = next(rows, None)
        if first is None:
            return nothing_matched()
        emit(_lines(chain([first], rows), names, as_json))
    return ExitCode.OK


def _rows(opened: Recording, where: Node, sort: str | None, reverse: bool, last: int | None) -> Iterator[Row]:
    """The rows in order. `last` takes the end of the list as it is before it is turned round."""
    if sort is not None and sort != "id":
        ids = opened.sorted_ids(where, sort, last=last)
        return _paged(opened, ids[::-1] if reverse else ids)
    if last is None or reverse:
        return opened.exchanges(where, newest_first=reverse, limit=last)
    return reversed(list(opened.exchanges(where, newest_first=True, limit=last)))


def _paged(opened: Recording, ids: Sequence[int]) -> Iterator[Row]:
    pages = (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
    return (row for page in pages for row in opened.rows(page))


def _lines(rows: Iterator[Row], names: tuple[str, ...], as_json: bool) -> Iterator[str]:
    if as_json:
        return (json_line(list_fields(row)) for row in rows)
    table = Table(names, terminal_width())
    return chain([table.heading()], map(table.line, rows))
