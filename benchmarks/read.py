"""How fast a large recording is read. Makes one of a million calls when none is given.

    python benchmarks/read.py [RECORDING] [--count 1000000] [--rounds 7]

Each figure stands beside a yardstick of the same run: what Python needs to import sqlite-utils, and what a bare SELECT
of the same rows costs.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from make_recording import make

from inspector.store.reader import Recording
from inspector.store.rows import COLUMNS

FILTERS = (  # ours, and a condition that gives the same rows
    ("", "1"),
    ("status:403", "status = 403"),
    ("status:5xx", "status BETWEEN 500 AND 599"),
    ("status:2xx", "status BETWEEN 200 AND 299"),
    ("is:error", "status >= 400 OR failure IS NOT NULL"),
    ("op:UploadPart", "operation = 'UploadPart'"),
    ("op:*Part", "operation GLOB '*Part'"),
    ("bucket:bucket-3", "bucket = 'bucket-3'"),
    ("key:2026/100/*", "key >= '2026/100/' AND key < '2026/1000'"),
    ("host:*.backblazeb2.com", "host GLOB '*.backblazeb2.com'"),
    ("code:SlowDown", "error_code = 'SlowDown'"),
    ("dur:>500ms", "duration_ms > 500"),
    ("session:7", "session = 7"),
    ("sdk:boto3>=1.40", "client = 'boto3 1.44.5'"),
    ("upload:4_z00000fff", "upload_id = '4_z00000fff'"),
    ("IMG_0099999", "key LIKE '%IMG_0099999%'"),
    ("method:DELETE", "method = 'DELETE'"),
    ("body:'signature validation'", "error_code = 'SignatureDoesNotMatch'"),
)
SHOWN = 50


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median time that some work takes."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def process(*words: str) -> Callable[[], object]:
    """Running Python with these arguments to its end."""
    return lambda: subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def first_line(*words: str) -> Callable[[], None]:
    """Running Python until it has printed its first two lines, a heading and a row."""

    def run() -> None:
        child = subprocess.Popen([sys.executable, "-u", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.readline()
        child.stdout.close()
        child.wait()

    return run


def start_up(path: Path, small: Path, rounds: int) -> None:
    """Processes: what a user waits for."""
    yardstick = milliseconds(process("-c", "import sqlite_utils"), rounds)
    print(f"{yardstick:9.0f} ms  import sqlite_utils (the yardstick)")
    for label, words in (
        ("ls -n 20", ("ls", "-n", "20")),
        ("ls -n 20 status:503", ("ls", "-n", "20", "status:503")),
        ("sessions", ("sessions",)),
    ):
        took = milliseconds(process("-m", "inspector", *words, "-r", str(path)), rounds)
        print(f"{took:9.0f} ms  b2-inspector {label}  ({took / yardstick:.2f} of the yardstick)")
    for label, words in (("ls", ("ls",)), ("ls is:error", ("ls", "is:error"))):
        large, little = (
            milliseconds(first_line("-m", "inspector", *words, "-r", str(each)), rounds) for each in (path, small)
        )
        print(f"{large - little:9.0f} ms  more for the first rows of `{label}` than of a recording of 1000 calls")


def lists(path: Path, rounds: int) -> None:
    """Within a process: the first and the last rows of a filter and their number, beside a bare SELECT of the first."""
    bare = sqlite3.connect(path)
    print(f"\n{'first':>9}     {'last':>9}     {'count':>9}     {'SELECT':>9}     {SHOWN} rows of")
    with Recording(path) as opened:
        for where, condition in FILTERS:
            works = (
                (partial(_shown, opened, where, False), rounds),
                (partial(_shown, opened, where, True), rounds),
                (partial(opened.count, where), 1),
                (partial(_fetched, bare, condition), rounds),
            )
            figures = [milliseconds(work, times) for work, times in works]
            print("".join(f"{figure:9.1f} ms  " for figure in figures) + (where or "(all)"))
        middle = opened.last_id() // 2
        for label, work in (
            ("a page of 100 in the middle", lambda: opened.rows(range(middle, middle + 100))),
            ("the ids of all", opened.ids),
            ("sessions", opened.sessions),
            ("the 20 slowest", lambda: opened.sorted_ids("", "dur", last=20)),
            ("stats of one session", lambda: opened.stats("session:7")),
        ):
            print(f"{milliseconds(work, 3):9.1f} ms  {label}")
    bare.close()


def _shown(opened: Recording, where: str, newest_first: bool) -> object:
    return list(opened.exchanges(where, newest_first=newest_first, limit=SHOWN))


def _fetched(bare: sqlite3.Connection, condition: str) -> object:
    return bare.execute(f"SELECT {COLUMNS} FROM exchange WHERE {condition} ORDER BY id LIMIT {SHOWN}").fetchall()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        small = Path(directory) / "small.db"
        make(small, 1000)
        path = given.recording
        if path is None:
            path = Path(directory) / "large.db"
            make(path, given.count)
        start_up(path, small, given.rounds)
        lists(path, given.rounds)


if __name__ == "__main__":
    main()
