"""The table of verbs, and the one place where an error becomes an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from inspector import __version__
from inspector.errors import ExitCode, InspectorError

# A verb is imported when it is called: `ls` must not wait for mitmproxy, Textual or cryptography.
VERBS = {
    "tui": ("inspector.cli.tui", "The terminal UI on a recording."),
    "run": ("inspector.cli.run", "Run a command with the recorder around it."),
    "record": ("inspector.cli.record", "The recorder alone; prints what a client must set."),
    "env": ("inspector.cli.env", "The settings for a terminal that is already open."),
    "ls": ("inspector.cli.ls", "List calls."),
    "show": ("inspector.cli.show", "One call, byte for byte."),
    "explain": ("inspector.cli.explain", "Why a call failed, and what to do."),
    "lint": ("inspector.cli.lint", "What of the traffic B2 does not support; for CI."),
    "sigv4": ("inspector.cli.sigv4", "A raw request: every step to its signature."),
    "diff": ("inspector.cli.diff", "Two calls, or two sessions, side by side."),
    "replay": ("inspector.cli.replay", "Calls sent again, signed anew; `replay -- CMD`: CMD answered offline."),
    "serve": ("inspector.cli.serve", "Answer any client from the recording, offline."),
    "verify": ("inspector.cli.verify", "Sent again and compared: does it still answer so?"),
    "sign": ("inspector.cli.sign", "A presigned URL, offline."),
    "stats": ("inspector.cli.stats", "Calls, errors and times by operation."),
    "tail": ("inspector.cli.tail", "Follow calls as they come."),
    "sessions": ("inspector.cli.sessions", "The sessions of a recording."),
    "problems": ("inspector.cli.problems", "What went wrong outside any call."),
    "import": ("inspector.cli.import_", "Bring in what others captured."),
    "export": ("inspector.cli.export", "What was recorded, for others: curl, HAR, boto3, cassettes, flows…"),
    "scan": ("inspector.cli.scan", "Credentials that are left, in recordings and files."),
    "scrub": ("inspector.cli.scrub", "A copy without credentials."),
    "prune": ("inspector.cli.prune", "Drop what is old or too much."),
    "demo": ("inspector.cli.demo", "A first look, without an account or network."),
    "doctor": ("inspector.cli.doctor", "What is wrong with a set-up."),
    "info": ("inspector.cli.info", "Versions and paths."),
}


class ClosedPipe(Exception):
    """Whoever reads our output has seen enough."""


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A verb that is not there names the one that comes nearest."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches  # 13 ms that only a mistake should cost

            near = get_close_matches(args[0], VERBS, 1) or [name for name in VERBS if name.startswith(args[0])]
            ctx.fail(f"No such command {args[0]!r}." + (f" The nearest is {near[0]!r}." if near else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """click would end with 1 when the pipe is closed (click/core.py, `except OSError`): it must not see that."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise ClosedPipe from None
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs from the table, so that `--help` imports none of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, summary) for name, (_, summary) in VERBS.items()])


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="b2-inspector")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """See what an S3 SDK says to Backblaze B2, and what B2 says back.

    \b
    b2-inspector run -- python upload.py     record what a program does
    b2-inspector ls is:error                 the calls that failed
    b2-inspector show 12                     one of them, byte for byte
    b2-inspector demo                        a first look without an account
    """
    if ctx.invoked_subcommand is None:
        from inspector.cli.tui import command, has_terminal

        if not has_terminal():
            click.echo(ctx.get_help())
            return
        with command.make_context("tui", [], parent=ctx) as alone:
            ctx.exit(command.invoke(alone))


def main() -> None:
    """Run the command line and end the process with one of `ExitCode`."""
    _open_closed_streams()
    try:
        code = cli.main(prog_name="b2-inspector", standalone_mode=False)
    except InspectorError as error:
        click.echo(f"b2-inspector: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except ClosedPipe:
        _forget_stdout()
        sys.exit(ExitCode.OK)
    except OSError as error:
        # A full disk under stdout, a file that went away: the system's own words say it best.
        click.echo(f"b2-inspector: {error}\n  Look at the disk and at the file's permissions.", err=True)
        _forget_stdout()
        sys.exit(ExitCode.FAILED)
    except Exception as error:
        words = _of_a_database(error)
        if words is None:
            raise
        click.echo(f"b2-inspector: {words}", err=True)
        sys.exit(ExitCode.FAILED)
    sys.exit(code if isinstance(code, int) else ExitCode.OK)


def _of_a_database(error: Exception) -> str | None:
    """What SQLite says of a file that could be opened, and is damaged, locked or full further in; None: not SQLite.

    It is not imported for this: `--help` and `sigv4` do without it.
    """
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 is None or not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "")
    hint = next((hint for start, hint in _OF_A_DATABASE.items() if name.startswith(start)), "")
    return f"The recording cannot be read or written: {error}." + (f"\n  {hint}" if hint else "")


_SAVE = "See what is damaged: sqlite3 FILE 'PRAGMA integrity_check'; save the rest: sqlite3 FILE .recover"

_OF_A_DATABASE = {
    "SQLITE_CORRUPT": _SAVE,
    "SQLITE_NOTADB": _SAVE,
    "SQLITE_BUSY": "Another program has held it for long: end that, or try again.",
    "SQLITE_FULL": "Make room on the disk, or name another file: -r FILE.",
    "SQLITE_READONLY": "Look at the permissions of the file and of its directory.",
    "SQLITE_IOERR": "Look at the disk and at the file's permissions.",
}


def _open_closed_streams() -> None:
    """Started with `>&-` or without a console, Python has None for a stream: then what is said goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open to the end)


def _forget_stdout() -> None:
    """What is still in the buffer goes nowhere. Python would complain once more when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
