"""How the terminal UI feels on a large recording, and mitmproxy's console on the same calls. Linux and macOS.

    python benchmarks/tui.py [RECORDING] [--count 1000000] [--mitm 10000,100000] [--keys 300]

Both programs run on a pseudo-terminal of 120x40 and are watched from outside: the clock starts when a key is sent, and
stops when the answer is drawn. Without a RECORDING one of `--count` calls is made. Calls are fed to it by the writer
itself, 500 a second, in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from make_recording import HOST, make

from inspector.facts import Facts
from inspector.store.reader import Recording
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import Exchange, Request, Response, Timing

ROWS, COLUMNS = 40, 120
PER_SECOND, AT_ONCE = 500, 25
PATIENCE = 120.0
FILTERS = ("status:503", "key:2026/100/*", "code:SlowDown dur:>400ms", "IMG_0099999", 'body:"signature validation"')


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, *command: str) -> None:
        self._main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environ = {**os.environ, "TERM": "xterm-256color"}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env=environ)
        os.close(other)

    def until(self, pattern: bytes) -> float:
        """Read until this is drawn; milliseconds since the program began."""
        drawn, deadline = b"", time.monotonic() + PATIENCE
        while not re.search(pattern, drawn):
            drawn = drawn[-200_000:] + self._read(deadline - time.monotonic())
            assert time.monotonic() < deadline, drawn[-2000:]
        return (time.perf_counter() - self.began) * 1000

    def _read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self._main], [], [], max(0.0, patience))
        return os.read(self._main, 65536) if ready else b""

    def rest(self, seconds: float = 0.5) -> None:
        """Take what is drawn until nothing came for so long, or for ten times that where it never ends."""
        end = time.monotonic() + 10 * seconds
        while time.monotonic() < end and self._read(seconds):
            pass

    def key(self, keys: bytes, pattern: bytes) -> float:
        """Milliseconds from keys to their answer."""
        sent = time.perf_counter()
        os.write(self._main, keys)
        self.until(pattern)
        return (time.perf_counter() - sent) * 1000

    def megabytes(self) -> float:
        """Resident memory."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def close(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._main)


def say(value: float, unit: str, words: str, wanted: float | None = None) -> None:
    """A line of the report."""
    print(f"{value:10.1f} {unit:<3} {words}{f'   (to be under {wanted:g})' if wanted is not None else ''}", flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# Ours, from outside


def ours(path: Path, keys: int) -> None:
    """First paint, memory, and keys while the recording grows."""
    command = [sys.executable, "-m", "inspector", "tui", "-r", str(path)]
    paints = []
    for _ in range(3):
        terminal = Terminal(*command)
        paints.append(terminal.until("▸".encode()))
        terminal.close()
    say(statistics.median(paints), "ms", "first paint from the shell, the newest call selected", 1000)
    terminal = Terminal(*command)
    terminal.until("▸".encode())
    terminal.rest()
    quiet = [terminal.key(b"k", "▸".encode()) for _ in range(keys)]
    say(statistics.median(quiet), "ms", f"a key, of {keys}; p99 {percentile(quiet, 0.99):.1f} ms")
    pages = [terminal.key(b"\x02", "▸".encode()) for _ in range(keys // 5)]
    say(statistics.median(pages), "ms", f"a page back, drawn; p99 {percentile(pages, 0.99):.1f} ms")
    say(terminal.megabytes(), "MB", "resident after that", 150)
    feeder = subprocess.Popen([sys.executable, __file__, "--feed", str(path)])
    time.sleep(2)
    busy = []
    for _ in range(keys):
        busy.append(terminal.key(b"k", "▸".encode()))
        time.sleep(0.01)
    feeder.terminate()
    feeder.wait()
    say(
        percentile(busy, 0.99),
        "ms",
        f"p99 of a key while {PER_SECOND} calls/s come; median {statistics.median(busy):.1f}",
        50,
    )
    say(terminal.megabytes(), "MB", "resident after that", 150)
    terminal.close()


def feed(path: Path) -> None:
    """Write calls until somebody ends this process."""
    writer = Writer(path)
    uid = f"feed-{os.getpid()}"
    with writer.transaction():
        session = writer.begin_session(uid, "record", time.time())
    number, due = 0, time.monotonic()
    while True:
        with writer.transaction():
            for _ in range(AT_ONCE):
                number += 1
                now = time.time()
                request = Request(
                    b"PUT", "https", HOST, 443, b"/photos/fed-%d.jpg" % number, ((b"Host", HOST.encode()),)
                )
                exchange = Exchange(f"{uid}-{number}", request, Timing(now, now, now, now + 0.05), Response(200, ()))
                facts = Facts(api="s3", operation="PutObject", bucket="photos", key=b"fed-%d.jpg" % number)
                writer.put(session, Entry(exchange, facts), "done")
        due += AT_ONCE / PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))


# Ours, from inside: what no byte on a terminal tells


def inside(path: Path) -> None:
    """Filters, orders and pages, and for how long the screen answers nobody meanwhile."""
    asyncio.run(_inside(path))


async def _inside(path: Path) -> None:
    from inspector.tui.app import InspectorApp
    from inspector.tui.calls.order import ARRIVAL, order_by
    from inspector.tui.calls.table import CallsTable

    with Recording(path) as opened:
        app = InspectorApp(opened)
        async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
            await _watched(lambda: not app.state.searching)
            table = app.query_one(CallsTable)
            say(_page(app.calls.forget, table), "ms", "a page of the list, read and rendered", 16)
            for text in FILTERS:
                app.services.search(text)
                first, _ = await _watched(lambda: app.state.search == app.state.asked)
                _, stall = await _watched(lambda: not app.state.searching)
                wanted = 500 if "body" in text or "IMG" in text else 100
                say(first, "ms", f"{text}: the first matches; longest without an answer {stall:.0f} ms", wanted)
            app.services.search("")
            await _watched(lambda: not app.state.searching)
            for field in ("dur", "key", "status"):
                app.services.live.sort(order_by(field))
                first, _ = await _watched(lambda: app.state.search == app.state.asked)
                rest, stall = await _watched(lambda: not app.state.searching)
                say(first, "ms", f"sorted by {field}: the first page; all {rest:.0f} ms, longest wait {stall:.0f} ms")
            app.services.live.sort(ARRIVAL)
            await pilot.pause()


async def _watched(test: Callable[[], bool]) -> tuple[float, float]:
    """Milliseconds until something holds, and the longest that the loop was not free meanwhile."""
    began, longest = time.perf_counter(), 0.0
    while not test():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
        assert before - began < PATIENCE
    return (time.perf_counter() - began) * 1000, longest * 1000


def _page(forget: Callable[[], None], table: object) -> float:
    took = []
    for step in range(50):
        table.action_page(-1)  # type: ignore[attr-defined]
        forget()
        began = time.perf_counter()
        for y in range(table.size.height):  # type: ignore[attr-defined]
            table.render_line(y)  # type: ignore[attr-defined]
        took.append((time.perf_counter() - began) * 1000 if step else 0.0)
    return statistics.median(took)


# mitmproxy's console on the same calls


def theirs(path: Path, count: int, keys: int, directory: Path) -> None:
    """The newest calls of the recording, as mitmproxy keeps them: a file that it loads."""
    flows = directory / f"{count}.mitm"
    with Recording(path) as opened:
        first = opened.last_id() - count + 1
    words = ["export", "-r", str(path), f"id:>={first}", "--as", "mitm", "-o", str(flows)]
    subprocess.run([sys.executable, "-m", "inspector", *words], check=True, stderr=subprocess.DEVNULL)
    program = str(Path(sys.executable).with_name("mitmproxy"))
    terminal = Terminal(program, "-n", "-r", str(flows), "--set", f"confdir={directory}")
    say(terminal.until(b"/%d\\]" % count), "ms", f"mitmproxy: the last of {count:,} calls is loaded")
    terminal.rest()
    took = [terminal.key(b"j", b"\\[\\d+/%d\\]" % count) for _ in range(keys)]
    say(statistics.median(took), "ms", f"mitmproxy: a key, of {keys}; p99 {percentile(took, 0.99):.1f} ms")
    os.write(terminal._main, b"f")
    terminal.rest(0.3)
    say(terminal.key(b"~c 503\r", b"\\[\\d+/\\d+\\]"), "ms", "mitmproxy: a filter by status")
    say(terminal.megabytes(), "MB", "mitmproxy: resident")
    terminal.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--mitm", default="10000,100000", help="how many calls mitmproxy gets, in turn; empty: none")
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--feed", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.feed is not None:
        feed(given.feed)
    with tempfile.TemporaryDirectory() as directory:
        path = given.recording
        if path is None:
            path = Path(directory) / "large.db"
            make(path, given.count)
        ours(path, given.keys)
        inside(path)
        for count in filter(None, given.mitm.split(",")):
            theirs(path, int(count), given.keys, Path(directory))


if __name__ == "__main__":
    main()
