"""The full-text index over heads and text bodies, made when the writer has nothing else to do.

What is not indexed yet is found all the same: readers look directly into every call behind `search_state.indexed_to`.
So the index may lag, and says by how much. It advances over finished calls only; one that is still under way holds it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from inspector.store.bodies import StoredBody, decoded, is_text
from inspector.store.functions import as_text
from inspector.store.trigrams import UNINDEXED, WHOLE_TEXT_LIMIT
from inspector.wire.headers import unpack

PORTION = 50
"""Calls that are indexed in one transaction: the writer must not be away from the traffic for long."""

PORTION_SECONDS = 0.1

_NEXT = """
SELECT id, state, method, target, http_version, request_headers, status, response_headers, request_body, response_body
FROM exchange WHERE id > (SELECT indexed_to FROM search_state) ORDER BY id LIMIT ?
"""


class Transactional(Protocol):
    """What the indexer needs of a `Writer`."""

    @property
    def connection(self) -> sqlite3.Connection: ...

    def transaction(self) -> AbstractContextManager[None]: ...


class Indexer:
    """Brings the index up to date, a portion at a time."""

    def __init__(self, writer: Transactional) -> None:
        self._writer = writer
        self._conn = writer.connection

    def work(self) -> bool:
        """Index the next portion; whether there may be more.

        Raises:
            sqlite3.Error: the recording cannot be written.
        """
        if self._conn.execute(_NEXT, [1]).fetchone() is None:
            return False
        until = time.monotonic() + PORTION_SECONDS
        with self._writer.transaction():
            done = 0
            for row in self._conn.execute(_NEXT, [PORTION]).fetchall():
                if row[1] == "open":
                    return False
                self._index(row)
                done += 1
                if time.monotonic() > until:
                    break
        return done > 0

    def work_to_the_end(self, seconds: float = 1e9) -> None:
        """Index all there is, or as much as goes in so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.work():
            pass

    def _index(self, row: tuple[Any, ...]) -> None:
        number, _, method, target, version, request_headers, status, response_headers, request, response = row
        head = "\n".join(
            (f"{method} {as_text(target)} {version}", as_text(request_headers), str(status), as_text(response_headers))
        )
        texts = (
            whole_text(decoded(StoredBody(self._conn, request), unpack(request_headers), True)) if request else "",
            whole_text(decoded(StoredBody(self._conn, response), unpack(response_headers or b""), False))
            if response
            else "",
        )
        self._conn.execute(
            "INSERT INTO search (rowid, head, request_body, response_body) VALUES (?, ?, ?, ?)", [number, head, *texts]
        )
        self._conn.execute("UPDATE search_state SET indexed_to = ?", [number])


def whole_text(windows: Iterator[bytes]) -> str:
    """The text of a body; empty for binary, the mark of what must always be looked into for a very long one."""
    first = next(windows, b"")
    if not first or not is_text(first):
        return ""
    whole = bytearray(first)
    for window in windows:
        if len(whole) > WHOLE_TEXT_LIMIT:
            return UNINDEXED
        whole += window
    # FTS5's trigram tokenizer takes a NUL for the end of the text (ext/fts5/fts5_tokenize.c).
    text = whole.decode("utf-8", "replace").replace("\0", "\ufffd")
    return text if len(text) <= WHOLE_TEXT_LIMIT else UNINDEXED
