"""Calls as they went on in time: for lanes by connection, and for multipart uploads as rows of parts.

A window of time is found through the index of moments; however long a recording is, some thousand rows are read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from inspector.store.compile import Compiled
from inspector.wire.headers import get, unpack
from inspector.wire.outcome import went_wrong

LONGEST = 120.0
"""Seconds before a window in which calls may have begun that reach into it; longer ones are seen where they begin."""


class TimedCall(NamedTuple):
    """A call with its phases. Field names are column names; moments in Unix seconds, `*_ms` in milliseconds."""

    id: int
    session: int
    state: str
    method: str
    target: bytes
    host: str
    client: str | None
    operation: str | None
    bucket: str | None
    key: str | None
    status: int | None
    failure: str | None
    error_code: str | None
    started_at: float
    tcp_ms: float | None
    tls_ms: float | None
    request_end: float | None
    response_start: float | None
    response_end: float | None
    client_connection: str | None
    client_address: str | None
    invocation_id: str | None
    attempt: int | None
    attempt_max: int | None
    upload_id: str | None
    part_number: int | None
    request_size: int
    response_size: int

    @property
    def failed(self) -> bool:
        """Whether it ended without a whole answer, or with one that says so."""
        return went_wrong(self.status, self.failure)


class PartRow(NamedTuple):
    """A call of a multipart upload. `etag` is the answer's, without quotes; `request_body` is for `Recording.body`."""

    id: int
    session: int
    state: str
    operation: str | None
    bucket: str | None
    key: str | None
    status: int | None
    failure: str | None
    error_code: str | None
    started_at: float
    upload_id: str
    part_number: int | None
    request_size: int
    request_body: int | None
    etag: str | None

    @property
    def failed(self) -> bool:
        """Whether it ended without a whole answer, or with one that says so."""
        return went_wrong(self.status, self.failure)


_COLUMNS = ", ".join(TimedCall._fields)
_PART_COLUMNS = ", ".join((*PartRow._fields[:-1], "response_headers"))


def timed(conn: sqlite3.Connection, compiled: Compiled, begin: float, end: float, limit: int) -> list[TimedCall]:
    """The matching calls that went on between two moments, the first `limit` of them."""
    sql = (
        f"SELECT {_COLUMNS} FROM exchange WHERE started_at BETWEEN ? AND ? AND {compiled.where.text}"
        " AND (response_end IS NULL OR response_end >= ?) ORDER BY started_at, id LIMIT ?"
    )
    cursor = conn.execute(sql, (begin - LONGEST, end, *compiled.where.values, begin, limit))
    return [TimedCall._make(values) for values in cursor]


def time_around(conn: sqlite3.Connection, number: int | None, calls: int) -> tuple[float, float] | None:
    """From when to when some calls on each side of one (None: of the newest) went on; None of none."""
    if number is None:
        number = conn.execute("SELECT max(id) FROM exchange").fetchone()[0] or 0
    sql = (
        "SELECT min(started_at), max(coalesce(response_end, started_at)) FROM exchange"
        " WHERE id BETWEEN ? AND ? AND session = (SELECT session FROM exchange WHERE id = ?)"
    )
    begin, end = conn.execute(sql, (number - calls, number + calls, number)).fetchone()
    return None if begin is None else (begin, end)


def uploads(conn: sqlite3.Connection, compiled: Compiled) -> Iterator[PartRow]:
    """The calls of multipart uploads among those that match, in the order of their ids."""
    sql = f"SELECT {_PART_COLUMNS} FROM exchange WHERE upload_id IS NOT NULL AND {compiled.where.text} ORDER BY id"
    for *values, headers in conn.execute(sql, compiled.where.values):
        etag = get(unpack(headers), b"etag") if headers else None
        yield PartRow._make((*values, None if etag is None else etag.decode("latin-1").strip().strip('"')))
