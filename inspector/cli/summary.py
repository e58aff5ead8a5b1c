"""What `run` says at its end: the calls by operation, what failed, what was not read, what went wrong."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import click

from inspector.capture.clients import Program
from inspector.capture.environment import explain_refusal, explain_silence
from inspector.capture.trust import TrustFiles
from inspector.cli.judged import judged_recording
from inspector.paths import default_recording
from inspector.store.filters.parser import parse
from inspector.store.filters.tree import Node, Op, Term, both
from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.view.render import middle, safe
from inspector.wire.problem import Problem

SHOWN_FAILURES = 10
SHOWN_PROBLEMS = 5
LONGEST_LINE = 300
"""Characters of what is said of a call that failed: a message may be of any length."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the command was set up; `guessed` unless the user named the program."""

    program: Program
    trust: TrustFiles
    guessed: bool


LINT: Literal["lint"] = "lint"
"""What `--fail-on` takes beside filters."""


def parse_fail_on(text: str | None) -> Node | Literal["lint"] | None:
    """The filter of `--fail-on`, read before anything is started.

    Raises:
        FilterError: it cannot be read.
    """
    return LINT if text == LINT else None if text is None else parse(text)


def fails_on(path: Path, session: int, wanted: Node | Literal["lint"]) -> bool:
    """Whether a call of the session matches; for lint, also say on stderr what was found."""
    with judged_recording(path, quiet=True) as recording:
        if isinstance(wanted, str):
            return _lints(recording, session)
        where = both([Term("session", Op.IS, str(session)), wanted])
        return next(recording.exchanges(where, limit=1), None) is not None


def _lints(recording: Recording, session: int) -> bool:
    from inspector.diagnose.lint.model import Level
    from inspector.view.lint import lint_recording, short_lines, tally

    report = lint_recording(recording, f"session:{session}")
    click.echo(f"  lint: {tally(report)}", err=True)
    for line in short_lines(report, Level.WARNING):
        click.echo(f"  {line}", err=True)
    return report.reaches(Level.WARNING)


def summarise(path: Path, session: int, setup: Setup) -> None:
    """Print the summary of a session on stderr."""
    with Recording(path) as recording:
        for line in _lines(recording, path, session, setup):
            click.echo(line, err=True)


@dataclass(slots=True)
class Tally:
    """What the calls of a session come to, in one pass over them."""

    calls: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    shown: list[Row] = field(default_factory=list)
    failed_ids: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Tally:
        """Count; keep the first that failed."""
        tally = cls()
        for row in rows:
            name = row.operation or row.method
            tally.calls[name] += 1
            if row.failed:
                tally.failed[name] += 1
                tally.failed_ids.append(row.id)
                if len(tally.shown) < SHOWN_FAILURES:
                    tally.shown.append(row)
        return tally


def _lines(recording: Recording, path: Path, session: int, setup: Setup) -> Iterator[str]:
    tally = Tally.of(recording.exchanges(f"session:{session}"))
    problems = [stored.problem for stored in recording.problems(session)]
    calls, failed = tally.calls.total(), tally.failed.total()
    yield f"b2-inspector: session {session}: {calls} call{'' if calls == 1 else 's'}, {failed} failed ({path})"
    yield from _operations(tally)
    yield from _failures(tally)
    yield from _findings(recording, path, session, tally)
    yield from _tunnels(recording, session)
    yield from _problems(problems, setup)
    yield from _losses(recording, session)
    if not calls and not problems:
        yield from (f"  {line}" for line in explain_silence(setup.program, setup.trust, setup.guessed))
    elif tally.shown:
        yield f"  look closer: b2-inspector explain {tally.shown[0].id}{option_for(path)}"


def _operations(tally: Tally) -> Iterator[str]:
    for name, count in tally.calls.most_common():
        yield f"  {name:<28} {count:>5}" + (f"   {tally.failed[name]} failed" if tally.failed[name] else "")


def _failures(tally: Tally) -> Iterator[str]:
    for row in tally.shown:
        what = " ".join(filter(None, (str(row.status or ""), row.error_code or row.failure, row.error_message)))
        place = "/".join(filter(None, (row.bucket, row.key))) or row.path
        yield f"  #{row.id} {row.operation or row.method} {safe(place)}: {middle(safe(what), LONGEST_LINE)}"
    more = tally.failed.total() - len(tally.shown)
    if more:
        yield f"  … and {more} more that failed"


def _findings(recording: Recording, path: Path, session: int, tally: Tally) -> Iterator[str]:
    """What is wrong with the calls that failed, as far as the time for it reaches."""
    if not tally.failed_ids:
        return
    from inspector.cli.findings import finding_lines, findings  # a run in which nothing failed need not wait for it

    found, looked_at = findings(recording, tally.failed_ids)
    if found:
        yield "  findings:"
        yield from (f"  {line}" for line in finding_lines(found))
    left = len(tally.failed_ids) - looked_at
    if left:
        yield f"  {left} more were not looked at: b2-inspector explain is:error --session {session}{option_for(path)}"


def _tunnels(recording: Recording, session: int) -> Iterator[str]:
    tunnels = recording.tunnels(session)
    if tunnels:
        hosts = ", ".join(f"{safe(tunnel.host)}:{tunnel.port} ×{tunnel.connections}" for tunnel in tunnels[:8])
        more = f" and {len(tunnels) - 8} more" if len(tunnels) > 8 else ""
        yield f"  passed on unread: {hosts}{more} (--host GLOB reads a host)"


def _problems(problems: Sequence[Problem], setup: Setup) -> Iterator[str]:
    said = Counter((problem.kind, problem.host, problem.text) for problem in problems)
    for (kind, host, text), count in list(said.items())[:SHOWN_PROBLEMS]:
        times = f" (×{count})" if count > 1 else ""
        yield f"  problem: {kind} {safe(host)}: {safe(text)}{times}"
        if kind == "tls-refused-by-client":
            yield from (f"    {line}" for line in explain_refusal(setup.program, setup.trust))
        else:
            yield from _advice(Problem(0.0, kind, host, text))
    if len(said) > SHOWN_PROBLEMS:
        yield "  … and more: b2-inspector problems"


def _advice(problem: Problem) -> Iterator[str]:
    """What a problem comes from, and what to do, where its bytes say so."""
    from inspector.cli.problems import advice_lines  # few runs have a problem
    from inspector.diagnose.problem import problem_finding

    finding = problem_finding(problem)
    return iter(()) if finding is None else advice_lines(finding)


def _losses(recording: Recording, session: int) -> Iterator[str]:
    lost = next((each.lost_exchanges for each in recording.sessions() if each.id == session), 0)
    if lost:
        yield f"  NOT RECORDED: {lost} calls or parts of calls; b2-inspector problems says why"


def option_for(path: Path) -> str:
    """What must be added to a command so that it reads this recording."""
    return "" if path == default_recording(os.environ) else f" -r {shlex.quote(str(path))}"
