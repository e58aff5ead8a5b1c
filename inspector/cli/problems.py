"""`problems`: what went wrong outside any call."""

from __future__ import annotations

from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import nothing_matched
from inspector.cli.output import emit, json_line
from inspector.errors import ExitCode, NothingMatched
from inspector.store.reader import Recording, StoredProblem
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
    emit(json_line(_fields(problem)) if as_json else _line(problem) for problem in problems)
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


def _fields(stored: StoredProblem) -> dict[str, object]:
    problem = stored.problem
    return {
        "id": stored.id,
        "session": stored.session,
        "at": rfc3339(problem.at),
        "kind": problem.kind,
        "host": problem.host,
        "connection": problem.connection or None,
        "text": problem.text,
    }


def _line(stored: StoredProblem) -> str:
    problem = stored.problem
    return (
        f"{stored.id:>4}  {render.clock(problem.at)}  session {stored.session}  {render.safe(problem.kind):<22}"
        f"  {render.safe(problem.host)}  {render.safe(problem.text)}"
    )
