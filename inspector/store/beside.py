"""What a recording holds beside the calls: sessions, problems outside of any call, hosts that were passed on unread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from inspector.store.compile import Compiled
from inspector.wire.problem import Problem


class Session(NamedTuple):
    """A session with its numbers. Moments in Unix seconds; `ended_at` None while it runs, or when it was killed."""

    id: int
    uid: str
    kind: str
    name: str | None
    program: str | None
    started_at: float
    ended_at: float | None
    exchanges: int
    errors: int
    open: int
    problems: int
    tunnelled_hosts: int
    tunnelled_connections: int
    lost_exchanges: int
    lost_bytes: int


class StoredProblem(NamedTuple):
    """A problem with its id and session."""

    id: int
    session: int
    problem: Problem


class Tunnel(NamedTuple):
    """A host whose connections were passed on unread."""

    session: int
    host: str
    port: int
    connections: int


def sessions(conn: sqlite3.Connection) -> list[Session]:
    """All sessions, the oldest first."""
    return [Session._make(values) for values in conn.execute(_SESSIONS)]


def session_named(conn: sqlite3.Connection, compiled: Compiled) -> int | None:
    """The id of the session (the newest of several) that a filter `session:` means, or None."""
    where = compiled.where
    sql = where.text.replace("session =", "id =", 1).replace("session IN", "id IN", 1)
    row = conn.execute(f"SELECT max(id) FROM session WHERE {sql}", where.values).fetchone()
    return None if row[0] is None else int(row[0])


def problems(conn: sqlite3.Connection, session: int | None, after: int) -> Iterator[StoredProblem]:
    """What went wrong outside any exchange, in order, behind the id `after`; of all sessions where None is named."""
    cursor = conn.execute(
        "SELECT id, session, at, kind, host, text, connection FROM problem"
        " WHERE id > ? AND session = coalesce(?, session) ORDER BY id",
        [after, session],
    )
    return (StoredProblem(values[0], values[1], _problem(values)) for values in cursor)


def _problem(values: Sequence[Any]) -> Problem:
    at, kind, host, text, connection = values[2:]
    return Problem(at, kind, host, text, connection or "")


def tunnels(conn: sqlite3.Connection, session: int | None) -> list[Tunnel]:
    """The hosts that were passed on unread, those with the most connections first."""
    cursor = conn.execute(
        "SELECT session, host, port, connections FROM tunnel WHERE session = coalesce(?, session)"
        " ORDER BY connections DESC, host, port",
        [session],
    )
    return [Tunnel._make(values) for values in cursor]


_SESSIONS = """
WITH
    calls AS (SELECT session, count(*) AS n FROM exchange GROUP BY session),
    failing AS (
        SELECT id FROM exchange WHERE status >= 400 UNION SELECT id FROM exchange WHERE failure IS NOT NULL
    ),
    errors AS (SELECT session, count(*) AS n FROM exchange WHERE id IN failing GROUP BY +session),
    pending AS (SELECT session, count(*) AS n FROM exchange WHERE state = 'open' GROUP BY session),
    trouble AS (SELECT session, count(*) AS n FROM problem GROUP BY session),
    hosts AS (SELECT session, count(*) AS n, sum(connections) AS total FROM tunnel GROUP BY session)
SELECT s.id, s.uid, s.kind, s.name, s.program, s.started_at, s.ended_at,
    coalesce(calls.n, 0), coalesce(errors.n, 0), coalesce(pending.n, 0), coalesce(trouble.n, 0),
    coalesce(hosts.n, 0), coalesce(hosts.total, 0), s.lost_exchanges, s.lost_bytes
FROM session s
LEFT JOIN calls ON calls.session = s.id
LEFT JOIN errors ON errors.session = s.id
LEFT JOIN pending ON pending.session = s.id
LEFT JOIN trouble ON trouble.session = s.id
LEFT JOIN hosts ON hosts.session = s.id
ORDER BY s.id
"""
