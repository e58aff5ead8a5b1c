"""`diff`: two calls, or two sessions, side by side."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.output import announce, emit, json_line
from inspector.errors import ExitCode, NothingMatched, UsageError
from inspector.store.reader import Recording
from inspector.store.stored import Stored


@click.command("diff")
@click.argument("names", nargs=-1, metavar="A [B]")
@recording_option
@json_option
@click.option("--session", "sessions", is_flag=True, help="A and B are sessions: numbers, names, or `last`.")
@click.option("--volatile", is_flag=True, help="Show what always differs, too: dates, signatures, ids, order.")
@click.option("--all", "everything", is_flag=True, help="With --session: calls that are the same, too.")
def command(
    names: tuple[str, ...], recording: Path, as_json: bool, sessions: bool, volatile: bool, everything: bool
) -> int:
    """What differs between two calls, or two sessions: what matters first. Exit 0 when nothing does, 4 when it does.

    \b
    b2-inspector diff 12 15              two calls
    b2-inspector diff 12                 a failing call and the good one most like it
    b2-inspector diff --session 1 last   two runs, call by call
    b2-inspector diff 12 15 --volatile   dates, signatures and ids, too
    """
    with Recording(recording) as opened:
        if sessions:
            return _sessions(opened, names, as_json, everything)
        return _calls(opened, names, as_json, volatile)


def _calls(opened: Recording, names: tuple[str, ...], as_json: bool, volatile: bool) -> int:
    from inspector.diff.exchanges import differs, hunks
    from inspector.view.comparison import hunk_json, lines, side_of
    from inspector.view.paint import Paint

    a, b = _two(opened, names)
    found = list(hunks(side_of(opened, a), side_of(opened, b)))
    if as_json:
        emit(
            json_line({"a": a.row.id, "b": b.row.id, **hunk_json(hunk)}) for hunk in found if volatile or not hunk.quiet
        )
    else:
        paint = Paint(sys.stdout.isatty())
        emit([_heading("-", a), _heading("+", b), *lines(found, paint, volatile)])
        if not differs(found):
            announce("nothing that means something differs")
    return ExitCode.DIFFERS if differs(found) else ExitCode.OK


def _heading(sign: str, stored: Stored) -> str:
    from inspector.view import render

    row = stored.row
    return f"{sign} #{row.id}  {render.operation(row)}  {render.status(row)}  {render.subject(row)}"


def _two(opened: Recording, names: tuple[str, ...]) -> tuple[Stored, Stored]:
    """The two calls; of one alone the other is the good call most like it."""
    if len(names) not in (1, 2):
        raise UsageError("diff takes one call or two", "b2-inspector diff 12 15; `ls` shows the numbers")
    first = _call(opened, names[0])
    if len(names) == 2:
        return first, _call(opened, names[1])
    other = opened.good_neighbour(first.row.id)
    if other is None:
        raise NothingMatched(
            f"there is no good call of the same operation to compare #{first.row.id} with",
            f"name the other one: b2-inspector diff {first.row.id} ID",
        )
    announce(f"#{other} is the good call most like #{first.row.id}")
    return first, _call(opened, str(other))


def _call(opened: Recording, name: str) -> Stored:
    number = opened.find(int(name) if name.isascii() and name.isdigit() else name)
    stored = None if number is None else opened.exchange(number)
    if stored is None:
        raise NothingMatched(f"there is no call {name}", "`b2-inspector ls` shows the numbers")
    return stored


def _sessions(opened: Recording, names: tuple[str, ...], as_json: bool, everything: bool) -> int:
    from inspector.cli.terminal import ProgressLine
    from inspector.diff.sessions import Fate
    from inspector.view.comparison import pairing_json, pairing_line, session_pairings
    from inspector.view.paint import Paint

    if len(names) != 2:
        raise UsageError("diff --session takes two sessions", "b2-inspector diff --session 1 2; `sessions` lists them")
    a, b = (_session(opened, name) for name in names)
    counts: Counter[Fate] = Counter()
    paint = Paint(sys.stdout.isatty())

    def told(progress: ProgressLine) -> Iterator[str]:
        for pairing in session_pairings(opened, a, b, progress.compared):
            counts[pairing.fate] += 1
            if everything or pairing.fate is not Fate.SAME:
                progress.clear()
                yield json_line(pairing_json(pairing)) if as_json else pairing_line(pairing, paint)

    with ProgressLine() as progress:
        emit(told(progress))
    summary = ", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate]) or "no calls"
    announce(f"session {a} beside {b}: {summary}")
    # Calls in another order are what threads do: by itself no difference.
    same = counts.keys() <= {Fate.SAME, Fate.REORDERED}
    return ExitCode.OK if same else ExitCode.DIFFERS


def _session(opened: Recording, name: str) -> int:
    found = opened.session_named(name)
    if found is None:
        raise NothingMatched(f"there is no session {name!r}", "`b2-inspector sessions` lists them")
    return found
