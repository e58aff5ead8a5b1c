"""`env`: the settings for a terminal that is already open."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from inspector.capture.clients import UNKNOWN, Program, named
from inspector.capture.environment import SESSION, EnvironmentPlan, child_environment
from inspector.capture.presence import Recorder, running
from inspector.capture.shells import SHELLS, Shell, spoken_by
from inspector.cli.common import say
from inspector.errors import CaptureError, UsageError
from inspector.paths import data_place


@click.command("env")
@click.option("--shell", type=click.Choice(list(SHELLS)), help="The language to print; else that of your shell.")
@click.option("--proxy", metavar="URL", help="The recorder's proxy, http://HOST:PORT; else that of the one that runs.")
@click.option(
    "--as", "as_program", metavar="PROGRAM", help="What one program needs (java, go-aws, …), not the common set."
)
def command(shell: str | None, proxy: str | None, as_program: str | None) -> None:
    """The settings for a terminal that is already open: what `run` would set.

    \b
    eval "$(b2-inspector env)"               bash, zsh and other POSIX shells
    b2-inspector env --shell fish | source
    b2-inspector env --shell pwsh | Out-String | Invoke-Expression
    b2-inspector env --as java               settings that only a Java program should get

    Nothing else is set: no region, endpoint, credential or checksum setting.
    """
    language = SHELLS[shell] if shell else _own_shell(os.environ)
    program = named(as_program) if as_program else UNKNOWN
    home = data_place(os.environ)
    plan = _plan(program, home, *_target(home, proxy))
    for line in _lines(plan, language):
        click.echo(line)
    _talk(plan, language, as_program is not None)


def _target(home: Path, proxy: str | None) -> tuple[str, str]:
    """The proxy's URL and the session's uid (empty when only the URL is known)."""
    if proxy is not None:
        return _demand_proxy(proxy), ""
    recorder = _the_one([one for one in running(home) if one.proxy_url])
    say(f"the recorder with process id {recorder.pid}, recording to {recorder.recording}")
    return recorder.proxy_url, recorder.session


def _demand_proxy(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname and parts.port:
            return url
    except ValueError:
        pass
    raise UsageError("--proxy is no http://HOST:PORT", "write the URL that `b2-inspector record` printed")


def _the_one(recorders: list[Recorder]) -> Recorder:
    if not recorders:
        raise CaptureError("no recorder runs", "start one in another terminal: b2-inspector record")
    if len(recorders) > 1:
        say(f"{len(recorders)} recorders run; the latest is taken, --proxy URL names another")
    return recorders[0]


def _plan(program: Program, home: Path, proxy_url: str, session: str) -> EnvironmentPlan:
    # Late, as everything that needs cryptography: `env --help` does not.
    from inspector.capture.authority import ensure_authority
    from inspector.capture.trust import trust_files

    trust = trust_files(ensure_authority(home), home, os.environ)
    return child_environment(program, os.environ, proxy_url, trust, session)


def _lines(plan: EnvironmentPlan, shell: Shell) -> list[str]:
    chosen = {name: value for name, value in plan.set.items() if value or name != SESSION}
    return [*map(shell.unset, plan.unset), *(shell.set(name, value) for name, value in chosen.items())]


def _talk(plan: EnvironmentPlan, shell: Shell, one_program: bool) -> None:
    if sys.stdout.isatty():
        say(f"this is for your shell to read: {shell.usage}")
    for note in plan.notes:
        say(note)
    if not one_program:
        say("Java programs, and Go programs with an AWS SDK on macOS or Windows, need more: --as java, --as go-aws")


def _own_shell(environ: Mapping[str, str]) -> Shell:
    """The shell that reads our output: the parent process where that can be seen, else `$SHELL`, else the system's."""
    for command_line in (_parent(), environ.get("SHELL", "")):
        shell = spoken_by(command_line)
        if shell is not None:
            return shell
    return SHELLS["pwsh" if sys.platform == "win32" else "bash"]


def _parent() -> str:
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text(encoding="utf-8")
    except OSError:  # no /proc (macOS, Windows)
        return ""
