"""What a comparison needs of a recording: the good call that comes nearest to a bad one, and a session call by call."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

CANDIDATES = 2_000
"""How many good calls of an operation are looked at on each side of a bad one; the nearest come first."""


class SessionCall(NamedTuple):
    """A call as sessions are aligned by; hashes (hex) are of the payload as the application sees it, None for none."""

    id: int
    operation: str | None
    method: str
    bucket: str | None
    key: str | None
    part_number: int | None
    status: int | None
    error_code: str | None
    failure: str | None
    payload: str | None
    answer: str | None


def session_calls(conn: sqlite3.Connection, session: int) -> Iterator[SessionCall]:
    """The calls of a session in their order."""
    sql = (
        "SELECT id, operation, method, bucket, key, part_number, status, error_code, failure, request_info,"
        " response_info FROM exchange WHERE session = ? ORDER BY id"
    )
    for row in conn.execute(sql, [session]):
        yield SessionCall._make((*row[:-2], _sha256(row[-2]), _sha256(row[-1])))


def _sha256(info: str | None) -> str | None:
    if info is None:
        return None
    value: dict[str, Any] = json.loads(info)
    digests = value.get("decoded") or value["sent"]
    return str(digests["sha256"])


def good_neighbour(conn: sqlite3.Connection, number: int) -> int | None:
    """The id of the good call most like this one: same operation; then bucket, client, key; then the nearest."""
    row = conn.execute("SELECT operation, bucket, key, client, session FROM exchange WHERE id = ?", [number]).fetchone()
    if row is None or row[0] is None:
        return None
    sql = (
        f"SELECT id FROM ({_NEAR.format('<', 'DESC')} UNION ALL {_NEAR.format('>', 'ASC')}) ORDER BY"
        " (bucket IS ?) * 4 + (client IS ?) * 2 + (key IS ?) DESC, (session = ?) DESC, abs(id - ?) LIMIT 1"
    )
    operation, bucket, key, client, session = row
    here = [operation, number, CANDIDATES]
    found = conn.execute(sql, [*here, *here, bucket, client, key, session, number]).fetchone()
    return None if found is None else int(found[0])


def before_it(conn: sqlite3.Connection, number: int) -> int | None:
    """The id of the call before this one that asked the same: same operation and object, else same operation."""
    row = conn.execute("SELECT operation, bucket, key, session FROM exchange WHERE id = ?", [number]).fetchone()
    if row is None:
        return None
    operation, bucket, key, session = row
    sql = (
        "SELECT id FROM (SELECT id, bucket, key, session FROM exchange WHERE operation IS ? AND id < ?"
        " ORDER BY id DESC LIMIT ?) ORDER BY (bucket IS ?) * 2 + (key IS ?) DESC, (session = ?) DESC, id DESC LIMIT 1"
    )
    found = conn.execute(sql, [operation, number, CANDIDATES, bucket, key, session]).fetchone()
    return None if found is None else int(found[0])


_NEAR = (
    "SELECT * FROM (SELECT id, bucket, key, client, session FROM exchange WHERE operation = ? AND id {} ?"
    " AND status < 400 AND failure IS NULL AND error_code IS NULL ORDER BY id {} LIMIT ?)"
)
