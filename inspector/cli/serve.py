"""`serve`: a server that answers from the recording, for any client, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inspector.capture.environment import ADDING, EVERYBODY
from inspector.cli.capture_options import parse_listen
from inspector.cli.common import echo_json, json_option, say
from inspector.cli.filter_argument import FilterCommand
from inspector.cli.library import Library
from inspector.cli.playing import player_of, playing_options, server_of
from inspector.cli.record import stop_on_signals
from inspector.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from inspector.capture.trust import TrustFiles
    from inspector.replay.play.player import Player
    from inspector.serving.server import ReplayServer

FAULTS = """
\b
RULE, of --fault: which calls, what happens, and how often:
  op:PutObject status:503 every:3     every third upload is told SlowDown
  op:GetObject truncate:1024 times:1  the first download breaks off after 1,024 bytes
  op:UploadPart part:3 reset          the connection breaks
  op:CompleteMultipartUpload error-in-200   the error comes under a 200, as S3 may
  op:GetObject wrong-checksum         one bit of the body is turned
  expired-token                       as if the token were over
  op:ListObjectsV2 latency:2s         two seconds late
  matches: op bucket key part; how often: every:N times:N after:N; more: status:N
  code:NAME message:TEXT cap:transactions|download|storage not-entitled incident
"""


@click.command("serve", cls=FilterCommand, epilog=FAULTS)
@playing_options("[FILTER]...")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:0",
    help="Where the server listens, on this machine only; port 0: a free one.",
)
@json_option
def command(**given: Any) -> int:
    """Answer from the recording what any client asks, without a network, until Ctrl-C.

    \b
    b2-inspector serve                                  the last session, on a free port
    b2-inspector serve -r calls.db --listen 127.0.0.1:8900
    b2-inspector serve --session tests --fault 'op:PutObject status:503 every:3'
    b2-inspector serve --verify-signatures              refuse clients that sign wrongly
    b2-inspector serve -r cassettes/                    sessions on the recordings of a test suite
    b2-inspector replay -- pytest                       one command, and its settings with it

    One port is a proxy for the hosts of the recording, and an endpoint over http and https, in path style and as
    BUCKET.localhost. Calls are matched by what they mean: another SDK, other credentials, another region ask the same.
    Nothing is ever sent on: what was not recorded is answered 400 RecordingMiss, which no SDK tries again, with what
    came nearest, and is told here.

    Ends with a summary. Exit: 0 all calls were answered; 4 one was missed.
    """
    host, port = parse_listen(given["listen"])
    _demand_loopback(host)
    stop = stop_on_signals()
    player = _nobody(given["recording"]) if given["recording"].is_dir() else player_of(given)
    server = server_of(player, host, port, Library(given))
    with server:
        (_greet_json if given["as_json"] else _greet)(server)
        stop.wait()
    ended = server.sessions.ended
    for number, line in enumerate(server.tally.summary()):
        say(line) if number == 0 else click.echo(line, err=True)
    if ended:
        counts = ", ".join(f"{name} {ended[name]}" for name in ("replayed", "missed", "unused"))
        click.echo(f"  in {ended['sessions']} sessions: {counts}", err=True)
    if given["as_json"]:
        echo_json(server.tally.as_dict() | ({"sessions": dict(ended)} if ended else {}))
    return ExitCode.DIFFERS if server.tally.misses or ended["missed"] else ExitCode.OK


def _nobody(directory: Path) -> Player:
    """Who answers calls that name no session, where each session is on a recording of its own."""
    from inspector.serving.sessions import NoSession

    return NoSession("it names no session", str(directory))


def _demand_loopback(host: str) -> None:
    """What is recorded is answered to anyone who asks, without a password."""
    from inspector.capture.proxy import is_loopback

    if not is_loopback(host):
        raise UsageError(
            f"--listen {host} can be reached by others, who could read what was recorded",
            "listen on 127.0.0.1; for a container share the machine's network, or forward a port over ssh",
        )


def _trust(server: ReplayServer) -> TrustFiles:
    from inspector.capture.trust import trust_files
    from inspector.paths import data_dir

    return trust_files(server.authority, data_dir(os.environ), os.environ)


def _greet(server: ReplayServer) -> None:
    """What a client must set, on stdout, so that a script can read it."""
    trust = _trust(server)
    say(f"answering {_calls(server)}; Ctrl-C ends it")
    say(f'in the terminal of your program: eval "$(b2-inspector env --proxy {server.url})"; or set yourself:')
    click.echo(f"HTTPS_PROXY={server.url}")
    click.echo(f"HTTP_PROXY={server.url}")
    for name in EVERYBODY:
        click.echo(f"{name}={trust.bundle}")
    for name in ADDING:
        click.echo(f"{name}={trust.extra}")
    say("or as an endpoint, instead of these:")
    click.echo(f"# AWS_ENDPOINT_URL_S3={server.url}")
    click.echo(f"# AWS_ENDPOINT_URL_S3={_secure(server.url)} AWS_CA_BUNDLE={trust.bundle}")


def _greet_json(server: ReplayServer) -> None:
    trust = _trust(server)
    echo_json(
        {
            "url": server.url,
            "https_url": _secure(server.url),
            "ca_bundle": str(trust.bundle),
            "recording": server.player.cassette.name,
            "calls": len(server.player.cassette.calls),
            "hosts": server.hosts.recorded,
        }
    )


def _calls(server: ReplayServer) -> str:
    from inspector.serving.sessions import NoSession

    count = len(server.player.cassette.calls)
    if isinstance(server.player, NoSession):
        return f"sessions on the recordings in {server.player.cassette.name}"
    return f"{count:,} call{'' if count == 1 else 's'} of {server.player.cassette.name}"


def _secure(url: str) -> str:
    return url.replace("http://", "https://", 1)
