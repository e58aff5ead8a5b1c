"""What `replay` and `verify` do and say alike: send, count, show, end with a code."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from inspector.capture.settings import parse_keep
from inspector.cli.common import say
from inspector.cli.emitter import Emitter
from inspector.cli.output import json_line
from inspector.cli.terminal import ProgressLine, paint
from inspector.errors import ExitCode
from inspector.replay.compare import Fate, Replayed
from inspector.replay.run import Conditions, Replayer
from inspector.replay.tape import Session
from inspector.sending.loop import new_loop
from inspector.store.reader import Recording
from inspector.view import render
from inspector.view.comparison import hunk_json, lines
from inspector.view.paint import Paint

INTERRUPTED = 130
SHOWN = 4
"""Differences that a line of many calls names."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How it is told. `kind`: the kind of the session; `quiet`: calls that are as they were are only counted."""

    kind: str
    as_json: bool
    quiet: bool = False


def replay(
    opened: Recording, ids: Sequence[int], conditions: Conditions, showing: Showing, given: dict[str, Any]
) -> int:
    """Send the calls, tell of each, and give the exit code. Ctrl-C ends it; what was sent stays."""
    keep = parse_keep(given["keep_body"])
    session = Session(opened.path, showing.kind, given.get("name"), keep, calls=len(ids))
    with (
        ProgressLine() as progress,
        Emitter() as emitter,
        session,
        closing(Replayer(opened, session, conditions, brief=len(ids) > 1)) as replayer,
    ):
        teller = _Teller(showing, len(ids), progress, emitter.emit)
        interrupted = False
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(teller.follow(replayer.replay(ids)))
        except KeyboardInterrupt:
            interrupted = True
            for one in replayer.rest():
                teller.tell(one)
    _sum_up(teller.counts, session.id, len(ids), interrupted)
    return INTERRUPTED if interrupted else exit_code(teller.counts)


class _Teller:
    """Tells of each call as it comes, and counts."""

    def __init__(
        self, showing: Showing, asked: int, progress: ProgressLine, emit: Callable[[Iterable[str]], None]
    ) -> None:
        self.counts: Counter[Fate] = Counter()
        self._showing = showing
        self._asked = asked
        self._progress = progress
        self._emit = emit
        self._style = paint()
        progress.call(1, asked)

    async def follow(self, calls: AsyncIterator[Replayed]) -> None:
        """Tell of all of them."""
        async for one in calls:
            self.tell(one)

    def tell(self, one: Replayed) -> None:
        """Tell of one."""
        self.counts[one.fate] += 1
        self._progress.clear()
        if self._showing.as_json:
            self._emit([json_line(_fields(one))])
        elif not (self._showing.quiet and one.fate in (Fate.SAME, Fate.HELD_BACK)):
            self._emit(_told(one, self._style, whole=self._asked == 1))
        self._progress.call(self.counts.total() + 1, self._asked)


def exit_code(counts: Counter[Fate]) -> int:
    """What was not done weighs more than what differs."""
    if counts[Fate.FAILED] or counts[Fate.REFUSED] or counts[Fate.HELD_BACK]:
        return ExitCode.FAILED
    return ExitCode.DIFFERS if counts[Fate.DIFFERS] else ExitCode.OK


# What is said

_STYLES = {Fate.SAME: Paint.good, Fate.DIFFERS: Paint.doubtful, Fate.FAILED: Paint.bad, Fate.REFUSED: Paint.bad}


def _told(one: Replayed, style: Paint, whole: bool) -> Iterator[str]:
    row = one.old.row
    to = f"#{one.new.id}" if one.new else "-"
    status = render.status(row) + (f" → {one.new.status or '---'}" if one.new else "")
    fate = _STYLES.get(one.fate, Paint.faint)(style, one.fate.value)
    yield f"#{row.id} → {to}  {render.operation(row)}  {status}  {render.subject(row)}  {fate}"
    for note in one.notes:
        yield f"  {render.safe(note)}"
    if one.reason and (whole or one.fate is not Fate.HELD_BACK):
        yield f"  {render.safe(one.reason)}"
        if one.hint:
            yield f"  {one.hint}"
    if whole:
        yield from lines(one.hunks, style, False)
    else:
        yield from _short(one)


def _short(one: Replayed) -> Iterator[str]:
    loud = [f"{hunk.section.value}: {hunk.where or hunk.kind.value}" for hunk in one.hunks if not hunk.quiet]
    if loud and one.fate is not Fate.SAME:
        yield "  " + render.safe("; ".join(loud[:SHOWN])) + (f"; {len(loud) - SHOWN} more" if len(loud) > SHOWN else "")


def _fields(one: Replayed) -> dict[str, Any]:
    old, new = one.old.row, one.new
    return {
        "id": new.id if new else None,
        "replay_of": old.id,
        "operation": old.operation,
        "bucket": old.bucket,
        "key": old.key,
        "fate": one.fate.value,
        "status": [old.status, new.status if new else None],
        "error_code": [old.error_code, new.error_code if new else None],
        "failure": new.failure.kind if new and new.failure else None,
        "reason": one.reason or None,
        "notes": list(one.notes),
        "differences": [hunk_json(hunk) for hunk in one.hunks if not hunk.quiet],
    }


def _sum_up(counts: Counter[Fate], session: int | None, asked: int, interrupted: bool) -> None:
    told = ", ".join(f"{counts[fate]} {_COUNTED[fate]}" for fate in Fate if counts[fate]) or "nothing sent"
    where = f" → session {session}" if session is not None else ""
    say(f"{told}{where}")
    if interrupted:
        say(f"stopped after {counts.total()} of {asked} calls")
    if counts[Fate.HELD_BACK]:
        say("calls that write or delete were held back: send them with --allow-writes")


_COUNTED = {
    Fate.SAME: "answered as before",
    Fate.DIFFERS: "answered otherwise",
    Fate.FAILED: "without a whole answer",
    Fate.REFUSED: "that cannot be sent",
    Fate.HELD_BACK: "held back",
}
