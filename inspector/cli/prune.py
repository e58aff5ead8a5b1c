"""`prune`: drop what is old or too much."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.output import announce, emit, json_line
from inspector.cli.problems import session_id
from inspector.errors import ExitCode, RecordingError, UsageError
from inspector.store import retention
from inspector.store.filters import values
from inspector.store.open import open_for_reading
from inspector.store.reader import Recording
from inspector.view import render


@click.command("prune")
@recording_option
@json_option
@click.option("--keep", metavar="AGE|all", help="Remove calls older than this: 48h, 30d. Without options 30d.")
@click.option("--max-size", metavar="SIZE|all", help="Remove the oldest calls beyond this: 2G. Without options 2Gi.")
@click.option("--session", metavar="N|NAME|last", help="Remove this session instead.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def command(
    recording: Path, as_json: bool, keep: str | None, max_size: str | None, session: str | None, dry_run: bool
) -> int:
    """Drop calls that are old or too much, with their bodies. Marked calls stay.

    \b
    b2-inspector prune --keep 48h --max-size 2G
    b2-inspector prune --session 12
    b2-inspector prune --dry-run
    """
    if session is not None and (keep or max_size):
        raise UsageError("--session removes a whole session", "leave --keep and --max-size away")
    default = keep is None and max_size is None and session is None
    age = retention.KEEP_SECONDS if default else _age(keep)
    size = retention.MAX_SIZE if default else _size(max_size)
    number = None
    if session is not None:
        with Recording(recording) as opened:
            number = session_id(opened, session)
    if dry_run:
        return _say_foreseen(recording, as_json, age, size, number)
    try:
        done = retention.prune(recording, time.time(), age, size, number, _progress())
    except sqlite3.OperationalError as error:  # what is damaged is no matter of trying again
        raise RecordingError(f"pruning stopped: {error}", "what was removed until then is gone; try again") from error
    fields = {
        "exchanges": done.exchanges,
        "sessions": done.sessions,
        "problems": done.problems,
        "bodies": done.bodies,
        "size_before": done.size_before,
        "size_after": done.size_after,
    }
    text = f"removed {done.exchanges} calls and {done.bodies} bodies; {_sizes(done.size_before, done.size_after)}"
    emit([json_line(fields) if as_json else text])
    return ExitCode.OK


def _say_foreseen(recording: Path, as_json: bool, keep: float | None, max_size: int | None, session: int | None) -> int:
    conn = open_for_reading(recording)
    try:
        would = retention.foresee(conn, time.time(), keep, max_size, session)
    finally:
        conn.close()
    text = f"would remove {would.exchanges} calls, about {render.size(would.bytes)}B"
    emit([json_line({"exchanges": would.exchanges, "bytes": would.bytes}) if as_json else text])
    return ExitCode.OK


def _sizes(before: int, after: int) -> str:
    return f"{render.size(before)}B before, {render.size(after)}B now"


def _age(text: str | None) -> float | None:
    """Seconds; None for no limit."""
    if text is None or text == "all":
        return None
    try:
        return values.duration(text)[0] / 1000
    except ValueError as error:
        raise UsageError(f"--keep {text}: {error}", "as in --keep 48h, or --keep all") from None


def _size(text: str | None) -> int | None:
    if text is None or text == "all":
        return None
    try:
        return int(values.size(text)[0])
    except ValueError as error:
        raise UsageError(f"--max-size {text}: {error}", "as in --max-size 2G, or --max-size all") from None


def _progress() -> retention.Progress:
    """Say every other second how far it is: on a terminal, for work that takes long."""
    said = time.monotonic()

    def progress(what: str, count: int) -> None:
        nonlocal said
        if sys.stderr.isatty() and time.monotonic() - said > 2:
            said = time.monotonic()
            announce(f"{count} {what}")

    return progress
