"""`replay -- CMD`: a command whose calls are answered from the recording, and go nowhere."""

from __future__ import annotations

import os
from typing import Any

import click

from inspector.cli.common import say
from inspector.cli.filter_argument import FilterCommand
from inspector.cli.playing import player_of, playing_options, server_of
from inspector.cli.run import demand_command
from inspector.cli.serve import FAULTS
from inspector.errors import ExitCode


@click.command("replay", cls=FilterCommand, epilog=FAULTS)
@playing_options("[FILTER]... -- CMD...")
@click.option(
    "--as",
    "as_program",
    metavar="PROGRAM",
    help="Set things up for this program (python, aws, node, java, go, rclone, …) instead of guessing.",
)
@click.pass_context
def command(ctx: click.Context, /, as_program: str | None, **given: Any) -> int:
    """Run CMD with its calls answered from the recording: no account, no network.

    \b
    b2-inspector run -- pytest tests/                   record once
    b2-inspector replay -- pytest tests/                and play
    b2-inspector replay --session 3 --fault 'op:GetObject status:503 times:2' -- python report.py

    CMD comes to the server as it comes to the recorder under `run`. A call that was not recorded is answered 400
    RecordingMiss and told here. Exits as CMD does; else with 4 when a call was missed; else with 0.
    """
    cmd: list[str] = ctx.obj
    demand_command(cmd[0], "b2-inspector replay -- pytest")
    from inspector.capture.clients import named
    from inspector.capture.detect import detect

    program = named(as_program) if as_program else detect(cmd)
    return _played(cmd, program, given, guessed=as_program is None)


def _played(cmd: list[str], program: Any, given: dict[str, Any], *, guessed: bool) -> int:
    from inspector.capture.child import run_child
    from inspector.capture.environment import child_environment, explain_refusal, explain_silence
    from inspector.capture.trust import trust_files
    from inspector.paths import data_dir

    with server_of(player_of(given)) as server:
        trust = trust_files(server.authority, data_dir(os.environ), os.environ)
        plan = child_environment(program, os.environ, server.url, trust, "")
        for note in plan.notes:
            say(note)
        code = run_child(cmd, plan.applied(os.environ))
    tally = server.tally
    for number, line in enumerate(tally.summary()):
        say(line) if number == 0 else click.echo(line, err=True)
    advice: list[str] = []
    if tally.distrusting:
        advice = explain_refusal(program, trust)
    elif not tally.calls:
        advice = [*_without_credentials(), *explain_silence(program, trust, guessed, "replay")]
    for line in advice:
        click.echo(f"  {line}", err=True)
    return code or (ExitCode.DIFFERS if tally.misses else ExitCode.OK)


def _without_credentials() -> list[str]:
    """In CI there often are none, and an SDK makes no call without."""
    from inspector.cli.keys import usual_keys

    if usual_keys(os.environ):
        return []
    return [
        "No credentials are set here, without which SDKs make no call. Any will do for a replay:",
        "  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
    ]
