"""What was said around a call: its neighbours in the recording, in bounded windows that an index leads to.

However long a recording is, looking around one call reads some hundreds of rows at most.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

from inspector.wire.headers import Headers, get, unpack

KEY_WINDOW = 5000
"""How far (in ids) other calls of the same key id are looked for."""

_COLUMNS = "id, host, port, authority, target, request_headers, response_headers, status, region, redacted"


class Neighbour(NamedTuple):
    """Another call of the same session, as far as it may tell something about this one.

    `redacted` are the places (`header NAME`, `query NAME`) whose values were replaced before they were stored.
    """

    id: int
    host: str
    port: int
    authority: bytes
    target: bytes
    headers: Headers
    answer: Headers
    status: int | None
    region: str | None
    redacted: tuple[str, ...]


def nearby(conn: sqlite3.Connection, number: int, session: int, each_side: int) -> list[Neighbour]:
    """The calls of a session before and after one of them, the nearest first."""
    found: list[Neighbour] = []
    for side, order in (("<", "DESC"), (">", "ASC")):
        sql = f"SELECT {_COLUMNS} FROM exchange WHERE session = ? AND id {side} ? ORDER BY id {order} LIMIT ?"
        found += map(_neighbour, conn.execute(sql, [session, number, each_side]))
    return sorted(found, key=lambda one: abs(one.id - number))


def before(conn: sqlite3.Connection, number: int, session: int, invocation: str | None, each: int) -> list[int]:
    """The ids of calls of a session before one of them, the nearest first; earlier attempts of the same call however
    far they are.
    """
    found: set[int] = set()
    for column, value in (("session", session), ("invocation_id", invocation)):
        sql = f"SELECT id FROM exchange WHERE {column} = ? AND id < ? ORDER BY id DESC LIMIT ?"
        found |= {row[0] for row in conn.execute(sql, [value, number, each])}
    return sorted(found, reverse=True)


UPLOAD_CALLS = 20_000
"""Calls of one multipart upload that are read at most: it has 10,000 parts, and each may be sent again."""


class UploadCall(NamedTuple):
    """A call of a multipart upload. `size`: bytes of its body's payload; `etag` as the answer has it."""

    id: int
    operation: str
    started_at: float
    part_number: int | None
    size: int
    status: int | None
    error: str | None
    etag: str | None


def of_upload(conn: sqlite3.Connection, upload_id: str, before: int | None = None) -> list[UploadCall]:
    """The calls of a multipart upload (those with a lower id than `before`), the first one first."""
    sql = (
        "SELECT id, operation, started_at, part_number,"
        " coalesce(json_extract(request_info, '$.decoded.size'), request_size), status, error_code, response_headers"
        " FROM exchange WHERE upload_id = ?1 AND (?2 IS NULL OR id < ?2) AND operation IS NOT NULL ORDER BY id LIMIT ?3"
    )
    return [
        UploadCall._make([*values, _etag(headers)])
        for *values, headers in conn.execute(sql, [upload_id, before, UPLOAD_CALLS])
    ]


def _etag(headers: bytes | None) -> str | None:
    value = get(unpack(headers), b"etag") if headers else None
    return None if value is None else value.decode("utf-8", "replace")


def of_key(
    conn: sqlite3.Connection, number: int, session: int, key_id: str, client: str | None, limit: int
) -> list[int]:
    """The ids of calls of the same session, key id and client that the server did not refuse, the nearest first."""
    found: list[int] = []
    for first, last, order in ((number - KEY_WINDOW, number - 1, "DESC"), (number + 1, number + KEY_WINDOW, "ASC")):
        sql = (
            "SELECT id FROM exchange WHERE key_id = ? AND id BETWEEN ? AND ? AND session = ? AND client IS ?"
            f" AND status NOT IN (400, 401, 403) ORDER BY id {order} LIMIT ?"
        )
        found += (row[0] for row in conn.execute(sql, [key_id, first, last, session, client, limit]))
    return sorted(found, key=lambda one: abs(one - number))[:limit]


def host_names(conn: sqlite3.Connection, limit: int) -> list[tuple[str, int]]:
    """Hosts that calls were meant for, with a port of each: one look into the index for each of them."""
    sql = """
        WITH RECURSIVE hosts(name) AS (
            SELECT min(host) FROM exchange
            UNION ALL
            SELECT (SELECT min(host) FROM exchange WHERE host > hosts.name) FROM hosts WHERE name IS NOT NULL
        )
        SELECT name, (SELECT port FROM exchange WHERE host = name LIMIT 1) FROM hosts WHERE name IS NOT NULL LIMIT ?
    """
    return [(name, port) for name, port in conn.execute(sql, [limit])]


def _neighbour(values: tuple[Any, ...]) -> Neighbour:
    number, host, port, authority, target, sent, received, status, region, redacted = values
    return Neighbour(
        id=number,
        host=host,
        port=port,
        authority=authority,
        target=target,
        headers=unpack(sent),
        answer=unpack(received or b""),
        status=status,
        region=region,
        redacted=tuple(json.loads(redacted or "[]")),
    )
