"""The calls that a filter matches, without reading the rows that it rules out, and without holding the file.

SQLite plans without knowing how many rows have a value, and would sort a million of them before it gives the first.
So it is probed: where an index names few ids, those are looked at; where it names many, the rows are read in order,
among which matches then come often. Either way in windows, each a statement of its own: a list that waits in a pager
keeps no lock, and no log from being checkpointed.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.store.compile import Compiled
from inspector.store.sql import Sql

PROBE = 10_000
"""Ids that are taken from an index, or a share of all, before reading in order is thought cheaper."""

_SHARE, _COUNT_SHARE, _BODY_SHARE = 50, 20, 4

_FIRST_WINDOW, _WINDOW = 64, 1024
_FEW, _SOME = 4, 256
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Ids to look at, in order (None: all), between a first and a last one."""

    ids: Sequence[int] | None
    first: int
    last: int


def plan(conn: sqlite3.Connection, compiled: Compiled, share: int = _SHARE) -> Plan:
    """How to come by the matches of a filter; by the ids of an index up to PROBE or one in `share` of all."""
    first, last = _span(conn, compiled.spans)
    best = None
    if first <= last:
        limit = max(PROBE, _largest(conn) // (_BODY_SHARE if compiled.costly else share))
        for driver in compiled.drivers:
            ids = _ids(conn, driver, limit if best is None else min(limit, len(best)))
            best = ids if ids is not None else best
    return Plan(best, first, last)


def matching(
    conn: sqlite3.Connection, compiled: Compiled, columns: str, newest_first: bool = False, after: int | None = None
) -> Iterator[list[tuple[object, ...]]]:
    """Windows of the matching rows' columns, by id. `after` begins behind that id. The first column must be the id."""
    found = plan(conn, compiled)
    if after is not None:
        found = Plan(found.ids, found.first, min(found.last, after - 1)) if newest_first else Plan(
            found.ids, max(found.first, after + 1), found.last
        )  # fmt: skip
    if found.first > found.last:
        return iter(())
    if found.ids is not None:
        sizes = (_FEW, _FEW) if compiled.judged else (_FIRST_WINDOW, _WINDOW)
        return _among(conn, compiled.where, columns, found, newest_first, sizes)
    if compiled.judged:
        return _step_by_step(conn, compiled.where, columns, found, newest_first)
    return _in_order(conn, compiled.where, columns, found, newest_first)


def count(conn: sqlite3.Connection, compiled: Compiled) -> int:
    """How many rows match."""
    found = plan(conn, compiled, _COUNT_SHARE)
    if found.ids is not None:
        return sum(len(window) for window in _among(conn, compiled.where, "id", found, False, (_FIRST_WINDOW, _WINDOW)))
    # Without the first and the last id: a condition on the rowid would keep SQLite from counting in an index alone.
    sql = f"SELECT count(*) FROM exchange WHERE {compiled.where.text}"
    return int(conn.execute(sql, compiled.where.values).fetchone()[0])


def _span(conn: sqlite3.Connection, spans: Sequence[Sql]) -> tuple[int, int]:
    first, last = 0, _LARGEST_ID
    for span in spans:
        low, high = conn.execute(span.text, span.values).fetchone()
        if low is None:
            return 1, 0
        first, last = max(first, low), min(last, high)
    return first, last


def _largest(conn: sqlite3.Connection) -> int:
    return conn.execute("SELECT max(id) FROM exchange").fetchone()[0] or 0


def _ids(conn: sqlite3.Connection, driver: Sequence[Sql], limit: int) -> array[int] | None:
    """The ids of a driver in order, each once; None when they are more than the limit."""
    found: set[int] = set()
    for select in driver:
        cursor = conn.execute(f"{select.text} LIMIT ?", (*select.values, min(limit + 1, _LARGEST_ID)))
        found.update(row[0] for row in cursor)
        if len(found) > limit:
            return None
    return array("q", sorted(found))


def _among(
    conn: sqlite3.Connection, where: Sql, columns: str, found: Plan, newest_first: bool, sizes: tuple[int, int]
) -> Iterator[list[tuple[object, ...]]]:
    """`sizes`: how many ids are looked at first, and at most."""
    assert found.ids is not None
    ids = [number for number in found.ids if found.first <= number <= found.last]
    if newest_first:
        ids.reverse()
    order = "DESC" if newest_first else "ASC"
    (size, largest), position = sizes, 0
    while position < len(ids):
        some = ",".join(map(str, ids[position : position + size]))
        sql = f"SELECT {columns} FROM exchange WHERE id IN ({some}) AND {where.text} ORDER BY id {order}"
        rows = conn.execute(sql, where.values).fetchall()
        if rows:
            yield rows
        position, size = position + size, min(largest, size * 4)


def _step_by_step(
    conn: sqlite3.Connection, where: Sql, columns: str, found: Plan, newest_first: bool
) -> Iterator[list[tuple[object, ...]]]:
    """So many rows after so many, whatever matches among them: whoever waits for none is told that, and may stop."""
    order = "DESC" if newest_first else "ASC"
    sql = f"SELECT {columns} FROM exchange NOT INDEXED WHERE id BETWEEN ? AND ? AND {where.text} ORDER BY id {order}"
    first, last, size = max(found.first, 1), min(found.last, _largest(conn)), _FIRST_WINDOW
    while first <= last:
        low, high = (max(first, last - size + 1), last) if newest_first else (first, min(last, first + size - 1))
        yield conn.execute(sql, (low, high, *where.values)).fetchall()
        first, last = (first, low - 1) if newest_first else (high + 1, last)
        size = min(_SOME, size * 2)


def _in_order(
    conn: sqlite3.Connection, where: Sql, columns: str, found: Plan, newest_first: bool
) -> Iterator[list[tuple[object, ...]]]:
    order = "DESC" if newest_first else "ASC"
    sql = (
        f"SELECT {columns} FROM exchange NOT INDEXED WHERE {where.text} AND id BETWEEN ? AND ?"
        f" ORDER BY id {order} LIMIT ?"
    )
    first, last, size = found.first, found.last, _FIRST_WINDOW
    while first <= last:
        rows = conn.execute(sql, (*where.values, first, last, size)).fetchall()
        if rows:
            yield rows
        if len(rows) < size:
            return
        edge = int(rows[-1][0])
        first, last = (first, edge - 1) if newest_first else (edge + 1, last)
        size = min(_WINDOW, size * 4)
