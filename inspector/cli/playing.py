"""What `serve` and `replay -- CMD` share: which calls are played, and how."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inspector.cli.common import recordings_option, say
from inspector.cli.filter_argument import read_filter
from inspector.cli.keys import key_options, keys_at_hand
from inspector.errors import NothingMatched, UsageError
from inspector.store.filters.tree import Node

if TYPE_CHECKING:
    from inspector.replay.play.player import Player
    from inspector.serving.server import ReplayServer
    from inspector.serving.sessions import Library

F = TypeVar("F", bound=Callable[..., Any])

EVERY = "all"

_OPTIONS = (
    click.option(
        "--session",
        metavar="N|NAME|last|all",
        help="The session that is played; the last one where nothing is said. `all`: one after the other.",
    ),
    recordings_option,
    click.option("--verify-signatures", is_flag=True, help="Refuse what is signed wrongly, with the keys at hand."),
    key_options,
    click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="RULE",
        help="Trouble on demand, as in 'op:PutObject status:503 every:3', 'op:UploadPart part:3 reset',"
        " 'op:GetObject truncate:1024'. Repeatable; `serve --help` has them all.",
    ),
    click.option(
        "--latency",
        type=click.FloatRange(min=0),
        default=0.0,
        metavar="FACTOR",
        help="Take this many times as long to the first byte as the recorded server: 1 as long, 0.5 half; else none.",
    ),
    click.option(
        "--match-on",
        metavar="NAME,...",
        help="What must be the same, where what is asked of S3 is not enough or too much, as in"
        " 'operation,bucket,key,payload,metadata'; docs/matching.md has the names.",
    ),
    click.option(
        "--bucket",
        "buckets",
        multiple=True,
        metavar="NOW=THEN",
        help="A bucket that is called otherwise now than when it was recorded. Repeatable; random names need none.",
    ),
    click.option(
        "--collapse-retries",
        is_flag=True,
        help="Leave away the attempts that failed and were made again; else they fail again.",
    ),
)


def playing_options(arguments: str) -> Callable[[F], F]:
    """Add the options of everything that plays, and FILTER; `arguments` is what the usage line says of these."""

    def add(function: F) -> F:
        for option in reversed((click.argument("words", nargs=-1, metavar=arguments), *_OPTIONS)):
            function = option(function)
        return function

    return add


def player_of(given: dict[str, Any]) -> Player:
    """A player for what was asked for.

    The recording may be a fixture file.

    Raises:
        NothingMatched: no call is left.
        UsageError: a fault, a dimension or a bucket that cannot be read; signatures to verify, and no key at hand.
        RecordingError: the recording cannot be read.
    """
    from inspector.replay.play.faults import read_fault
    from inspector.replay.play.options import Options, Retries
    from inspector.replay.play.player import Player

    faults = tuple(map(read_fault, given["faults"]))
    verifier = _verifier(given) if given["verify_signatures"] else None
    recording: Path = given["recording"]
    if recording.is_dir():
        raise UsageError(f"{recording} is a directory", "only `serve` takes one, for sessions on the recordings in it")
    if _is_fixture(recording):
        cassette, command = _fixture(recording, given), "pytest --b2-record-mode=rewrite"
    else:
        cassette, command = _cassette(recording, given["words"], given["session"]), _record_command(recording)
    options = Options(
        match_on=_match_on(given["match_on"]),
        retries=Retries.COLLAPSE if given["collapse_retries"] else Retries.KEEP,
        latency=given["latency"],
        names=dict(map(_renamed, given["buckets"])),
        verifier=verifier,
        record_command=command,
        faults=faults,
    )
    return Player(cassette, options)


def _match_on(names: str | None) -> tuple[str, ...]:
    from inspector.replay.match.dimensions import DEFAULT, named

    return DEFAULT if names is None else named(filter(None, map(str.strip, names.split(","))))


def _renamed(pair: str) -> tuple[str, str]:
    """The name now, and the recorded one."""
    now, equals, then = pair.partition("=")
    if not (now and equals and then):
        raise UsageError(f"{pair!r} names no two buckets", "write --bucket NOW=THEN, as in --bucket ci-photos=photos")
    return now, then


def _is_fixture(path: Path) -> bool:
    from inspector.formats.fixture.read import FIRST_LINE

    beginning = FIRST_LINE.rpartition(b" ")[0]  # without its version
    try:
        with path.open("rb") as file:
            return file.read(len(beginning)) == beginning
    except OSError:
        return False  # whoever opens it as a recording says why


def _fixture(path: Path, given: dict[str, Any]) -> Any:
    from inspector.replay.fixture import FixtureCassette

    if given["words"] or given["session"]:
        raise UsageError(
            f"{path.name} is a fixture of one test: it has no sessions, and is played whole",
            f"leave FILTER and --session away: b2-inspector serve -r {path}",
        )
    return FixtureCassette.load(path)


def _cassette(path: Path, words: tuple[str, ...], session: str | None) -> Any:
    from inspector.replay.recorded import RecordedCassette
    from inspector.store.reader import Recording

    where: Node
    with Recording(path) as recording:
        if session is None and not words:
            session = _last(recording)
        elif session == EVERY:
            session = None
        where = read_filter(words, session)
        if not recording.count(where):
            raise NothingMatched("no call matched: there is nothing to answer from", "list them: b2-inspector ls")
    name = path.name + (f", session {session}" if session else "") + (f", {' '.join(words)}" if words else "")
    return RecordedCassette(path, where, name)


def _last(recording: Any) -> str | None:
    """The newest session that holds calls; said where there are others."""
    sessions = [one for one in recording.sessions() if one.exchanges]
    if not sessions:
        raise NothingMatched(
            f"{recording.path} holds no calls: there is nothing to answer from", "record some: b2-inspector run -- CMD"
        )
    if len(sessions) > 1:
        name = f" ({sessions[-1].name})" if sessions[-1].name else ""
        say(f"session {sessions[-1].id}{name} of {len(sessions)} is played; --session N or all names another")
    return str(sessions[-1].id)


def _verifier(given: dict[str, Any]) -> Any:
    from inspector.replay.play.signatures import verifier

    ring = keys_at_hand(given["profiles"], given["secret_stdin"])
    if not ring.keys:
        raise UsageError(
            "--verify-signatures needs the keys that clients sign with, by their ids",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile",
        )
    return verifier(ring.keys)


def _record_command(recording: Path) -> str:
    from inspector.cli.summary import option_for

    return f"b2-inspector run{option_for(recording)} -- CMD"


def server_of(player: Player, host: str = "127.0.0.1", port: int = 0, library: Library | None = None) -> ReplayServer:
    """A server for a player, with the project's own authority, and with sessions where there is a `library`.

    Raises:
        CaptureError: the port cannot be had, or the authority cannot be read.
    """
    from inspector.capture.authority import ensure_authority
    from inspector.paths import data_dir
    from inspector.serving.server import ReplayServer, settle

    server = ReplayServer(player, ensure_authority(data_dir(os.environ)), say, host, port, library=library)
    settle()
    return server
