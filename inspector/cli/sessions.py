"""`sessions`: the sessions of a recording."""

from __future__ import annotations

from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.filter_argument import nothing_matched
from inspector.cli.output import emit, json_line
from inspector.errors import ExitCode
from inspector.store.beside import Session
from inspector.store.reader import Recording
from inspector.store.rows import rfc3339
from inspector.view import render


@click.command("sessions")
@recording_option
@json_option
def command(recording: Path, as_json: bool) -> int:
    """The sessions of a recording: each run, each record, each imported file.

    \b
    b2-inspector sessions
    b2-inspector ls --session last     the calls of the newest
    """
    with Recording(recording) as opened:
        sessions = opened.sessions()
    if not sessions:
        return nothing_matched("session")
    if as_json:
        emit(json_line(session_fields(session)) for session in sessions)
    else:
        emit([_HEADING, *map(_line, sessions)])
    return ExitCode.OK


def session_fields(session: Session) -> dict[str, object]:
    """A session as a JSON object."""
    return {
        "id": session.id,
        "uid": session.uid,
        "kind": session.kind,
        "name": session.name,
        "program": session.program,
        "started_at": rfc3339(session.started_at),
        "ended_at": None if session.ended_at is None else rfc3339(session.ended_at),
        "exchanges": session.exchanges,
        "errors": session.errors,
        "open": session.open,
        "problems": session.problems,
        "tunnelled_hosts": session.tunnelled_hosts,
        "tunnelled_connections": session.tunnelled_connections,
        "lost_exchanges": session.lost_exchanges,
        "lost_bytes": session.lost_bytes,
    }


_HEADING = "  id  kind    started         lasted   calls  errors  problems  tunnelled  name"


def _line(session: Session) -> str:
    lasted = "-" if session.ended_at is None else render.duration((session.ended_at - session.started_at) * 1000)
    name = " ".join(part for part in (session.name, session.program and f"({session.program})") if part)
    lost = f"  lost {session.lost_exchanges} calls" if session.lost_exchanges or session.lost_bytes else ""
    under_way = f"  {session.open} under way" if session.open else ""
    return (
        f"{session.id:>4}  {session.kind:<6}  {render.clock(session.started_at)}  {lasted:>6}  {session.exchanges:>6}"
        f"  {session.errors:>6}  {session.problems:>8}  {session.tunnelled_connections:>9}"
        f"  {render.safe(name)}{under_way}{lost}"
    ).rstrip()
