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
from inspector.cli.endpoint_options import endpoint_of, endpoint_options
from inspector.errors import CaptureError

if TYPE_CHECKING:
    from inspector.capture.proxy import Proxy, ProxyOptions
    from inspector.capture.trust import TrustFiles


@click.command("record")
@capture_options
@endpoint_options
def command(**given: Any) -> None:
    """The recorder alone; prints what a client must set, and records until Ctrl-C.

    \b
    b2-inspector record                          on a free port
    b2-inspector record --listen 127.0.0.1:8900  on a port of your choice
    b2-inspector record --local                  answered on this machine as B2 would, without an account
    eval "$(b2-inspector env)"                   in the terminal of your program
    b2-inspector record --mode endpoint --upstream https://s3.us-west-004.backblazeb2.com
                                                 for a client that knows no proxy: it is pointed here instead

    An endpoint checks the signature of each call with the client's key (the real one, unless another is named for
    clients), signs it for the upstream with the real key, and keeps both requests.
    """
    from inspector.cli.local_options import local_server

    stop = stop_on_signals()
    endpoint = endpoint_of(given)
    if endpoint is not None and not given["local"]:
        given["profiles"] = ()
    with local_server(given) as settings:
        _record(proxy_options("record", new_uid(), endpoint=endpoint, **settings), stop)


def _record(options: ProxyOptions, stop: threading.Event) -> None:
    from inspector.capture.presence import announce
    from inspector.capture.proxy import Proxy
    from inspector.capture.trust import trust_files
    from inspector.paths import data_dir

    home = data_dir(os.environ)
    proxy = Proxy(options, home, os.environ, say)
    try:
        url = proxy.wait_until_ready()
        # `env` looks for proxies: an endpoint is none.
        proxy_url = url if options.endpoint is None else ""
        with announce(home, proxy_url, options.session_uid, options.recording):
            greet = _greet if options.endpoint is None else _greet_endpoint
            greet(proxy, url, options.recording, trust_files(proxy.authority, home, os.environ))
            while proxy.alive and not stop.wait(0.2):
                pass
    finally:
        died = not proxy.alive
        proxy.stop()
    say(f"session {proxy.session} is closed; look at it with: b2-inspector ls session:{proxy.session}")
    if died and not stop.is_set():
        raise CaptureError("the proxy ended unexpectedly", "what it recorded is safe; start it again")


def stop_on_signals() -> threading.Event:
    """An event that is set when the user, or the system, wants this process to end."""
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


def _greet_endpoint(proxy: Proxy, url: str, recording: Path, trust: TrustFiles) -> None:
    """The same for an endpoint. One port speaks both; over plain http SDKs send other requests than to B2 itself."""
    say(f"recording to {recording}, session {proxy.session}; Ctrl-C ends it")
    say(
        "in the terminal of your program, or as --endpoint-url; with https as SDKs speak to B2, with http without a CA:"
    )
    click.echo(f"AWS_ENDPOINT_URL_S3={url.replace('http://', 'https://', 1)}")
    click.echo(f"AWS_CA_BUNDLE={trust.bundle}")
    click.echo(f"# AWS_ENDPOINT_URL_S3={url}")
