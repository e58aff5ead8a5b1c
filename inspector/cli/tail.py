"""`tail`: follow calls as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.output import emit, json_line
from inspector.errors import ExitCode
from inspector.store.filters import Node, Not, Op, Term
from inspector.store.filters.tree import both
from inspector.store.reader import Recording
from inspector.store.rows import Row, list_fields
from inspector.view import render

POLL = 0.1
"""Seconds between two looks at the recording; a look that finds nothing new costs one PRAGMA."""

_UNDER_WAY = Term("is", Op.IS, "pending")


@click.command("tail", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@json_option
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C, with each call as it ends.")
@click.option("-n", "--last", type=click.IntRange(min=0), default=10, show_default=True, help="Begin with the last N.")
@click.option("-v", "--verbose", is_flag=True, help="With the heads of request and answer.")
def command(
    words: tuple[str, ...], session: str | None, recording: Path, as_json: bool, follow: bool, last: int, verbose: bool
) -> int:
    """The last calls, and with -f those to come, a line each as they end.

    A call that takes longer is announced with `...` while it is under way (not with --json).

    \b
    b2-inspector tail -f
    b2-inspector tail -f is:error -v
    b2-inspector tail -n 100 --json
    """
    where = read_filter(words, session)
    with judged_recording(recording) as opened:
        shown = _json_line if as_json else _heads if verbose else _line
        lines = _Follower(opened, where, announce=not as_json)
        first = lines.last(last)
        emit(line for row in first for line in shown(opened, row))
        if follow:
            try:
                emit((line for row in lines.coming() for line in shown(opened, row)), at_once=True)
            except KeyboardInterrupt:
                return ExitCode.OK
        elif not first:
            return nothing_matched()
    return ExitCode.OK


class _Follower:
    """Each matching call once when it has ended, and before that once while it is under way."""

    def __init__(self, opened: Recording, where: Node, announce: bool) -> None:
        self._opened = opened
        self._where = where
        self._announce = announce
        self._seen = 0  # every call up to this id has been looked at
        self._waiting: set[int] = set()  # of these the end is still to come

    def last(self, count: int) -> list[Row]:
        """The last calls that have ended, and those that are under way."""
        with self._opened.snapshot():
            self._seen = self._opened.last_id()
            self._waiting = {row.id for row in self._opened.under_way()}
            ended = list(self._opened.exchanges(both([Not(_UNDER_WAY), self._where]), newest_first=True, limit=count))
            pending = list(self._opened.exchanges(both([_UNDER_WAY, self._where]))) if self._announce and count else []
        return ended[::-1] + pending

    def coming(self) -> Iterator[Row]:
        """Calls as they come, without end."""
        version = None
        while True:
            now = self._opened.data_version()
            if now != version:
                version = now
                with self._opened.snapshot():
                    news = self._news()
                yield from news
            time.sleep(POLL)

    def _news(self) -> list[Row]:
        under_way = {row.id for row in self._opened.under_way()}
        ended = [row for number in sorted(self._waiting - under_way) for row in self._matching(number, number)]
        newest = self._opened.last_id()
        fresh = self._matching(self._seen + 1, newest) if newest > self._seen else []
        self._seen, self._waiting = max(self._seen, newest), under_way
        return ended + [row for row in fresh if self._announce or row.state != "open"]

    def _matching(self, first: int, last: int) -> list[Row]:
        """The matching calls between two ids: one that is under way may match only when its end is known."""
        return list(self._opened.exchanges(both([Term("id", Op.BETWEEN, str(first), str(last)), self._where])))


def _json_line(opened: Recording, row: Row) -> Iterator[str]:
    yield json_line(list_fields(row))


def _line(opened: Recording, row: Row) -> Iterator[str]:
    """As MinIO's `mc admin trace` writes it: the operation first, the first byte apart from the whole."""
    code = f" {render.trouble(row)}" if render.trouble(row) else ""
    sizes = f"↑ {render.size(row.request_size)} ↓ {render.size(row.response_size)}"
    retry = f"  try {render.attempt(row)}" if (row.attempt or 0) > 1 else ""
    yield (
        f"{render.clock(row.started_at)}  #{row.id}  [{render.status(row)}{code}]  {render.operation(row)}"
        f"  {render.subject(row)}  {render.safe(row.client or '-')}  {render.duration(row.duration_ms)}"
        f"  ⇣ {render.duration(row.ttfb_ms)}  {sizes}{retry}"
    )


def _heads(opened: Recording, row: Row) -> Iterator[str]:
    from inspector.view import exchange as exchange_view

    yield from _line(opened, row)
    stored = opened.exchange(row.id)
    if stored is not None:
        for head in (exchange_view.request_head(stored.exchange), exchange_view.response_head(stored.exchange)):
            yield from (f"    {line}" for line in exchange_view.head_lines(head) if head)
