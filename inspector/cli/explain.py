"""`explain`: what is wrong with a call, how sure that is, whose fault it is, and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, read_filter
from inspector.cli.keys import Keyring, key_options, keys_at_hand
from inspector.cli.output import emit, json_line
from inspector.diagnose.examine import DEPTH, Diagnosis, examine
from inspector.errors import ExitCode, NothingMatched
from inspector.store.reader import Recording
from inspector.view.call import call_of
from inspector.view.diagnosis_json import diagnosis_fields
from inspector.view.surroundings import Around


@click.command("explain", cls=FilterCommand, epilog=FILTER_HELP)
@click.argument("words", nargs=-1, metavar="[ID|FILTER|URL|CAUSE]...")
@click.option("--session", metavar="N|NAME|last", help="Only this session's calls.")
@recording_option
@json_option
@key_options
@click.option("--deep", is_flag=True, help="Search three deviations at once: some seconds a call.")
def command(
    words: tuple[str, ...],
    session: str | None,
    recording: Path,
    as_json: bool,
    profiles: tuple[str, ...],
    secret_stdin: bool,
    deep: bool,
) -> int:
    """Why a call failed."""
    ring = keys_at_hand(profiles, secret_stdin)
    with Recording(recording) as opened:
        where = read_filter(words or ("is:error",), session or (None if words else "last"))
        ids = opened.ids(where)
        if not ids:
            raise NothingMatched("no call matched", "list them: b2-inspector ls")
        emit(json_line(diagnosis_fields(one)) for one in _diagnoses(opened, ids, ring, 3 if deep else DEPTH))
    return ExitCode.OK


def _diagnoses(opened: Recording, ids: Sequence[int], ring: Keyring, depth: int) -> Iterator[Diagnosis]:
    around = Around(opened)
    for number in ids:
        stored = opened.exchange(number)
        if stored is not None:
            keys = ring.for_call(stored.facts.key_id)
            yield examine(call_of(opened, stored, around.of(stored, keys)), keys, depth=depth)
