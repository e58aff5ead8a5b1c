"""`problems`: what went wrong outside any call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import nothing_matched
from inspector.cli.output import emit, json_line
from inspector.diagnose.finding import Finding
from inspector.diagnose.problem import problem_finding
from inspector.errors import ExitCode, NothingMatched
from inspector.store.beside import StoredProblem
from inspector.store.reader import Recording
from inspector.store.rows import rfc3339
from inspector.view import render


@click.command("problems")
@recording_option
@json_option
@click.option("--session", metavar="N|NAME|last", help="Only this session's.")
def command(recording: Path, as_json: bool, session: str | None) -> int:
    """What went wrong outside any call: refused TLS, unreadable requests, losses of the recorder.

    \b
    b2-inspector problems --session last
    b2-inspector problems --json | jq .kind
    """
    with Recording(recording) as opened:
        problems = list(opened.problems(session_id(opened, session)))
    if not problems:
        return nothing_matched("problem")
    emit(_json_lines(problems) if as_json else _lines(problems))
    return ExitCode.OK


def session_id(opened: Recording, name: str | None) -> int | None:
    """The number of the session that the user named; None when none was named.

    Raises:
        NothingMatched: there is no such session.
    """
    if name is None:
        return None
    found = opened.session_named(name)
    if found is None:
        raise NothingMatched(f"there is no session {name}", "see: b2-inspector sessions")
    return found


def _json_lines(problems: Iterable[StoredProblem]) -> Iterator[str]:
    """A JSON object for each."""
    return (json_line(_fields(stored, problem_finding(stored.problem))) for stored in problems)


def _lines(problems: Iterable[StoredProblem]) -> Iterator[str]:
    """A line for each; what to do is said once, where it comes up first."""
    said: set[str] = set()
    for stored in problems:
        yield _line(stored)
        finding = problem_finding(stored.problem)
        if finding is not None and finding.cause not in said:
            said.add(finding.cause)
            yield from advice_lines(finding)


def advice_lines(finding: Finding) -> Iterator[str]:
    """What a problem comes from, and what to do."""
    yield f"      {finding.certainty}: {render.safe(finding.summary)} [{finding.cause}]"
    yield f"      fix: {render.safe(finding.fix)}"


def _fields(stored: StoredProblem, finding: Finding | None) -> dict[str, object]:
    problem = stored.problem
    return {
        "id": stored.id,
        "session": stored.session,
        "at": rfc3339(problem.at),
        "kind": problem.kind,
        "host": problem.host,
        "connection": problem.connection or None,
        "text": problem.text,
        "cause": finding.cause if finding else None,
        "fix": finding.fix if finding else None,
    }


def _line(stored: StoredProblem) -> str:
    problem = stored.problem
    return (
        f"{stored.id:>4}  {render.clock(problem.at)}  session {stored.session}  {render.safe(problem.kind):<22}"
        f"  {render.safe(problem.host)}  {render.safe(problem.text)}"
    )
