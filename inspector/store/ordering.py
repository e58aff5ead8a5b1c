"""The ids that match, in the order of a column, the first of them at once.

An index gives all ids in the order of its column without a row being read. Where a filter holds, its matches are found
first, as for a list, and set as bits; the index is then walked, and what is not among them passed over. Few matches are
sorted by themselves.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator
from itertools import chain

from inspector.store.compile import Compiled
from inspector.store.matching import PROBE, matching, plan
from inspector.store.sql import Sql

EVERY = Sql("1")

SORTS = {
    "id": "id",
    "time": "started_at",
    "op": "operation",
    "status": "status",
    "bucket": "bucket",
    "key": "key",
    "host": "host",
    "dur": "duration_ms",
    "ttfb": "ttfb_ms",
    "req.size": "request_size",
    "resp.size": "response_size",
}
"""What a list can be sorted by: field of the filter language to column. Each of the columns is indexed."""

INDEXES = {
    "time": "exchange_started_at",
    "op": "exchange_operation",
    "status": "exchange_status",
    "bucket": "exchange_bucket",
    "key": "exchange_key",
    "host": "exchange_host",
    "dur": "exchange_duration",
    "ttfb": "exchange_ttfb",
    "req.size": "exchange_request_size",
    "resp.size": "exchange_response_size",
}
"""The index of each of those columns; ids are the table's own order."""

_FIRST_WINDOW, _WINDOW = 256, 16_384


def in_order(conn: sqlite3.Connection, compiled: Compiled | None, sort: str, descending: bool) -> Iterator[list[int]]:
    """Windows of matching ids (None: all), sorted by a field of `INDEXES`; those without a value come last.

    What is equal keeps the order of ids.
    """
    if compiled is None:
        return _walk(conn, sort, descending)
    found = plan(conn, compiled)
    if found.ids is not None:
        return _some(conn, compiled, sort, descending)
    return _many(conn, compiled, sort, descending)


def _some(conn: sqlite3.Connection, compiled: Compiled, sort: str, descending: bool) -> Iterator[list[int]]:
    ids = _matches(conn, compiled)
    if len(ids) > PROBE:
        yield from _among(conn, ids, sort, descending)
    elif ids:
        yield from _walk(conn, sort, descending, Sql(f"id IN ({','.join(map(str, ids))})"), indexed=False)


def _many(conn: sqlite3.Connection, compiled: Compiled, sort: str, descending: bool) -> Iterator[list[int]]:
    """Matches are frequent: the first of them are found at once by reading rows in order; then all of them."""
    first = next(_walk(conn, sort, descending, compiled.where), [])
    yield first
    shown = set(first)
    for window in _among(conn, _matches(conn, compiled), sort, descending):
        yield [number for number in window if number not in shown]


def _matches(conn: sqlite3.Connection, compiled: Compiled) -> array[int]:
    return array("q", (row[0] for row in chain.from_iterable(matching(conn, compiled, "id"))))  # type: ignore[misc]


def _among(conn: sqlite3.Connection, ids: array[int], sort: str, descending: bool) -> Iterator[list[int]]:
    """Those of all ids, in order, that are wanted: a byte for each, for a set of a million would take 60 MB."""
    wanted = bytearray(max(ids, default=0) + 1)
    for number in ids:
        wanted[number] = 1
    end = len(wanted)
    for window in _walk(conn, sort, descending):
        yield [number for number in window if number < end and wanted[number]]


def _walk(
    conn: sqlite3.Connection, sort: str, descending: bool, where: Sql = EVERY, *, indexed: bool = True
) -> Iterator[list[int]]:
    column, turn = SORTS[sort], "DESC" if descending else "ASC"
    table = f"exchange INDEXED BY {INDEXES[sort]}" if indexed else "exchange NOT INDEXED"
    for test in (f"{column} IS NOT NULL", f"{column} IS NULL"):
        sql = f"SELECT id FROM {table} WHERE {test} AND {where.text} ORDER BY {column} {turn}, id {turn}"
        cursor = conn.execute(sql, where.values)
        size = _FIRST_WINDOW
        while rows := cursor.fetchmany(size):
            yield [row[0] for row in rows]
            size = _WINDOW
