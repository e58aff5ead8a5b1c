"""The tables of a recording, and how an older file becomes a newer one.

Bytes are the source; every column that can be computed from them (the facts) carries `facts_version` and may be
rebuilt. Ids are AUTOINCREMENT: what a person typed yesterday never names another call today. Bodies are
content-addressed (SHA-256 of the stored bytes) and kept in pieces, because SQLite's largest blob is 1,000,000,000
bytes and one zstd frame cannot be read in windows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database, Migrations

migrations = Migrations("b2-inspector")


@migrations()
def m001_recording(db: Database) -> None:
    """The first schema."""
    for statement in _statements(FIRST_SCHEMA):
        db.conn.execute(statement)


@migrations()
def m002_forwarded(db: Database) -> None:
    """What an endpoint sent on in place of a client's request."""
    for statement in _statements(FORWARDED_SCHEMA):
        db.conn.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


FIRST_SCHEMA = """
CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,             -- run, record, import
    name TEXT,
    program TEXT,                   -- what `run` started, without its arguments; or the imported file's name
    listen TEXT,
    versions TEXT NOT NULL DEFAULT '{}',
    started_at REAL NOT NULL,       -- Unix seconds, as every *_at and moment here
    ended_at REAL,                  -- null while the recorder runs, or when it was killed
    lost_exchanges INTEGER NOT NULL DEFAULT 0,
    lost_bytes INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE exchange (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    session INTEGER NOT NULL REFERENCES session(id),
    state TEXT NOT NULL,            -- open, done, failed
    -- what was said
    method TEXT NOT NULL,
    scheme TEXT NOT NULL,
    host TEXT NOT NULL,             -- where the client meant it to go, lower case
    port INTEGER NOT NULL,
    authority BLOB NOT NULL DEFAULT x'',
    target BLOB NOT NULL,
    http_version TEXT NOT NULL,
    request_headers BLOB NOT NULL,  -- wire.headers.pack
    status INTEGER,
    reason BLOB,
    response_http_version TEXT,
    response_headers BLOB,
    request_body INTEGER REFERENCES body(id),
    response_body INTEGER REFERENCES body(id),
    request_info TEXT,              -- JSON of wire.exchange.BodyInfo; null for an empty body
    response_info TEXT,
    request_size INTEGER NOT NULL DEFAULT 0,
    response_size INTEGER NOT NULL DEFAULT 0,
    truncated TEXT,                 -- why stored bodies are not whole; null when they are
    -- when and over what
    started_at REAL NOT NULL,
    request_end REAL,
    response_start REAL,
    response_end REAL,
    tcp_ms REAL,
    tls_ms REAL,
    ttfb_ms REAL,
    duration_ms REAL,
    client_address TEXT,
    server_address TEXT,
    client_connection TEXT,
    server_connection TEXT,
    failure TEXT,                   -- wire.exchange.Failure.kind
    failure_text TEXT,
    alterations TEXT NOT NULL DEFAULT '[]',
    interim TEXT,                   -- JSON list of 1xx statuses
    fidelity TEXT NOT NULL DEFAULT 'wire',
    replay_of INTEGER,
    -- secrets that were replaced before the write
    redacted TEXT,                  -- JSON list of names
    canonical_sha256 TEXT,          -- of the canonical request over the true values, where a redacted header is signed
    -- facts: computed from the bytes above, rebuilt when facts_version is old
    facts_version INTEGER NOT NULL,
    api TEXT,                       -- s3, b2
    operation TEXT,
    bucket TEXT,
    key TEXT,                       -- decoded; what is not UTF-8 shows U+FFFD
    key_bytes BLOB,                 -- only where key is not exact
    client TEXT,
    auth TEXT NOT NULL,
    payload TEXT,
    key_id TEXT,
    region TEXT,
    presigned INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    error_message TEXT,
    attempt INTEGER,
    attempt_max INTEGER,
    invocation_id TEXT,
    upload_id TEXT,
    part_number INTEGER,
    version_id TEXT,
    request_id TEXT,                -- x-amz-request-id of the answer
    -- what the user said of it
    marked INTEGER NOT NULL DEFAULT 0,
    note TEXT
);
CREATE INDEX exchange_session ON exchange(session);
CREATE INDEX exchange_started_at ON exchange(started_at);
CREATE INDEX exchange_status ON exchange(status);
CREATE INDEX exchange_operation ON exchange(operation);
CREATE INDEX exchange_bucket ON exchange(bucket);
CREATE INDEX exchange_key ON exchange(key);
CREATE INDEX exchange_host ON exchange(host);
CREATE INDEX exchange_duration ON exchange(duration_ms);
CREATE INDEX exchange_ttfb ON exchange(ttfb_ms);
CREATE INDEX exchange_request_size ON exchange(request_size);
CREATE INDEX exchange_response_size ON exchange(response_size);
CREATE INDEX exchange_error ON exchange(error_code) WHERE error_code IS NOT NULL;
CREATE INDEX exchange_failure ON exchange(failure) WHERE failure IS NOT NULL;
CREATE INDEX exchange_open ON exchange(state) WHERE state = 'open';
CREATE INDEX exchange_invocation ON exchange(invocation_id) WHERE invocation_id IS NOT NULL;
CREATE INDEX exchange_upload ON exchange(upload_id) WHERE upload_id IS NOT NULL;
CREATE INDEX exchange_key_id ON exchange(key_id) WHERE key_id IS NOT NULL;
CREATE INDEX exchange_client ON exchange(client) WHERE client IS NOT NULL;
CREATE INDEX exchange_marked ON exchange(marked) WHERE marked;
CREATE INDEX exchange_request_body ON exchange(request_body) WHERE request_body IS NOT NULL;
CREATE INDEX exchange_response_body ON exchange(response_body) WHERE response_body IS NOT NULL;

CREATE TABLE chunk (                -- the signed chunks of an aws-chunked request
    exchange INTEGER NOT NULL REFERENCES exchange(id),
    seq INTEGER NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    signature TEXT,
    PRIMARY KEY (exchange, seq)
) WITHOUT ROWID;

CREATE TABLE body (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT,                    -- of the stored bytes; null while pieces still come
    size INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX body_sha256 ON body(sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE piece (                -- at most 1 MiB of a body, a frame of its own
    body INTEGER NOT NULL REFERENCES body(id),
    position INTEGER NOT NULL,      -- of its first byte in the body
    size INTEGER NOT NULL,          -- of its bytes when decoded
    codec TEXT NOT NULL,            -- raw, zstd
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX piece_place ON piece(body, position);

CREATE TABLE problem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session(id),
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    connection TEXT,
    text TEXT NOT NULL
);
CREATE INDEX problem_session ON problem(session);

CREATE TABLE tunnel (               -- hosts that were passed on unread
    session INTEGER NOT NULL REFERENCES session(id),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    connections INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session, host, port)
) WITHOUT ROWID;

CREATE TABLE spool (                -- how far the writer has come in each recorder's spool
    session INTEGER PRIMARY KEY REFERENCES session(id),
    segment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    from_segment INTEGER NOT NULL,  -- where the oldest call that is still under way began:
    from_position INTEGER NOT NULL  -- a writer that takes over reads from here on
);

CREATE VIRTUAL TABLE search USING fts5(
    head, request_body, response_body,
    content='', detail=none, tokenize='trigram'
);
CREATE TABLE search_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_to INTEGER NOT NULL     -- the last exchange id that the index holds; later ones are searched directly
);
INSERT INTO search_state VALUES (1, 0);
"""

FORWARDED_SCHEMA = """
CREATE TABLE forwarded (            -- the method is the exchange's, and so is the answer
    exchange INTEGER PRIMARY KEY REFERENCES exchange(id),
    scheme TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    authority BLOB NOT NULL,
    target BLOB NOT NULL,
    http_version TEXT NOT NULL,
    request_headers BLOB NOT NULL,
    signatures BLOB                 -- of the chunks, and of the trailers, in place of the client's, 32 bytes each;
);                                  -- null: the body is the exchange's, byte for byte
"""
