"""Recordings for tests that read: calls by a few words, written by the real writer."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inspector.facts import Facts
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import BodyInfo, Digests, Exchange, Failure, Request, Response, SignedChunk, Timing
from inspector.wire.headers import Headers
from inspector.wire.problem import Problem

HOST = "s3.us-west-004.backblazeb2.com"
NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""


@dataclass(frozen=True)
class Call:
    """A call and its bodies; everything has a default."""

    request: Request
    response: Response | None
    facts: Facts
    timing: Timing
    request_body: bytes = b""
    response_body: bytes = b""
    state: str = "done"
    failure: Failure | None = None
    marked: bool = False
    note: str | None = None
    exchange: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    chunks: tuple[SignedChunk, ...] = ()
    info: BodyInfo | None = None


def call(
    target: bytes = b"/photos/a.jpg",
    *,
    method: bytes = b"PUT",
    status: int | None = 200,
    headers: Headers = (),
    answer: Headers = (),
    at: float = NOON,
    took: float = 0.05,
    host: str = HOST,
    facts: dict[str, Any] | None = None,
    **rest: Any,
) -> Call:
    """A call with usual values, but for those that are given."""
    known: dict[str, Any] = {
        "api": "s3",
        "operation": "PutObject",
        "bucket": "photos",
        "key": b"a.jpg",
        **(facts or {}),
    }
    ended = status is not None
    timing = Timing(at, at + 0.001, at + 0.02 if ended else None, at + took if ended else None)
    return Call(
        Request(method, "https", host, 443, target, ((b"Host", host.encode()), *headers)),
        Response(status, answer) if status is not None else None,
        Facts(**known),
        timing,
        **rest,
    )


def record(path: Path, *sessions: Iterable[Call], problems: Iterable[Problem] = (), ended: bool = True) -> Path:
    """A recording with these sessions, whose calls have the ids 1, 2, 3..."""
    writer = Writer(path)
    number = 0
    for index, calls in enumerate(sessions or ((),), 1):
        with writer.transaction():
            session = writer.begin_session(f"session-{index}", "run", NOON, name=f"run {index}", program="python")
            for each in calls:
                number += 1
                _put(writer, session, each, f"01930000-0000-7000-8000-{number:012d}")
            for problem in problems:
                writer.put_problem(session, problem)
            if ended:
                writer.end_session(session, NOON + 60)
    writer.close()
    return path


def add(path: Path, *calls: Call) -> None:
    """Write more calls into a recording, as a session of their own."""
    writer = Writer(path)
    with writer.transaction():
        uid = f"more-{writer.connection.execute('SELECT count(*) FROM exchange').fetchone()[0]}"
        session = writer.begin_session(uid, "run", NOON)
        for number, each in enumerate(calls):
            _put(writer, session, each, f"{uid}-{number}")
    writer.close()


def _put(writer: Writer, session: int, each: Call, uid: str) -> None:
    exchange = Exchange(uid, each.request, each.timing, each.response, each.failure, **each.exchange)
    entry = Entry(
        exchange,
        each.facts,
        request_body=_body(writer, each.request_body),
        response_body=_body(writer, each.response_body),
        request_info=each.info or known(each.request_body),
        response_info=known(each.response_body),
    )
    number = writer.put(session, replace(entry, **each.entry), each.state)
    writer.put_chunks(number, 0, each.chunks)
    writer.connection.execute(
        "UPDATE exchange SET marked = ?, note = ? WHERE id = ?", [int(each.marked), each.note, number]
    )


def _body(writer: Writer, data: bytes) -> int | None:
    """Large bodies come in pieces, as from a recorder."""
    if not data:
        return None
    if len(data) <= 1024 * 1024:
        return writer.put_body(data)
    body = writer.begin_body()
    for start in range(0, len(data), 1024 * 1024):
        writer.put_piece(body, start, data[start : start + 1024 * 1024])
    return writer.end_body(body, hashlib.sha256(data).hexdigest(), len(data))


def known(data: bytes) -> BodyInfo:
    """What the recorder would know of a body that it kept whole."""
    digests = Digests(
        len(data), hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), f"{zlib.crc32(data):08x}"
    )
    return BodyInfo(digests, len(data))


def damaged_further_in(path: Path) -> Path:
    """A recording whose schema can be read; the pages behind it, with all that was recorded, are none any more."""
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        (page,) = conn.execute("SELECT min(rootpage) FROM sqlite_master WHERE name = 'exchange'").fetchone()
        (session,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'session'").fetchone()
    with path.open("r+b") as file:
        for number in (page, session):
            file.seek((number - 1) * size)
            file.write(b"\xa5" * size)
    return path
