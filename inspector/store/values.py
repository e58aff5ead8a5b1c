"""The values that occur in a recording, for completion."""

from __future__ import annotations

import sqlite3

from inspector.store.compile import COLUMNS, FEW
from inspector.store.filters.completion import fixed_values
from inspector.store.filters.fields import CHOICES, FIELDS, ORDERED
from inspector.store.filters.tree import quoted
from inspector.store.sql import globbed

RECENT = 5000
"""How many of the newest calls are looked through for values that no index tells apart."""


def occurring(conn: sqlite3.Connection, field: str, prefix: str, limit: int) -> list[str]:
    """At most `limit` values of a field that begin with `prefix` (any case), ready to be written into a filter."""
    fixed = fixed_values(field, prefix)
    if fixed or FIELDS[field].kind in ORDERED or field in CHOICES or field == "is":
        return fixed[:limit]
    column = FEW.get(field) or COLUMNS.get(field)
    if column is None:
        return []
    found = conn.execute(*_query(field, column, prefix.lstrip('"'), limit)).fetchall()
    return [_written(str(row[0])) for row in found if row[0]]


def _query(field: str, column: str, prefix: str, limit: int) -> tuple[str, tuple[str | int | float, ...]]:
    like = "".join(f"\\{char}" if char in "%_\\" else char for char in prefix) + "%"
    if field in FEW:
        sql = (
            f"WITH RECURSIVE v(x) AS (SELECT min({column}) FROM exchange WHERE {column} IS NOT NULL UNION ALL"
            f" SELECT (SELECT min({column}) FROM exchange WHERE {column} > v.x) FROM v WHERE v.x IS NOT NULL)"
            " SELECT x FROM v WHERE x LIKE ? ESCAPE '\\' LIMIT ?"
        )
        return sql, (like, limit)
    if field == "key" and prefix:
        test = globbed("key", prefix.replace("*", "\\*").replace("?", "\\?") + "*")
        return f"SELECT DISTINCT key FROM exchange WHERE {test.text} ORDER BY key LIMIT ?", (*test.values, limit)
    sql = (
        f"SELECT DISTINCT x FROM (SELECT {column} AS x FROM exchange ORDER BY id DESC LIMIT {RECENT})"
        " WHERE x LIKE ? ESCAPE '\\' ORDER BY x LIMIT ?"
    )
    return sql, (like, limit)


def _written(value: str) -> str:
    """A value as the filter language writes it: what would be a wildcard escaped, what holds a space quoted."""
    text = value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    return quoted(text) if not text.isprintable() or any(char in " ()\"'" for char in text) else text
