"""`info`: versions and paths."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path
from typing import Any

import click

from inspector import __version__
from inspector.cli.common import json_option, recording_option
from inspector.cli.output import emit, json_line
from inspector.errors import ExitCode, RecordingError
from inspector.paths import data_place
from inspector.store.reader import Recording
from inspector.store.version import SCHEMA_VERSION
from inspector.view import render

PACKAGES = ("mitmproxy", "textual", "sqlite-utils", "lxml", "zstandard", "cryptography", "click")


@click.command("info")
@recording_option
@json_option
def command(recording: Path, as_json: bool) -> int:
    """Versions and paths: what to say when you ask for help. Contains nothing of the recorded calls.

    \b
    b2-inspector info
    b2-inspector info --json
    """
    fields = {**_versions(), "data_directory": str(data_place(os.environ)), "recording": _recording(recording)}
    emit([json_line(fields)] if as_json else _lines(fields))
    return ExitCode.OK


def _versions() -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    def installed(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    return {
        "b2_inspector": __version__,
        "schema": SCHEMA_VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {package: installed(package) for package in PACKAGES},
    }


def _recording(path: Path) -> dict[str, Any]:
    """What there is to say of the recording; why it cannot be opened, where it cannot."""
    fields: dict[str, Any] = {"path": str(path)}
    try:
        with Recording(path) as opened:
            count, last = opened.count(), opened.last_id()
            return {
                **fields,
                "bytes": path.stat().st_size,
                "log_bytes": _size(Path(f"{path}-wal")),
                "sessions": opened.session_count(),
                "exchanges": count,
                "last_id": last,
                "journal": opened.journal_mode(),
                "not_indexed": opened.not_indexed(),
            }
    except RecordingError as error:
        return {**fields, "problem": error.message}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _lines(fields: dict[str, Any]) -> list[str]:
    recording = fields["recording"]
    lines = [
        f"b2-inspector    {fields['b2_inspector']}  (schema {fields['schema']})",
        f"Python          {fields['python']}  on {fields['system']}",
        f"SQLite          {fields['sqlite']}",
        *(f"{package:<15} {version or 'not installed'}" for package, version in fields["packages"].items()),
        f"data directory  {fields['data_directory']}",
        f"recording       {recording['path']}",
    ]
    if "problem" in recording:
        return [*lines, f"                {recording['problem']}"]
    return [
        *lines,
        f"                {recording['sessions']} sessions, {recording['exchanges']} calls,"
        f" {render.size(recording['bytes'])}B, journal {recording['journal']}"
        f" ({render.size(recording['log_bytes'])}B not merged yet)",
        f"                {recording['not_indexed']} calls are not in the full-text index yet (searches read them)",
    ]
