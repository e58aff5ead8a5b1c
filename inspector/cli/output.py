"""Writing to stdout: as soon as there is something, and in UTF-8 wherever that goes."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

import click

SHOWN_IN = "B2_INSPECTOR_SHOWN_IN"
"""The variable in which the terminal UI says how wide it will show what a verb prints into its pipe."""

PROMPT = 0.1
"""Seconds that a line may wait for others before it is sent."""


def emit(lines: Iterable[str], at_once: bool = False) -> None:
    """Write the lines as they come; each `at_once` when long pauses are to be expected between them."""
    prepare()
    stdout = sys.stdout
    sent = 0.0
    for line in lines:
        stdout.write(line + "\n")
        now = time.monotonic()
        if at_once or now - sent > PROMPT:
            stdout.flush()
            sent = now
    stdout.flush()


def emit_bytes(windows: Iterable[bytes]) -> None:
    """Write bytes as they are."""
    sys.stdout.flush()
    for window in windows:
        sys.stdout.buffer.write(window)
    sys.stdout.buffer.flush()


def prepare() -> None:
    """Keys hold any character: a pipe takes UTF-8, and a terminal that cannot show one shows its number."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def json_line(value: Mapping[str, Any]) -> str:
    """One JSON object as a line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def terminal_width() -> int | None:
    """The columns of the terminal that stdout is, or that somebody has who shows what we say; None without one."""
    if sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    shown = os.environ.get(SHOWN_IN, "")
    return int(shown) if shown.isdecimal() else None


def announce(text: str) -> None:
    """A word for the user, on stderr."""
    click.echo(f"b2-inspector: {text}", err=True)
