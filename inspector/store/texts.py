"""What a recording says in words beside its calls: names of sessions and programs, problems, hosts passed on unread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

_TEXTS = (
    ("session {}", "SELECT id, uid, kind, name, program, listen, versions FROM session ORDER BY id"),
    ("problem {}", "SELECT id, kind, host, connection, text FROM problem ORDER BY id"),
    ("tunnel of session {}", "SELECT session, host FROM tunnel ORDER BY session, host"),
)


def texts(conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """(place, text) of each row."""
    for place, sql in _TEXTS:
        for number, *values in conn.execute(sql):
            yield place.format(number), "\n".join(value for value in values if value)
