"""`doctor`: what is wrong with a set-up; with `--probe`, what is not known of B2 yet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from inspector.cli.common import json_option, recording_option, say
from inspector.cli.doctor_probe import probe_options, probe_wanted, probed
from inspector.cli.output import emit, json_line
from inspector.doctor.line import Level, Line
from inspector.doctor.setup import Setup
from inspector.errors import ExitCode, InspectorError
from inspector.view.render import safe


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask no server: leaves the clock unchecked.")
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="A profile of the AWS files. Repeatable.")
@recording_option
@probe_options
@json_option
def command(offline: bool, profiles: tuple[str, ...], recording: Path, as_json: bool, **probe: Any) -> int:
    """What is wrong with a set-up: credentials, endpoint, clock, proxies, trust, versions. Changes nothing.

    Every line is ok, warn or bad, with what was seen and its fix. Ends with 4 when one is bad, else with 0. The one
    server that is asked is the endpoint that is set (for its clock, unsigned). Secrets are read and never shown.

    \b
    b2-inspector doctor
    b2-inspector doctor --offline --json

    --probe asks a live service what no public trace settles (how a `+` is signed, how far a clock may be off, what is
    said of two faults at once): some eighty small signed requests below a prefix of their own, which is removed
    afterwards. They are shown first, and sent after a y or --yes. The answers are written to a file without secrets.

    \b
    b2-inspector doctor --probe my-bucket --dry-run
    """
    if probe_wanted(probe):
        return probed(profiles, recording, as_json, **probe)
    lines = _examined(recording, profiles, offline)
    emit([json_line(_fields(line)) for line in lines] if as_json else list(_table(lines)))
    _sum_up(lines)
    return ExitCode.DIFFERS if any(line.level is Level.BAD for line in lines) else ExitCode.OK


def _examined(recording: Path, profiles: tuple[str, ...], offline: bool) -> list[Line]:
    from inspector.cli.doctor_look import look
    from inspector.cli.doctor_programs import installed
    from inspector.doctor.checks import examined

    setup = look(os.environ, recording, profiles)
    setup = replace(setup, installed=installed(os.environ, Path.cwd()))
    return examined(setup if offline else _with_clock(setup))


def _with_clock(setup: Setup) -> Setup:
    from inspector.cli.doctor_look import endpoint_address
    from inspector.cli.doctor_network import ask_clock

    if setup.endpoint is None or endpoint_address(setup.endpoint.value) is None:
        say("the clock is not compared: no endpoint is set that could be asked")
        return setup
    try:
        return replace(setup, clock=ask_clock(setup.endpoint.value.strip()))
    except InspectorError as error:
        say(f"the clock is not compared: {error.message}")
        return setup


def _fields(line: Line) -> dict[str, Any]:
    return {"check": line.check, "level": line.level.value, "seen": line.seen, "fix": line.fix}


def _table(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield f"{line.level.value:<5} {safe(line.seen)}"
        if line.fix:
            yield f"      → {safe(line.fix)}"


def _sum_up(lines: Sequence[Line]) -> None:
    counts = {level: sum(line.level is level for line in lines) for level in Level}
    bad, warn = counts[Level.BAD], counts[Level.WARN]
    if bad or warn:
        say(f"{bad} bad, {warn} to look at, {counts[Level.OK]} ok")
    else:
        say("nothing is wrong here")
