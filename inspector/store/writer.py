"""Rows into a recording. One writer a process; several processes may write one file.

The writer is given finished values (heads without secrets, facts, stored bodies) and knows nothing of how they were
come by. Statements are plain SQL over the connection that sqlite-utils opened: a thousand calls a second leave no
time for building statements.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import zstandard

from inspector.facts import FACTS_VERSION, Facts
from inspector.store.body_info import info_to_json
from inspector.store.open import open_for_writing
from inspector.wire.exchange import BodyInfo, Exchange, Request, SignedChunk
from inspector.wire.headers import pack
from inspector.wire.problem import Problem

PIECE_SIZE = 1024 * 1024
_WORTH_COMPRESSING = 128

LOCK_ATTEMPTS = 20
"""Each waits for the lock as long as the connection's timeout says: ten minutes in all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An exchange as it is to be stored: secrets replaced, bodies already in place.

    `redacted` names what was replaced; `canonical_sha256` is the hex hash of the canonical request over the true
    values where one of them is signed.
    """

    exchange: Exchange
    facts: Facts
    request_body: int | None = None
    response_body: int | None = None
    request_info: BodyInfo | None = None
    response_info: BodyInfo | None = None
    redacted: tuple[str, ...] = ()
    canonical_sha256: str | None = None
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class SpoolPosition:
    """How far a session's spool has been read: up to (segment, position); a successor starts at `restart`."""

    done: tuple[int, int]
    restart: tuple[int, int]


class Writer:
    """Writes into one recording. Every method between `transaction()`s of the caller's choosing.

    Raises:
        RecordingError: the file cannot be opened.
        sqlite3.Error: from any method: the disk is full, the file is damaged or locked for longer than the timeout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = open_for_writing(path)
        self._conn: sqlite3.Connection = self._db.conn
        opened = os.stat(path)
        self._identity = (opened.st_dev, opened.st_ino)
        self._compressor = zstandard.ZstdCompressor(level=3)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for others of this room."""
        return self._conn

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def in_place(self) -> bool:
        """Whether the open file is still the one at its path: SQLite itself writes on into a removed one."""
        try:
            there = os.stat(self.path)
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == self._identity

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; taken at once for writing, so that two recorders wait for each other instead of failing."""
        self._begin()
        try:
            yield
        except BaseException:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")
            raise
        self._conn.execute("COMMIT")

    def _begin(self) -> None:
        """Others hold the lock for moments; a copy or a backup of the file may hold it for long."""
        for attempt in range(LOCK_ATTEMPTS):
            try:
                self._conn.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt == LOCK_ATTEMPTS - 1:
                    raise

    # Sessions

    def begin_session(self, uid: str, kind: str, started_at: float, **fields: Any) -> int:
        """The id of the session with this uid; it is created when there is none yet."""
        row = self._conn.execute("SELECT id FROM session WHERE uid = ?", [uid]).fetchone()
        if row is not None:
            return int(row[0])
        values = {"uid": uid, "kind": kind, "started_at": started_at, **fields}
        cursor = self._conn.execute(_insert("session", values), list(values.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_session(self, session: int, ended_at: float) -> None:
        """Nothing more will be added to the session."""
        self._conn.execute("UPDATE session SET ended_at = ? WHERE id = ?", [ended_at, session])

    def count_loss(self, session: int, exchanges: int, size: int) -> None:
        """Add to what the session knows to have lost."""
        self._conn.execute(
            "UPDATE session SET lost_exchanges = lost_exchanges + ?, lost_bytes = lost_bytes + ? WHERE id = ?",
            [exchanges, size, session],
        )

    # Exchanges

    def put(self, session: int, entry: Entry, state: str, row: int | None = None) -> int:
        """Insert the exchange, or complete the one with its uid; gives its id. `state`: open, done or failed.

        `row`: its id, where the caller knows it: an upsert that meets a row uses up an id, and people count calls by
        their ids.
        """
        values = _row(session, entry, state)
        if row is not None:
            self._conn.execute(_update(tuple(values)), {**values, "id": row})
            return row
        return int(self._conn.execute(_upsert(tuple(values)), values).fetchone()[0])

    def finished(self, uid: str) -> bool:
        """Whether the exchange with this uid is there and complete."""
        row = self._conn.execute("SELECT state FROM exchange WHERE uid = ?", [uid]).fetchone()
        return row is not None and row[0] != "open"

    def abandon_open(self, session: int, text: str) -> None:
        """Close every call of the session that is still under way: no more will be heard of it."""
        self._conn.execute(
            "UPDATE exchange SET state = 'failed', failure = 'recorder-stopped', failure_text = ?,"
            " truncated = coalesce(truncated, 'recorder-restarted') WHERE session = ? AND state = 'open'",
            [text, session],
        )

    def drop_unfinished_bodies(self, session: int) -> None:
        """Forget what a writer that died had stored of bodies still coming in."""
        rows = self._conn.execute(
            "SELECT body.id FROM body JOIN exchange ON body.id IN (request_body, response_body)"
            " WHERE session = ? AND state = 'open' AND body.sha256 IS NULL",
            [session],
        ).fetchall()
        self._conn.execute(
            "UPDATE exchange SET request_body = NULL, response_body = NULL WHERE session = ? AND state = 'open'",
            [session],
        )
        for (body,) in rows:
            self.drop_body(body)

    def put_chunks(self, exchange: int, first: int, chunks: Iterable[SignedChunk]) -> None:
        """Store chunks of an aws-chunked request, numbered from `first` on."""
        self._conn.executemany(
            "INSERT OR REPLACE INTO chunk (exchange, seq, size, sha256, signature) VALUES (?, ?, ?, ?, ?)",
            ((exchange, seq, c.size, c.sha256, c.signature) for seq, c in enumerate(chunks, first)),
        )

    def put_forwarded(self, exchange: int, request: Request, signatures: bytes | None) -> None:
        """Store what an endpoint sent on in place of a request.

        `signatures`: 32 bytes each, those that stood in the body in place of the client's; None: it is the same body.
        """
        values = {
            "exchange": exchange,
            "scheme": request.scheme,
            "host": request.host,
            "port": request.port,
            "authority": request.authority,
            "target": request.target,
            "http_version": request.http_version,
            "request_headers": pack(request.headers),
            "signatures": signatures,
        }
        self._conn.execute(_insert("forwarded", values).replace("INSERT", "INSERT OR REPLACE", 1), [*values.values()])

    # Bodies

    def put_body(self, data: bytes) -> int:
        """Store a body of at most `PIECE_SIZE` bytes, unless it is there already; gives its id."""
        sha256 = hashlib.sha256(data).hexdigest()
        known = self._body_with(sha256)
        if known is not None:
            return known
        body = self._new_body(sha256, len(data))
        self.put_piece(body, 0, data)
        return body

    def begin_body(self) -> int:
        """The id of a new body whose pieces are still to come."""
        return self._new_body(None, 0)

    def put_piece(self, body: int, position: int, data: bytes) -> None:
        """Store at most `PIECE_SIZE` bytes of a body, compressed where that pays."""
        codec, stored = self._squeeze(data)
        self._conn.execute(
            "INSERT INTO piece (body, position, size, codec, data) VALUES (?, ?, ?, ?, ?)",
            [body, position, len(data), codec, stored],
        )

    def end_body(self, body: int, sha256: str, size: int) -> int:
        """All pieces are there. Gives the id to use: an older body with the same bytes replaces this one."""
        known = self._body_with(sha256)
        if known is None:
            self._conn.execute("UPDATE body SET sha256 = ?, size = ? WHERE id = ?", [sha256, size, body])
            return body
        self.drop_body(body)
        return known

    def drop_body(self, body: int) -> None:
        """Remove a body that no exchange refers to."""
        self._conn.execute("DELETE FROM piece WHERE body = ?", [body])
        self._conn.execute("DELETE FROM body WHERE id = ?", [body])

    def _body_with(self, sha256: str) -> int | None:
        row = self._conn.execute("SELECT id FROM body WHERE sha256 = ?", [sha256]).fetchone()
        return None if row is None else int(row[0])

    def _new_body(self, sha256: str | None, size: int) -> int:
        cursor = self._conn.execute("INSERT INTO body (sha256, size) VALUES (?, ?)", [sha256, size])
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _squeeze(self, data: bytes) -> tuple[str, bytes]:
        if len(data) < _WORTH_COMPRESSING:
            return "raw", data
        squeezed = self._compressor.compress(data)
        return ("zstd", squeezed) if len(squeezed) < len(data) * 9 // 10 else ("raw", data)

    # What is beside the exchanges

    def put_problem(self, session: int, problem: Problem) -> None:
        """Store something that went wrong outside any exchange."""
        self._conn.execute(
            "INSERT INTO problem (session, at, kind, host, connection, text) VALUES (?, ?, ?, ?, ?, ?)",
            [session, problem.at, problem.kind, problem.host, problem.connection, problem.text],
        )

    def count_tunnel(self, session: int, host: str, port: int) -> None:
        """One more connection that was passed on unread."""
        self._conn.execute(
            "INSERT INTO tunnel (session, host, port, connections) VALUES (?, ?, ?, 1)"
            " ON CONFLICT DO UPDATE SET connections = connections + 1",
            [session, host, port],
        )

    # How far the spool has been read

    def spool_position(self, session: int) -> SpoolPosition | None:
        """Where the session's spool was left, or None when nothing of it was read yet."""
        row = self._conn.execute(
            "SELECT segment, position, from_segment, from_position FROM spool WHERE session = ?", [session]
        ).fetchone()
        return None if row is None else SpoolPosition((row[0], row[1]), (row[2], row[3]))

    def set_spool_position(self, session: int, position: SpoolPosition) -> None:
        """Say how far the spool is read; committed together with the rows that came of it."""
        self._conn.execute(
            "INSERT OR REPLACE INTO spool (session, segment, position, from_segment, from_position)"
            " VALUES (?, ?, ?, ?, ?)",
            [session, *position.done, *position.restart],
        )

    def forget_spool(self, session: int) -> None:
        """The spool is read to its end."""
        self._conn.execute("DELETE FROM spool WHERE session = ?", [session])


def _insert(table: str, values: Mapping[str, Any]) -> str:
    names = ", ".join(values)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})"


@cache
def _update(columns: tuple[str, ...]) -> str:
    return f"UPDATE exchange SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id"


@cache
def _upsert(columns: tuple[str, ...]) -> str:
    """A call that is under way has a row already; finishing it keeps the row's id."""
    names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "uid")
    return f"INSERT INTO exchange ({names}) VALUES ({values}) ON CONFLICT (uid) DO UPDATE SET {updates} RETURNING id"


def _row(session: int, entry: Entry, state: str) -> dict[str, Any]:
    exchange = entry.exchange
    return {
        "session": session,
        "state": state,
        **_said(exchange),
        **_bodies(entry),
        **_times(exchange),
        **_path(exchange),
        "replay_of": entry.replay_of,
        "redacted": json.dumps(entry.redacted) if entry.redacted else None,
        "canonical_sha256": entry.canonical_sha256,
        **_facts(entry.facts),
    }


def _said(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "uid": exchange.uid,
        "method": request.method.decode("latin-1"),
        "scheme": request.scheme,
        "host": request.host.lower(),
        "port": request.port,
        "authority": request.authority,
        "target": request.target,
        "http_version": request.http_version,
        "request_headers": pack(request.headers),
        "status": response.status if response else None,
        "reason": response.reason if response else None,
        "response_http_version": response.http_version if response else None,
        "response_headers": pack(response.headers) if response else None,
        "interim": json.dumps(exchange.interim) if exchange.interim else None,
        "fidelity": exchange.fidelity.value,
    }


def _bodies(entry: Entry) -> dict[str, Any]:
    request, response = entry.request_info, entry.response_info
    cut = next((info.truncated for info in (request, response) if info is not None and info.truncated), None)
    return {
        "request_body": entry.request_body,
        "response_body": entry.response_body,
        "request_info": info_to_json(request),
        "response_info": info_to_json(response),
        "request_size": request.sent.size if request else 0,
        "response_size": response.sent.size if response else 0,
        "truncated": cut,
    }


def _times(exchange: Exchange) -> dict[str, Any]:
    timing = exchange.timing
    return {
        "started_at": timing.request_start,
        "request_end": timing.request_end,
        "response_start": timing.response_start,
        "response_end": timing.response_end,
        "tcp_ms": timing.tcp_ms,
        "tls_ms": timing.tls_ms,
        "ttfb_ms": _milliseconds(timing.request_end, timing.response_start),
        "duration_ms": _milliseconds(timing.request_start, timing.response_end),
    }


def _milliseconds(start: float | None, end: float | None) -> float | None:
    """An answer may come before the request has ended: then it took no time at all."""
    return None if start is None or end is None else round(max(0.0, end - start) * 1000, 3)


def _path(exchange: Exchange) -> dict[str, Any]:
    failure = exchange.failure
    return {
        "client_address": exchange.client_address,
        "server_address": exchange.server_address,
        "client_connection": exchange.client_connection,
        "server_connection": exchange.server_connection,
        "failure": failure.kind if failure else None,
        "failure_text": failure.text if failure else None,
        "alterations": json.dumps(exchange.alterations),
    }


def _facts(facts: Facts) -> dict[str, Any]:
    key, exact = _text(facts.key)
    return {
        "facts_version": FACTS_VERSION,
        "api": facts.api,
        "operation": facts.operation,
        "bucket": facts.bucket,
        "key": key,
        "key_bytes": None if exact else facts.key,
        "client": facts.client,
        "auth": facts.auth,
        "payload": facts.payload,
        "key_id": facts.key_id,
        "region": facts.region,
        "presigned": int(facts.presigned),
        "error_code": facts.error_code,
        "error_message": facts.error_message,
        "attempt": facts.attempt,
        "attempt_max": facts.attempt_max,
        "invocation_id": facts.invocation_id,
        "upload_id": facts.upload_id,
        "part_number": facts.part_number,
        "version_id": facts.version_id,
        "request_id": facts.request_id,
    }


def _text(raw: bytes | None) -> tuple[str | None, bool]:
    """Bytes as text, and whether the text says them exactly."""
    if raw is None:
        return None, True
    try:
        return raw.decode(), True
    except UnicodeDecodeError:
        return raw.decode(errors="replace"), False
