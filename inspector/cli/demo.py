"""`demo`: a first look, without an account or network."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import click

from inspector.cli.common import say
from inspector.cli.output import emit
from inspector.errors import ExitCode, InspectorError, RecordingError
from inspector.paths import data_dir
from inspector.samples import SAMPLES, sample_path

HOST = "s3.us-west-004.backblazeb2.com"
SCRIPT = "demo.py"
SESSION = "demo"

# What `run` would be given on the command line.
RUN_OPTIONS: dict[str, Any] = {
    "listen": "127.0.0.1:0",
    "allow_remote": False,
    "insecure_upstream": False,
    "keep_body": "16m",
    "hosts": (),
    "all_hosts": False,
    "name": SESSION,
}


class DemoError(InspectorError):
    """The demo cannot be given."""


def _names(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
    return [each.name for each in SAMPLES if each.name.startswith(typed)]


@click.command("demo")
@click.option(
    "-r",
    "--recording",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Record to this file; else to demo.db in this user's data directory, begun anew each time.",
)
@click.option(
    "--sample", metavar="NAME", shell_complete=_names, help="Open a recording that ships, instead of making one."
)
@click.option("--list", "list_samples", is_flag=True, help="List the recordings that ship.")
@click.option("--no-tui", is_flag=True, help="Print what was recorded; open no terminal UI.")
def command(recording: Path | None, sample: str | None, list_samples: bool, no_tui: bool) -> int:
    """A first look: real boto3 calls to a local stand-in for B2, on B2's host name, recorded.

    \b
    b2-inspector demo            opens the terminal UI on what was recorded
    b2-inspector demo --no-tui   prints it instead, as it does without a terminal
    b2-inspector demo --list     recordings that ship: each SDK's session, each family of failures
    b2-inspector demo --sample signature

    Nothing leaves this machine, no account is needed, and your own recording stays as it is.
    """
    if list_samples:
        emit(f"{each.name:<12}  {each.about}" for each in SAMPLES)
        return ExitCode.OK
    if sample is not None:
        return _show_sample(sample_path(sample), recording, no_tui)
    _demand_parts()
    path = recording or _fresh(data_dir(os.environ) / "demo.db")
    code = _record(path)
    if code != ExitCode.OK:
        # Ctrl-C ended the script; what it did until then is recorded.
        return code
    if not no_tui and _on_a_terminal() and _open_tui(path):
        return ExitCode.OK
    _print_what_was_recorded(path)
    return ExitCode.OK


def _show_sample(shipped: Path, recording: Path | None, no_tui: bool) -> int:
    """Show a copy: what ships is read by others too, and the terminal UI marks calls."""
    path = _fresh(recording or data_dir(os.environ) / f"{shipped.stem}.db")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(shipped, path)
        path.chmod(0o600)
    except OSError as error:
        raise DemoError(f"the sample cannot be copied to {path}: {error.strerror}", "Name another: -r FILE") from None
    if no_tui or not _on_a_terminal() or not _open_tui(path):
        _print_what_was_recorded(path)
    return ExitCode.OK


def _demand_parts() -> None:
    missing = [name for name in ("boto3", "moto", "flask", "flask_cors") if not _has(name)]
    if missing:
        raise DemoError(f"the demo needs {' and '.join(missing)}", "pip install 'b2-inspector[demo]'")


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _fresh(path: Path) -> Path:
    """The demo's own recording, emptied."""
    for suffix in ("", "-wal", "-shm"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise RecordingError(
                f"cannot begin {path} anew: {error.strerror}", "Close it, or name another: -r FILE"
            ) from None
    return path


# Recording


def _record(path: Path) -> int:
    """Run the script against a local server with the recorder around it; gives the script's exit code."""
    from inspector.capture.authority import ensure_authority
    from inspector.capture.local import LocalOptions, LocalServer
    from inspector.cli.run import run_recorded
    from inspector.demo.calls import KEY_ID, SECRET

    home = data_dir(os.environ)
    # On Windows a file may still be held for a moment by the program that has just ended.
    temporary = TemporaryDirectory(prefix="b2-inspector-demo-", ignore_cleanup_errors=os.name == "nt")
    with _ending_in_order(), temporary as directory:
        script = _copy_script(Path(directory))
        with LocalServer(LocalOptions(keys=[(KEY_ID, SECRET)]), home, os.environ) as server:
            say(f"{HOST} is played by a server on 127.0.0.1:{server.port}, which refuses what B2 refuses, in its words")
            say(f"b2-inspector run --local -- python {SCRIPT}")
            return run_recorded(
                [sys.executable, str(script)],
                as_program="python",
                recording=path,
                connect_to=server.connect_to,
                upstream_ca=ensure_authority(home).certificate,
                **RUN_OPTIONS,
            )


def _copy_script(directory: Path) -> Path:
    """The script as a file of its own, as a user's would be: it must not see our modules beside it."""
    return Path(shutil.copy(Path(__file__).parent.parent / "demo" / "calls.py", directory / SCRIPT))


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A SIGTERM or SIGHUP unwinds, so that server and files are cleaned away, as Ctrl-C does by itself."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), leave) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


# Showing


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("CI", "") in ("", "0", "false")


def _open_tui(path: Path) -> bool:
    """Open the terminal UI on the recording; whether there is one."""
    try:
        from inspector.cli.tui import command as tui
    except ImportError:
        return False
    tui.main(["-r", str(path)], standalone_mode=False)
    return True


def _print_what_was_recorded(path: Path) -> None:
    failed = _first_failed(path)
    _verb("ls", path)
    if failed is not None:
        _verb("show", path, str(failed))
    say("look further:")
    for line in (f"ls is:error -r {path}", f"stats -r {path}", f"tui -r {path}"):
        click.echo(f"  b2-inspector {line}", err=True)
    say("and with a program of your own:")
    click.echo("  b2-inspector run -- python your_script.py", err=True)


def _first_failed(path: Path) -> int | None:
    from inspector.store.reader import Recording

    with Recording(path) as opened:
        return next((row.id for row in opened.exchanges("is:error")), None)


def _verb(name: str, path: Path, *words: str) -> None:
    """Call a verb as the user would, with the command line above it."""
    verb = importlib.import_module(f"inspector.cli.{name}").command
    words = (*words, "-r", str(path))
    click.echo(err=True)
    say(" ".join((name, *words)))
    verb.main(list(words), prog_name=f"b2-inspector {name}", standalone_mode=False)
