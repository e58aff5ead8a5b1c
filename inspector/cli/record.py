"""`record`: the recorder alone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inspector.capture.environment import ADDING, EVERYBODY
from inspector.cli.capture_options import capture_options, new_uid, proxy_options
from inspector.cli.common import say
from inspector.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from inspector.capture.proxy import Proxy, ProxyOptions
    from inspector.capture.trust import TrustFiles


@click.command("record")
@capture_options
@click.option(
    "--mode", type=click.Choice(["proxy", "endpoint"]), default="proxy", show_default=True, help="How clients come in."
)
def command(mode: str, **given: Any) -> None:
    """The recorder alone; prints what a client must set, and records until Ctrl-C.

    \b
    b2-inspector record                          on a free port
    b2-inspector record --listen 127.0.0.1:8900  on a port of your choice
    b2-inspector record --local                  answered on this machine as B2 would, without an account
    eval "$(b2-inspector env)"                   in the terminal of your program
    """
    if mode == "endpoint":
        raise UsageError("`record --mode endpoint` is known, but not built yet", "use proxy mode: leave --mode away")
    from inspector.cli.local_options import local_server

    stop = _stop_on_signals()
    with local_server(given) as settings:
        _record(proxy_options("record", new_uid(), **settings), stop)


def _record(options: ProxyOptions, stop: threading.Event) -> None:
    from inspector.capture.presence import announce
    from inspector.capture.proxy import Proxy
    from inspector.capture.trust import trust_files
    from inspector.paths import data_dir

    home = data_dir(os.environ)
    proxy = Proxy(options, home, os.environ, say)
    try:
        url = proxy.wait_until_ready()
        with announce(home, url, options.session_uid, options.recording):
            _greet(proxy, url, options.recording, trust_files(proxy.authority, home, os.environ))
            while proxy.alive and not stop.wait(0.2):
                pass
    finally:
        died = not proxy.alive
        proxy.stop()
    say(f"session {proxy.session} is closed; look at it with: b2-inspector ls session:{proxy.session}")
    if died and not stop.is_set():
        raise CaptureError("the proxy ended unexpectedly", "what it recorded is safe; start it again")


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    return stop


def _greet(proxy: Proxy, url: str, recording: Path, trust: TrustFiles) -> None:
    """What a client must set, on stdout, so that a script can read it."""
    say(f"recording to {recording}, session {proxy.session}; Ctrl-C ends it")
    say('in the terminal of your program: eval "$(b2-inspector env)"; or set yourself:')
    click.echo(f"HTTPS_PROXY={url}")
    for name in EVERYBODY:
        click.echo(f"{name}={trust.bundle}")
    for name in ADDING:
        click.echo(f"{name}={trust.extra}")
