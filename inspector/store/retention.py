"""What a recording forgets: calls that are too old or too much, and the bodies that nobody needs any more.

Marked calls stay, and so do those that are under way. It works in short transactions, so that recorders that write at
the same time wait for a moment and not for the whole.

Facts
-----
`incremental_vacuum` gives free pages back to the file system; in WAL mode the file shrinks at the next checkpoint
(https://www.sqlite.org/pragma.html#pragma_incremental_vacuum). A contentless FTS5 table cannot forget a row whose text
is not given to it again (https://www.sqlite.org/fts5.html#contentless_tables): left behind, it costs room and names
ids that are gone, which does no harm to searches; so the index is emptied, and made anew, when much has gone.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.store.open import open_for_writing

KEEP_SECONDS = 30 * 86400.0
MAX_SIZE = 2 * 1024**3
"""What the rolling recording keeps unless it is told otherwise."""

_CALLS_AT_ONCE = 200
_PIECES_AT_ONCE = 64
_PAGES_AT_ONCE = 2000
_DAY = 86400.0
_INDEX_WORTH_RENEWING = 1000

_LARGEST_ID = 2**63 - 1
_MAY_GO = "NOT marked AND state <> 'open'"

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Pruned:
    """What was removed: counts, and the bytes of the file that hold something, before and after."""

    exchanges: int = 0
    sessions: int = 0
    problems: int = 0
    bodies: int = 0
    size_before: int = 0
    size_after: int = 0


def prune(
    path: Path,
    now: float,
    keep: float | None = KEEP_SECONDS,
    max_size: int | None = MAX_SIZE,
    session: int | None = None,
    progress: Progress | None = None,
) -> Pruned:
    """Remove calls older than `keep` seconds, then the oldest until the file's content is at most `max_size` bytes.

    None sets no limit. With `session`, that session is removed instead. `now` is in Unix seconds. `progress` is told
    what is being done and how far it is, from time to time.

    Raises:
        RecordingError: the recording cannot be written.
        sqlite3.Error: the disk is full, or somebody else held the file for too long.
    """
    db = open_for_writing(path, journal="keep", create=False)
    try:
        pruner = _Pruner(db.conn, progress or (lambda what, count: None))
        if session is not None:
            return pruner.forget(session, now)
        return pruner.limit(now, keep, max_size)
    finally:
        db.close()


def content_size(conn: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


class _Pruner:
    def __init__(self, conn: sqlite3.Connection, progress: Progress) -> None:
        self._conn = conn
        self._progress = progress
        self._done = Pruned(size_before=content_size(conn))

    def forget(self, session: int, now: float) -> Pruned:
        """Remove one session."""
        while self._remove_calls("session = ?", session):
            pass
        self._remove_sessions("id = ?", session)
        return self._finish(now)

    def limit(self, now: float, keep: float | None, max_size: int | None) -> Pruned:
        """Remove what is too old or too much."""
        if keep is not None:
            while self._remove_calls("started_at < ?", now - keep):
                pass
            with self._transaction():
                removed = self._conn.execute("DELETE FROM problem WHERE at < ?", [now - keep])
                self._done.problems += removed.rowcount
        while max_size is not None and (excess := content_size(self._conn) - max_size) > 0:
            if not self._remove_calls("id < ?", _LARGEST_ID, excess):
                break
        self._remove_sessions("ended_at < ? AND id NOT IN (SELECT session FROM problem)", now - _DAY)
        return self._finish(now)

    def _finish(self, now: float) -> Pruned:
        self._remove_orphans(now)
        self._renew_index()
        self._give_back()
        self._done.size_after = content_size(self._conn)
        return self._done

    # Calls and bodies

    def _remove_calls(self, where: str, value: float, enough: float = math.inf) -> bool:
        """Remove the oldest calls that may go, with the bodies that no other call has; whether there were any.

        Not many at once, and no more than `enough` bytes of them.
        """
        with self._transaction():
            rows = self._conn.execute(
                f"SELECT {_SHARE}, id, request_body, response_body FROM exchange WHERE {where} AND {_MAY_GO}"
                " ORDER BY id LIMIT ?",
                (value, _CALLS_AT_ONCE),
            ).fetchall()
            rows = list(_until(rows, enough))
            ids = _listed(row[1] for row in rows)
            self._conn.execute(f"DELETE FROM chunk WHERE exchange IN {ids}")
            self._conn.execute(f"DELETE FROM forwarded WHERE exchange IN {ids}")
            self._conn.execute(f"DELETE FROM exchange WHERE id IN {ids}")
            bodies = self._give_up({body for row in rows for body in row[2:] if body is not None})
        self._remove_bodies(bodies)
        self._done.exchanges += len(rows)
        self._progress("calls removed", self._done.exchanges)
        return bool(rows)

    def _give_up(self, bodies: set[int]) -> list[int]:
        """Those bodies that no call has. They lose their hash, so that no recorder takes them up while they go."""
        unused = [body for body in bodies if self._conn.execute(_USE, {"body": body}).fetchone() is None]
        self._conn.execute(f"UPDATE body SET sha256 = NULL WHERE id IN {_listed(unused)}")
        return unused

    def _remove_bodies(self, bodies: list[int]) -> None:
        """Remove bodies that were given up, some pieces at a time: a gibibyte in one transaction would take seconds."""
        ids = _listed(bodies)
        some = f"DELETE FROM piece WHERE rowid IN (SELECT rowid FROM piece WHERE body IN {ids} LIMIT {_PIECES_AT_ONCE})"
        while bodies:
            with self._transaction():
                if self._conn.execute(some).rowcount < _PIECES_AT_ONCE:
                    self._conn.execute(f"DELETE FROM body WHERE id IN {ids}")
                    break
        self._done.bodies += len(bodies)

    def _remove_orphans(self, now: float) -> None:
        """Remove what was left by a recorder or a pruning that was killed: bodies that no call has.

        Ids grow, so those below the body of a call that is a day old are as old. A younger one may belong to a call
        that is not written yet.
        """
        bodies = [row[0] for row in self._conn.execute(_ORPHANS, [now - _DAY])]
        for start in range(0, len(bodies), _CALLS_AT_ONCE):
            with self._transaction():
                unused = self._give_up(set(bodies[start : start + _CALLS_AT_ONCE]))
            self._remove_bodies(unused)

    # What is beside them

    def _remove_sessions(self, where: str, value: float) -> None:
        """Remove sessions that have ended and have no calls left; one that may still record keeps its place."""
        with self._transaction():
            rows = self._conn.execute(
                "SELECT id FROM session WHERE ended_at IS NOT NULL"
                f" AND NOT EXISTS (SELECT 1 FROM exchange WHERE exchange.session = session.id) AND {where}",
                [value],
            ).fetchall()
            ids = _listed(row[0] for row in rows)
            self._done.problems += self._conn.execute(f"DELETE FROM problem WHERE session IN {ids}").rowcount
            self._conn.execute(f"DELETE FROM tunnel WHERE session IN {ids}")
            self._conn.execute(f"DELETE FROM session WHERE id IN {ids}")
            self._done.sessions += len(rows)

    def _renew_index(self) -> None:
        """Empty the full-text index when a quarter of it is of calls that are gone; a writer fills it again."""
        indexed = self._count("SELECT count(*) FROM search_docsize")
        alive = self._count("SELECT count(*) FROM exchange WHERE id <= (SELECT indexed_to FROM search_state)")
        if indexed < _INDEX_WORTH_RENEWING or alive * 4 > indexed * 3:
            return
        with self._transaction():
            self._conn.execute("INSERT INTO search (search) VALUES ('delete-all')")
            self._conn.execute("UPDATE search_state SET indexed_to = coalesce((SELECT min(id) FROM exchange), 1) - 1")

    def _give_back(self) -> None:
        """Give free pages back to the file system, some at a time."""
        free = self._count("PRAGMA freelist_count")
        while free:
            self._conn.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
            left = self._count("PRAGMA freelist_count")
            if left >= free:
                break
            free = left
            self._progress("free pages left", free)
        self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _count(self, sql: str) -> int:
        return int(self._conn.execute(sql).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")
            raise
        self._conn.execute("COMMIT")


def _until(rows: Iterable[tuple[Any, ...]], enough: float) -> Iterator[tuple[Any, ...]]:
    """The first rows whose shares, in the first column, come to as much as is enough."""
    for row in rows:
        yield row
        enough -= row[0]
        if enough <= 0:
            return


def _listed(ids: Iterable[int]) -> str:
    return f"({','.join(map(str, ids))})"


_USE = """
SELECT 1 FROM exchange WHERE request_body = :body UNION ALL SELECT 1 FROM exchange WHERE response_body = :body LIMIT 1
"""

_ORPHANS = """
SELECT id FROM body
WHERE id < (
    SELECT max(coalesce(max(request_body), 0), coalesce(max(response_body), 0)) FROM exchange WHERE started_at < ?
)
AND NOT EXISTS (SELECT 1 FROM exchange WHERE request_body = body.id)
AND NOT EXISTS (SELECT 1 FROM exchange WHERE response_body = body.id)
AND (sha256 IS NOT NULL OR NOT EXISTS (SELECT 1 FROM exchange WHERE state = 'open'))
"""


# What would go


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a pruning would remove: calls, and about how many bytes."""

    exchanges: int
    bytes: int


def foresee(
    conn: sqlite3.Connection, now: float, keep: float | None, max_size: int | None, session: int | None
) -> Foreseen:
    """What `prune` would do. Bytes are an estimate: a body that several calls share counts for each of them."""
    if session is not None:
        where, value = "session = ?", float(session)
    else:
        where, value = "started_at < ?", float("-inf") if keep is None else now - keep
    sql = f"SELECT {_SHARE} FROM exchange WHERE {where} AND {_MAY_GO}"
    count, freed = conn.execute(f"SELECT count(*), coalesce(sum(share), 0) FROM ({sql})", [value]).fetchone()
    excess = 0 if session is not None or max_size is None else content_size(conn) - freed - max_size
    rows = conn.execute(f"SELECT {_SHARE} FROM exchange WHERE NOT ({where}) AND {_MAY_GO} ORDER BY id", [value])
    while excess > 0 and (row := rows.fetchone()) is not None:
        count, freed, excess = count + 1, freed + row[0], excess - row[0]
    return Foreseen(count, freed)


# A row and its entries in the indexes take about as much again as its heads.
_SHARE = """
2 * (length(request_headers) + coalesce(length(response_headers), 0) + 500)
+ (SELECT coalesce(sum(length(data)), 0) FROM piece WHERE body IN (request_body, response_body)) AS share
"""
