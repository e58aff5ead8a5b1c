"""Make a large recording quickly: rows straight into the schema, with values as real traffic has them.

    python benchmarks/make_recording.py /tmp/million.db --count 1000000

The same count and seed give the same calls.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.facts import FACTS_VERSION
from inspector.store.open import open_for_writing
from inspector.wire.headers import pack

HOST = "s3.us-west-004.backblazeb2.com"
FIRST_CALL = 1_790_000_000.0
SESSION_CALLS = 50_000
COLUMNS = (
    *("uid", "session", "state", "method", "scheme", "host", "port", "target", "http_version", "request_headers"),
    *("status", "response_headers", "response_body", "request_size", "response_size", "started_at", "request_end"),
    *("response_start", "response_end", "ttfb_ms", "duration_ms", "client_address", "server_address", "alterations"),
    *("facts_version", "api", "operation", "bucket", "key", "client", "auth", "payload", "key_id", "region"),
    *("error_code", "error_message", "attempt", "attempt_max", "invocation_id", "upload_id", "part_number"),
    *("failure", "truncated", "marked"),
)
OPERATIONS = (  # name, method, share of the calls, bytes up, bytes down
    ("GetObject", "GET", 40, 0, 200_000),
    ("PutObject", "PUT", 25, 150_000, 0),
    ("HeadObject", "HEAD", 15, 0, 0),
    ("UploadPart", "PUT", 10, 5_000_000, 0),
    ("ListObjectsV2", "GET", 6, 0, 40_000),
    ("DeleteObject", "DELETE", 3, 0, 0),
    ("CreateMultipartUpload", "POST", 1, 0, 400),
)
ERRORS = (  # status, code, message, share of the failing calls
    (403, "SignatureDoesNotMatch", "Signature validation failed", 20),
    (404, "NoSuchKey", "Key not found", 60),
    (503, "SlowDown", "Please reduce your request rate", 19),
    (500, "InternalError", "An internal error occurred", 1),
)
CLIENTS = ("boto3 1.44.5", "boto3 1.34.162", "rclone 1.75.2", "aws-sdk-go-v2 1.36.3", "aws-sdk-js 3.787.0")


def make(path: Path, count: int, seed: int = 1) -> None:
    """A recording of `count` calls at `path`, which must not exist."""
    if path.exists():
        raise FileExistsError(path)
    conn = open_for_writing(path, journal="delete").conn
    conn.execute("PRAGMA journal_mode = OFF").fetchall()
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute("PRAGMA cache_size = -200000")
    indexes = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'exchange'"
    ).fetchall()
    indexes = [(name, sql) for name, sql in indexes if sql]  # those without SQL belong to constraints
    conn.execute("BEGIN")
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    for number in range(count // SESSION_CALLS + 1):
        start = FIRST_CALL + number * SESSION_CALLS * 0.5
        conn.execute(
            "INSERT INTO session (uid, kind, name, program, started_at, ended_at) VALUES (?, 'run', ?, 'python', ?, ?)",
            [f"session-{number}", f"night {number}", start, start + SESSION_CALLS * 0.5],
        )
    bodies = {code: _error_body(conn, code, message) for _, code, message, _ in ERRORS}
    marks = ", ".join("?" * len(COLUMNS))
    conn.executemany(f"INSERT INTO exchange ({', '.join(COLUMNS)}) VALUES ({marks})", _rows(count, seed, bodies))
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("COMMIT")
    conn.execute("PRAGMA journal_mode = WAL").fetchall()
    conn.close()


def _error_body(conn: sqlite3.Connection, code: str, message: str) -> int:
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    body = conn.execute("INSERT INTO body (sha256, size) VALUES (?, ?)", [code, len(text)]).lastrowid
    conn.execute("INSERT INTO piece VALUES (?, 0, ?, 'raw', ?)", [body, len(text), text])
    assert body is not None
    return body


def _rows(count: int, seed: int, bodies: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(seed)
    operations = dice.choices(OPERATIONS, [row[2] for row in OPERATIONS], k=4096)
    errors = dice.choices(ERRORS, [row[3] for row in ERRORS], k=4096)
    for number in range(count):
        row = _row(number, dice, operations[number % 4096], errors[number % 4093], bodies)
        yield tuple(row[name] for name in COLUMNS)


def _row(
    number: int, dice: random.Random, operation: tuple[Any, ...], error: tuple[Any, ...], bodies: dict[str, int]
) -> dict[str, Any]:
    name, method, _, up, down = operation
    failed = dice.random() < 0.02
    status, code, message, _ = error if failed else (200, None, None, 0)
    bucket, key = f"bucket-{number % 7}", f"2026/{number % 365:03}/{number % 97}/IMG_{number:07}.jpg"
    start = FIRST_CALL + number * 0.5 + dice.random()
    wait, receive = dice.lognormvariate(-3.2, 0.6), dice.expovariate(20)
    return {
        "uid": f"0193{number:08x}-{dice.getrandbits(32):08x}",
        "session": number // SESSION_CALLS + 1,
        "state": "done",
        "method": method,
        "scheme": "https",
        "host": HOST,
        "port": 443,
        "target": f"/{bucket}/{key}?x-id={name}".encode(),
        "http_version": "HTTP/1.1",
        "request_headers": _request_headers(number, dice),
        "status": status,
        "response_headers": _response_headers(number),
        "response_body": bodies[code] if code else None,
        "request_size": int(up * dice.random() * 2),
        "response_size": 160 if failed else int(down * dice.random() * 2),
        "started_at": start,
        "request_end": start + 0.001,
        "response_start": start + 0.001 + wait,
        "response_end": start + 0.001 + wait + receive,
        "ttfb_ms": round(wait * 1000, 3),
        "duration_ms": round((0.001 + wait + receive) * 1000, 3),
        "client_address": f"127.0.0.1:{40000 + number % 20000}",
        "server_address": "203.0.113.9:443",
        "alterations": json.dumps([]),
        "facts_version": FACTS_VERSION,
        "api": "s3",
        "operation": name,
        "bucket": bucket,
        "key": key,
        "client": CLIENTS[number // 1000 % len(CLIENTS)],
        "auth": "sigv4-header",
        "payload": "trailer" if up else "empty",
        "key_id": "004a1b2c3d4e5f60000000001",
        "region": "us-west-004",
        "error_code": code,
        "error_message": message,
        "attempt": 2 if failed and status >= 500 else 1,
        "attempt_max": 3,
        "invocation_id": f"{dice.getrandbits(128):032x}",
        "upload_id": f"4_z{number // 100:08x}" if name == "UploadPart" else None,
        "part_number": number % 100 + 1 if name == "UploadPart" else None,
        "failure": None,
        "truncated": "keep-limit" if name == "UploadPart" and number % 50 == 0 else None,
        "marked": int(number % 100_000 == 5),
    }


def _request_headers(number: int, dice: random.Random) -> bytes:
    signature = f"{dice.getrandbits(256):064x}"
    return pack(
        (
            (b"Host", HOST.encode()),
            (
                b"User-Agent",
                b"Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.13.1",
            ),
            (b"X-Amz-Date", b"20261122T103248Z"),
            (b"X-Amz-Content-SHA256", b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"amz-sdk-invocation-id", b"%032x" % number),
            (b"amz-sdk-request", b"attempt=1; max=3"),
            (
                b"Authorization",
                b"AWS4-HMAC-SHA256 Credential=004a1b2c3d4e5f60000000001/20261122/us-west-004/s3/aws4_request,"
                b" SignedHeaders=amz-sdk-invocation-id;host;x-amz-content-sha256;x-amz-date, Signature="
                + signature.encode(),
            ),
        )
    )


def _response_headers(number: int) -> bytes:
    return pack(
        (
            (b"Server", b"nginx"),
            (b"x-amz-request-id", b"%016x" % number),
            (b"x-amz-id-2", b"aMnI5sjLkOTtvSzWdMVM2%08x" % number),
            (b"Cache-Control", b"max-age=0, no-cache, no-store"),
            (b"Content-Type", b"application/xml"),
            (b"Date", b"Sun, 22 Nov 2026 10:32:48 GMT"),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.perf_counter()
    make(given.path, given.count, given.seed)
    taken = time.perf_counter() - began
    print(f"{given.count} calls in {taken:.0f} s, {given.path.stat().st_size / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
