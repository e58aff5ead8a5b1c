"""`replay`: calls of the recording sent again, signed anew, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.keys import Keyring, key_options, keys_at_hand
from inspector.cli.network import network_options
from inspector.errors import NothingMatched, UsageError
from inspector.store.reader import Recording


class ReplayCommand(FilterCommand):
    """Two verbs in one word: `replay ID` sends a call again, `replay -- CMD` answers a program from the recording."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if "--" not in args:
            return super().make_context(info_name, args, parent, **extra)
        from inspector.cli.replay_command import command as playing

        at = args.index("--")
        if not args[at + 1 :]:
            raise UsageError("there is no command after --", "b2-inspector replay -- pytest")
        return playing.make_context(info_name, args[:at], parent, obj=args[at + 1 :], **extra)

    def invoke(self, ctx: click.Context) -> Any:
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


_CHANGES = (
    click.option("--endpoint-url", metavar="URL", help="Send to this endpoint; else to where the call went."),
    click.option("--bucket", metavar="NAME", help="Ask for this bucket instead."),
    click.option("--region", metavar="NAME", help="Sign for this region; else as it was, or as the endpoint says."),
    click.option("--set-header", "set_headers", multiple=True, metavar="N:V", help="A header instead, or besides."),
    click.option("--unset-header", "unset_headers", multiple=True, metavar="N", help="Leave this header away."),
    click.option("--set-query", "set_query", multiple=True, metavar="N=V", help="A query parameter, in plain text."),
    click.option(
        "--body", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="This file is the payload."
    ),
    click.option("--edit", is_flag=True, help="Change the head in $EDITOR first."),
    click.option(
        "--secret-header",
        "secret_header",
        multiple=True,
        metavar="N:FILE",
        help="The true value of a header that was replaced in the recording: what FILE holds.",
    ),
)


@click.command("replay", cls=ReplayCommand, epilog=FILTER_HELP)
@click.argument("words", nargs=-1, metavar="ID...|FILTER...")
@click.option("--session", metavar="N|NAME|last", help="Only this session's calls.")
@recording_option
@json_option
@key_options
@click.option("--as-is", is_flag=True, help="Do not sign anew: send what was sent.")
@click.option("--allow-writes", is_flag=True, help="Send what writes and deletes, too.")
@click.option("--dry-run", is_flag=True, help="Send nothing: print what would be sent.")
@network_options
@click.option(
    "--keep-body", metavar="SIZE|all", default="16m", show_default=True, help="How much of each body is kept."
)
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Seconds of silence.")
@click.option("--name", help="A name for the new session.")
def command(**given: Any) -> int:
    """Send calls again with a fresh signature, and lay the answers beside the recorded ones.

    \b
    b2-inspector replay 12                                     signed anew with your key
    b2-inspector replay 12 --set-header Range:bytes=0-99       changed in one thing
    b2-inspector replay 12 --endpoint-url http://127.0.0.1:9000 --bucket test
    b2-inspector replay --session last --allow-writes          a whole session, in order
    b2-inspector replay 12 --dry-run                           what would be sent
    b2-inspector replay -- pytest                              CMD, answered from the recording, without a network

    Each is a new call beside the old one, in a session of its own; the old one is never touched. Calls that write or
    delete are held back unless --allow-writes is given. In a session, what servers hand out (upload ids, versions,
    ETags, tokens) is carried from each answer to the requests that name it. Redirects are not followed.

    `replay -- CMD` is another thing: nothing is sent, and CMD's calls are answered (`replay --help -- CMD`).

    Exit: 0 all answers are as they were; 4 one differs; 1 one could not be sent, or was held back.
    """
    from inspector.cli.replaying import Showing, replay

    if not given["words"] and given["session"] is None:
        raise UsageError("replay takes calls: ids, a filter, or --session", "b2-inspector replay 12; `ls` lists them")
    with judged_recording(given["recording"]) as opened:
        ids = wanted(opened, given["words"], given["session"])
        if given["dry_run"]:
            from inspector.cli.dry_run import dry_run

            return dry_run(opened, ids, ways(given), given["as_json"])
        return replay(opened, ids, conditions(given), Showing("replay", given["as_json"]), given)


for _option in reversed(_CHANGES):
    command = _option(command)


def wanted(opened: Recording, words: tuple[str, ...], session: str | None) -> Sequence[int]:
    """The ids of the calls that are asked for, in their order.

    Raises:
        NothingMatched: there are none.
    """
    ids = opened.ids(read_filter(words, session))
    if not ids:
        raise NothingMatched("no call matched", "list them: b2-inspector ls")
    return ids


def ways(given: dict[str, Any]) -> Any:
    """`Ways` out of what click parsed."""
    from inspector.cli.credentials import picker, secret_headers
    from inspector.replay.changes import Changes, read_header, read_names, read_parameter
    from inspector.replay.place import read_endpoint
    from inspector.replay.prepare import Ways

    changes = Changes(
        endpoint=read_endpoint(given["endpoint_url"]) if given.get("endpoint_url") else None,
        bucket=given.get("bucket"),
        region=given.get("region"),
        set_headers=tuple(map(read_header, given.get("set_headers", ()))),
        unset_headers=read_names(given.get("unset_headers", ())),
        set_query=tuple(map(read_parameter, given.get("set_query", ()))),
        body=given.get("body"),
    )
    as_is = given.get("as_is", False)
    ring = Keyring() if as_is else keys_at_hand(given["profiles"], given["secret_stdin"])
    pick = picker(ring, bool(given["profiles"] or given["secret_stdin"]))
    edit = None
    if given.get("edit"):
        from inspector.cli.editing import edited

        edit = edited
    return Ways(pick, changes, as_is, secret_headers(given.get("secret_header", ())), edit)


def conditions(given: dict[str, Any]) -> Any:
    """`Conditions` out of what click parsed."""
    from inspector.replay.network import Network
    from inspector.replay.run import Conditions

    network = Network(given["connect_to"], given["upstream_ca"], given["insecure_upstream"])
    return Conditions(ways(given), network.address, given.get("allow_writes", False), given["timeout"])
