"""`verify`: does the server still answer as it did?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from inspector.cli.common import json_option, recording_option, say
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.keys import key_options
from inspector.cli.network import network_options
from inspector.cli.replay import conditions
from inspector.errors import NothingMatched
from inspector.store.filters import Op, Term
from inspector.store.filters.tree import Not, both, either
from inspector.store.reader import Recording

_READS = either([Term("method", Op.IS, method) for method in ("GET", "HEAD")])


@click.command("verify", cls=FilterCommand, epilog=FILTER_HELP)
@click.argument("words", nargs=-1, metavar="[FILTER]...")
@click.option("--session", metavar="N|NAME|last", help="Only this session's calls.")
@recording_option
@json_option
@key_options
@click.option("--endpoint-url", metavar="URL", help="Ask this endpoint; else the one that was asked.")
@click.option("--bucket", metavar="NAME", help="Ask for this bucket instead.")
@click.option("--region", metavar="NAME", help="Sign for this region.")
@network_options
@click.option(
    "--keep-body", metavar="SIZE|all", default="16m", show_default=True, help="How much of each body is kept."
)
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Seconds of silence.")
@click.option("--name", help="A name for the new session.")
def command(words: tuple[str, ...], session: str | None, recording: Path, **given: Any) -> int:
    """Send the calls that read again, signed anew, and say which answers have drifted. For fixtures that grow old.

    \b
    b2-inspector verify                          every read of the recording that is no replay itself
    b2-inspector verify --session tests op:GetObject

    Dates, signatures and ids differ always and do not count. Calls that write are left out; what they wrote has to be
    there still. Exit: 0 everything answers as it did; 4 something differs; 1 something could not be asked.
    """
    from inspector.cli.replaying import Showing, replay

    with judged_recording(recording) as opened:
        ids = _wanted(opened, words, session)
        return replay(opened, ids, conditions(given), Showing("verify", given["as_json"], quiet=True), given)


def _wanted(opened: Recording, words: tuple[str, ...], session: str | None) -> Sequence[int]:
    where = read_filter(words, session)
    named = bool(words) and all(word.isdigit() for word in words)
    if not named:
        where = both([where, Not(Term("is", Op.IS, "replay"))])
    everything = opened.ids(where)
    reads = opened.ids(both([where, _READS]))
    if not reads:
        raise NothingMatched("no call that reads matched", "list them: b2-inspector ls method:GET")
    if len(reads) < len(everything):
        say(f"{len(everything) - len(reads)} calls that do not read are left out")
    return reads
