"""`run -- CMD`: a command with the recorder around it."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from inspector.cli.capture_options import capture_options, new_uid, proxy_options
from inspector.cli.common import say
from inspector.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from inspector.capture.clients import Program
    from inspector.capture.proxy import ProxyOptions


@click.command("run", context_settings={"allow_interspersed_args": False})
@capture_options
@click.option(
    "--as",
    "as_program",
    metavar="PROGRAM",
    help="Set things up for this program (python, aws, node, java, go, rclone, …) instead of guessing.",
)
@click.option(
    "--fail-on",
    metavar="FILTER|lint",
    help="Exit with 4 when a call of this run matches; `lint`: when B2 would not take one, or not as it looks.",
)
@click.argument("cmd", nargs=-1, type=click.UNPROCESSED, required=True)
def command(cmd: tuple[str, ...], as_program: str | None, fail_on: str | None, **given: Any) -> None:
    """Run CMD with the recorder around it: it comes through the proxy and trusts it; nothing else is set.

    \b
    b2-inspector run -- python upload.py
    b2-inspector run -- aws s3 ls s3://photos --endpoint-url https://s3.us-west-004.backblazeb2.com
    b2-inspector run --as go -- ./backup
    b2-inspector run --fail-on 'status:>=500' -- pytest tests/
    b2-inspector run --fail-on lint -- pytest tests/
    b2-inspector run --local --fault cap:download -- python report.py    no account, no network

    Ends with a summary on stderr. Exits as CMD does; else with 4 when --fail-on matched; else with 0.
    """
    sys.exit(run_recorded(list(cmd), as_program, fail_on, **given))


def run_recorded(cmd: list[str], as_program: str | None = None, fail_on: str | None = None, **given: Any) -> int:
    """Run `cmd` with a recorder around it; gives the exit code. `given`: the options of `capture_options`.

    Raises:
        UsageError: no such command; a filter or option that cannot be read.
        CaptureError: the recorder cannot start.
    """
    demand_command(cmd[0])
    from inspector.capture.clients import named
    from inspector.capture.detect import detect
    from inspector.cli.local_options import local_server
    from inspector.cli.summary import fails_on, parse_fail_on

    wanted = parse_fail_on(fail_on)
    program = named(as_program) if as_program else detect(cmd)
    with local_server(given) as settings:
        options = proxy_options("run", new_uid(), program=_without_arguments(cmd), **settings)
        code, session = _recorded(cmd, program, options, guessed=as_program is None)
    if code == ExitCode.OK and wanted is not None and fails_on(options.recording, session, wanted):
        return ExitCode.DIFFERS
    return code


def _recorded(cmd: list[str], program: Program, options: ProxyOptions, *, guessed: bool) -> tuple[int, int]:
    """Run the command, sum up; gives its exit code and the session's number."""
    from inspector.capture.child import run_child
    from inspector.capture.environment import child_environment
    from inspector.capture.presence import announce
    from inspector.capture.proxy import Proxy
    from inspector.capture.trust import trust_files
    from inspector.cli.summary import Setup, summarise
    from inspector.paths import data_dir

    home = data_dir(os.environ)
    proxy = Proxy(options, home, os.environ, say)
    try:
        url = proxy.wait_until_ready()
        trust = trust_files(proxy.authority, home, os.environ)
        plan = child_environment(program, os.environ, url, trust, options.session_uid)
        for note in plan.notes:
            say(note)
        with announce(home, url, options.session_uid, options.recording):
            code = run_child(cmd, plan.applied(os.environ))
        if not proxy.alive:
            say("the proxy ended before the program did: calls after that are NOT RECORDED, and they could not pass")
    finally:
        proxy.stop()
    assert proxy.session is not None
    summarise(options.recording, proxy.session, Setup(program, trust, guessed))
    return code, proxy.session


def demand_command(name: str, example: str = "b2-inspector run -- python upload.py") -> None:
    """Raises UsageError where there is no such command."""
    if shutil.which(name) is None:
        raise UsageError(f"no such command: {name}", f"write the command after --, as in: {example}")


def _without_arguments(cmd: list[str]) -> str:
    """The program's name and, where the first argument is a file, that file's: other arguments may hold secrets."""
    names = [os.path.basename(cmd[0])]
    if len(cmd) > 1 and os.path.isfile(cmd[1]):
        names.append(os.path.basename(cmd[1]))
    return " ".join(names)
