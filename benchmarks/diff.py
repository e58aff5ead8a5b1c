"""How fast calls and sessions are compared: run it as `python benchmarks/diff.py`.

Two listings of a hundred pages (100,000 entries each) that differ in a few: seconds of the comparison, as a multiple of
parsing both by lxml alone. Then the same with every date changed, where a hundred thousand differences are told. Then
two sessions of ten thousand calls in a recording, as a multiple of reading those. Each is processor time, the best of
some rounds; the multiples are the result, absolute figures mean nothing elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).parent))

from make_recording import make

from inspector.diff.bodies import BodySide, body_hunks
from inspector.diff.hunk import Section
from inspector.diff.sessions import Fate
from inspector.store.reader import Recording
from inspector.view.comparison import session_pairings

ENTRY = (
    "<Contents><Key>photos/2026/{page:03}/{n:06}.jpg</Key><LastModified>2026-{month:02}-01T10:00:{second:02}.000Z"
    "</LastModified><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
)


def page(number: int, entries: int, *, other: bool = False, month: int = 1) -> bytes:
    """A page of a listing as S3 writes it; `other`: one entry in fifty has another size."""
    written = "".join(
        ENTRY.format(
            page=number,
            n=n,
            month=month,
            second=n % 60,
            etag=hashlib.md5(b"%d" % n).hexdigest(),
            size=n * 7 + (other and n % 50 == 0),
        )
        for n in range(entries)
    )
    head = f"<Name>photos</Name><Prefix></Prefix><KeyCount>{entries}</KeyCount><IsTruncated>true</IsTruncated>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{head}{written}</ListBucketResult>"
    ).encode()


def side(body: bytes) -> BodySide:
    """A body that is at hand whole."""
    return BodySide(body, len(body), hashlib.sha256(body).hexdigest())


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def listings(pages: int, rounds: int) -> None:
    """Page by page."""
    then = [page(number, 1000) for number in range(pages)]
    parsing = seconds(lambda: [etree.fromstring(body) for body in then], rounds) * 2
    for name, now in (
        ("one entry in fifty differs", [page(number, 1000, other=True) for number in range(pages)]),
        ("every date differs", [page(number, 1000, month=2) for number in range(pages)]),
    ):
        pairs = [(side(a), side(b)) for a, b in zip(then, now, strict=True)]
        told = [sum(1 for _ in body_hunks(Section.RESPONSE_BODY, a, b)) for a, b in pairs]
        taken = seconds(lambda pairs=pairs: [list(body_hunks(Section.RESPONSE_BODY, a, b)) for a, b in pairs], rounds)
        print(
            f"two listings of {pages} pages, {name}: {taken:.2f} s, {taken / parsing:.1f} of parsing them"
            f" ({sum(told)} differences)"
        )


def repeat(path: Path) -> None:
    """The calls of the only session once more, in a second one; one in a hundred of them with another outcome."""
    with closing(sqlite3.connect(path)) as conn, conn:
        columns = [row[1] for row in conn.execute("PRAGMA table_info(exchange)")]
        taken = {"id": "NULL", "uid": "'again-' || uid", "session": "2"}
        chosen = ", ".join(taken.get(name, name) for name in columns)
        conn.execute("INSERT INTO session (uid, kind, started_at) VALUES ('again', 'run', 1)")
        conn.execute(f"INSERT INTO exchange ({', '.join(columns)}) SELECT {chosen} FROM exchange")
        conn.execute("UPDATE exchange SET status = 503 WHERE session = 2 AND id % 100 = 0")


def sessions(calls: int, rounds: int) -> None:
    """Two sessions of a recording, every call of them."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "calls.db"
        make(path, calls)
        repeat(path)
        with Recording(path) as opened:
            first, second = 1, 2
            reading = seconds(lambda: [list(opened.session_calls(number)) for number in (first, second)], rounds)
            taken = seconds(lambda: list(session_pairings(opened, first, second)), rounds)
            found = list(session_pairings(opened, first, second))
    same = sum(one.fate is Fate.SAME for one in found)
    print(f"two sessions of {calls} calls: {taken:.2f} s, {taken / reading:.1f} of reading them ({same} the same)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    listings(asked.pages, asked.rounds)
    sessions(asked.calls, asked.rounds)


if __name__ == "__main__":
    main()
