"""`tui`: the terminal UI on a recording."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inspector.cli.common import recording_option, say
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, read_filter
from inspector.cli.keys import found_keys, profile_option
from inspector.cli.network import network_options
from inspector.errors import ExitCode, UsageError
from inspector.sigv4.key import Key
from inspector.store.filters.tree import to_text
from inspector.store.reader import Recording

if TYPE_CHECKING:
    from inspector.replay.network import Network


@click.command("tui", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@click.option("--filter", "text", metavar="TEXT", help="The filter to begin with, as one text.")
@profile_option
@network_options
@click.option("--ascii", "plain", is_flag=True, help="Draw with ASCII alone.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, and so its own selection.")
@click.option("--serve", is_flag=True, help="In a browser, on this machine alone, until Ctrl-C.")
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:0", help="Where --serve listens; port 0: a free one.")
def command(
    words: tuple[str, ...],
    session: str | None,
    recording: Path,
    text: str | None,
    profiles: tuple[str, ...],
    connect_to: tuple[str, ...],
    upstream_ca: Path | None,
    insecure_upstream: bool,
    plain: bool,
    no_mouse: bool,
    serve: bool,
    listen: str,
) -> int:
    """The terminal UI: the calls, live, and what was said in the selected one.

    With the secrets that SDKs find, or of a --profile, signatures are verified
    as `explain` does; others are asked for where they are needed. They stay in
    memory.

    --connect-to and --upstream-ca are for calls that are sent again from here.

    What a recorder writes into the recording shows as it comes. NO_COLOR is
    honoured. `?` shows the keys; docs/tui.md has the config file.

    \b
    b2-inspector tui
    b2-inspector tui is:error --session last
    b2-inspector tui -r upload.db --filter 'dur:>2s OR status:5xx'
    b2-inspector tui --serve
    """
    where = read_filter((*words, *([text] if text else [])), session)
    if serve:
        ways = [f"--connect-to={way}" for way in connect_to]
        ways += [f"--upstream-ca={upstream_ca.absolute()}"] if upstream_ca else []
        ways += (["--insecure-upstream"] if insecure_upstream else []) + (["--ascii"] if plain else [])
        ways += [f"--profile={name}" for name in profiles]
        return _serve([f"--filter={to_text(where)}", *ways], recording, listen)
    if not os.environ.get("TEXTUAL_DRIVER"):  # set by what draws elsewhere: in a browser's page
        demand_terminal()
    keys = found_keys(profiles, os.environ)
    with Recording(recording) as opened:
        return _run(opened, to_text(where), plain, no_mouse, keys, (connect_to, upstream_ca, insecure_upstream))


def _serve(words: Sequence[str], recording: Path, listen: str) -> int:
    from inspector.capture.proxy import is_loopback
    from inspector.cli.capture_options import parse_listen
    from inspector.tui.web import serve

    host, port = parse_listen(listen)
    if not is_loopback(host):
        raise UsageError(
            f"--listen {host} can be reached by others, and this is a terminal over http",
            "listen on 127.0.0.1; from another machine forward the port over ssh",
        )
    with Recording(recording):
        pass  # what is wrong with it is better said here than in a page
    serve(["tui", "-r", str(recording.absolute()), *words], host, port, say)
    return ExitCode.OK


def has_terminal() -> bool:
    """Whether there is a terminal to draw on: Textual reads standard input and draws on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return os.environ.get("TERM") != "dumb" and all(stream is not None and stream.isatty() for stream in streams)


def demand_terminal() -> None:
    """Raises UsageError where there is no terminal."""
    if not has_terminal():
        raise UsageError(
            "the terminal UI needs a terminal, and here input or output is none",
            "for pipes, files and scripts: b2-inspector ls, b2-inspector show ID",
        )


def _run(
    opened: Recording,
    filter_text: str,
    plain: bool,
    no_mouse: bool,
    keys: Sequence[Key],
    ways: tuple[tuple[str, ...], Path | None, bool],
) -> int:
    # Imported here, not above: the words about a missing terminal or recording must not wait for Textual.
    from inspector.paths import data_place
    from inspector.tui.app import InspectorApp
    from inspector.tui.glyphs import ASCII, UNICODE
    from inspector.tui.settings.settings import settings_of

    settings = settings_of(os.environ)
    config = settings.config
    glyphs = ASCII if plain or config.ascii else UNICODE
    home, path = data_place(os.environ), opened.path.resolve()

    def recorder_runs() -> bool:
        from inspector.capture.presence import running  # a tenth of a second, for which the list need not wait

        return any(Path(recorder.recording).resolve() == path for recorder in running(home))

    def reach() -> Network:
        from inspector.replay.network import Network  # who sends nothing again need not wait for it

        return Network(*ways)

    app = InspectorApp(opened, filter_text, recorder_runs, glyphs, keys, settings, reach)
    app.run(mouse=not no_mouse and config.mouse is not False)
    return app.return_code or 0
