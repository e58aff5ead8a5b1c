"""What several verbs share: the options, and how to write a JSON line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from inspector.paths import default_recording

F = TypeVar("F", bound=Callable[..., Any])


def _recording(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    return value if value is not None else default_recording(os.environ)


_THE_RECORDING = "The recording; else $B2_INSPECTOR_RECORDING, else the rolling one of this user."

recording_option = click.option(
    "-r",
    "--recording",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_recording,
    help=_THE_RECORDING,
)

recordings_option = click.option(
    "-r",
    "--recording",
    type=click.Path(path_type=Path),
    callback=_recording,
    help=f"{_THE_RECORDING} `serve`: or a directory of them, for sessions.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def echo_json(row: Mapping[str, Any]) -> None:
    """One JSON object as a line on stdout."""
    click.echo(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")))


def say(text: str) -> None:
    """A word for the user, on stderr."""
    click.echo(f"b2-inspector: {text}", err=True)
