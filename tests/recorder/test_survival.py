"""Whoever dies, what was complete is there, once; and the file opens clean.

The proxy's part is played by a script that hands calls to a `Link`, as the hooks do.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from inspector.errors import RecordingError
from inspector.store.reader import Recording

resource = pytest.importorskip("resource", reason="Windows has no limits of this kind")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL"),
]

PROXY = """
import json, os, sys, time
from pathlib import Path
from inspector.recorder.events import Code, FrameKind
from inspector.recorder.link import Link, WriterSettings
from inspector.wire.uid import uuid7

settings = json.loads(sys.argv[1])
link = Link(WriterSettings(**settings["writer"]), lambda event, text: print(event, text, flush=True))

def call(number, body):
    now, uid = time.time(), uuid7(time.time(), os.urandom(10))
    headers = [[b"Host", b"s3.us-west-004.backblazeb2.com"], [b"User-Agent", b"Boto3/1.44.5"]]
    head = (Code.REQUEST_HEAD, now, b"PUT", "https", "s3.us-west-004.backblazeb2.com", 443, b"", b"/b/%06d" % number,
            "HTTP/1.1", headers, "127.0.0.1:1", "client")
    answer = (Code.RESPONSE_HEAD, now, 200, b"", "HTTP/1.1", [], "127.0.0.1:2", "server", None, None)
    half = len(body) // 2
    link.send((FrameKind.FLOW, uid, [head, (Code.REQUEST_DATA, body[:half])]))
    link.send((FrameKind.FLOW, uid, [(Code.REQUEST_DATA, body[half:]), (Code.REQUEST_END, now), answer,
                                     (Code.RESPONSE_END, now), (Code.DONE,)]))

deadline = time.monotonic() + settings["seconds"]
number = 0
while time.monotonic() < deadline:
    call(number, b"%06d" % number * settings["times"])
    print("sent", number, time.time(), flush=True)
    number += 1
    time.sleep(settings["pause"])
link.close()
print("closed", flush=True)
"""


class FakeProxy:
    """The script in a process of its own, and what it has said."""

    def __init__(self, tmp_path: Path, recording: Path, uid: str, **settings: Any) -> None:
        writer = {
            "recording": str(recording),
            "spool": str(tmp_path / "spool" / uid),
            "session_uid": uid,
            "session_kind": "record",
            "session_name": None,
            "session_program": None,
            "listen": "",
            "proxy_version": "0",
            "keep_body": None,
        }
        said = json.dumps({"writer": writer, "seconds": 3, "times": 1, "pause": 0.002} | settings)
        environ = os.environ | {"B2_INSPECTOR_HOME": str(tmp_path / "home")}
        self.output = tmp_path / f"{uid}.out"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen([sys.executable, "-c", PROXY, said], stdout=out, env=environ)

    def writer(self) -> psutil.Process:
        """The writer process, as soon as there is one."""
        return eventually(lambda: next(iter(psutil.Process(self.process.pid).children()), None))

    def sent(self, before: float = float("inf")) -> list[int]:
        """The numbers of the calls that were handed over, those before a moment only."""
        lines = (line.split() for line in self.output.read_text().splitlines())
        return [int(words[1]) for words in lines if words[0] == "sent" and float(words[2]) < before]

    def wait(self) -> None:
        """Until the script and its writer have ended."""
        assert self.process.wait(200) == 0


def eventually(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return found


def recorded(path: Path) -> list[int]:
    """The numbers of the finished calls in a recording."""
    with Recording(path) as recording:
        return [int(row.key or "") for row in recording.exchanges() if row.state == "done"]


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file, and every kept body is whole."""
    conn = sqlite3.connect(path)
    broken = conn.execute(
        "SELECT count(*) FROM exchange WHERE state = 'done' AND request_size !="
        " (SELECT sum(size) FROM piece WHERE body = request_body)"
    ).fetchone()[0]
    return conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and not broken


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Where the recording of a test lies."""
    return tmp_path / "calls.db"


def wait_for_rows(path: Path, rows: int = 1) -> None:
    """Until the recording holds as many finished calls."""

    def there() -> bool:
        try:
            return len(recorded(path)) >= rows
        except RecordingError:  # it is being created
            return False

    eventually(there)


def test_nothing_is_lost_or_doubled_when_writers_die(tmp_path: Path, recording: Path) -> None:
    """Three writers are killed one after the other in full run: every call is there, once."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=7)
    for _ in range(3):
        wait_for_rows(recording)
        proxy.writer().send_signal(signal.SIGKILL)
        time.sleep(1.5)
    proxy.wait()
    assert proxy.sent() == sorted(recorded(recording))
    assert is_sound(recording)


def test_large_bodies_survive_a_writer(tmp_path: Path, recording: Path) -> None:
    """Bodies of many pieces that were half stored when the writer died are whole in the end."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=4, times=500_000, pause=0.05)
    wait_for_rows(recording)
    proxy.writer().send_signal(signal.SIGKILL)
    proxy.wait()
    assert proxy.sent() == sorted(recorded(recording))
    assert is_sound(recording)


def test_the_death_of_a_writer_is_told(tmp_path: Path, recording: Path) -> None:
    """Whoever reads the recording later sees that a writer died in it."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=3)
    wait_for_rows(recording)
    proxy.writer().send_signal(signal.SIGKILL)
    proxy.wait()
    with Recording(recording) as reader:
        assert [stored.problem.kind for stored in reader.problems()] == ["recorder-restarted"]
    assert "writer-died" in proxy.output.read_text()


def test_a_killed_proxy_loses_only_its_last_half_second(tmp_path: Path, recording: Path) -> None:
    """The writer outlives the proxy and drains the spool."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=60)
    writer = proxy.writer()
    wait_for_rows(recording, 50)
    killed_at = time.time()
    proxy.process.kill()
    proxy.process.wait()
    psutil.wait_procs([writer], timeout=60)
    assert not writer.is_running()
    assert set(proxy.sent(before=killed_at - 0.5)) <= set(recorded(recording))
    assert is_sound(recording)
    assert sqlite3.connect(recording).execute("SELECT ended_at IS NOT NULL FROM session").fetchone()[0]


def test_two_recorders_and_three_readers_share_a_file(tmp_path: Path, recording: Path) -> None:
    """Nothing lost, nobody locked out."""
    proxies = [FakeProxy(tmp_path, recording, uid, seconds=4) for uid in ("a", "b")]
    wait_for_rows(recording)
    readers = [Recording(recording) for _ in range(3)]
    counts = [0]
    while any(proxy.process.poll() is None for proxy in proxies):
        counts += [len(list(reader.exchanges())) for reader in readers]
    for reader in readers:
        reader.close()
    assert sorted(proxies[0].sent() + proxies[1].sent()) == sorted(recorded(recording))
    assert sorted(counts) == counts
    assert len(counts) > 30
    assert is_sound(recording)


def test_a_removed_file_is_told_and_begun_anew(tmp_path: Path, recording: Path) -> None:
    """Traffic flows on, the loss is said at once, what comes later is recorded."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=4)
    wait_for_rows(recording)
    for path in tmp_path.glob("calls.db*"):
        path.unlink()
    eventually(lambda: "was removed or replaced" in proxy.output.read_text())
    proxy.wait()
    kept = sorted(recorded(recording))
    assert kept == proxy.sent()[-len(kept) :]
    assert len(kept) > 100


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets one limit another process")
def test_a_full_disk_is_told_and_counted(tmp_path: Path, recording: Path) -> None:
    """Traffic flows on, the loss is said at once; when there is room again recording goes on and owns up."""
    proxy = FakeProxy(tmp_path, recording, "a", seconds=9, times=2000, pause=0.01)
    wait_for_rows(recording)
    processes = [psutil.Process(proxy.process.pid), proxy.writer()]
    for process in processes:  # a file that may not grow stands for a disk that has no room
        process.rlimit(psutil.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    eventually(lambda: "NOT RECORDED" in proxy.output.read_text())
    time.sleep(1)
    for process in processes:
        process.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: "recording goes on; lost meanwhile" in proxy.output.read_text())
    proxy.wait()
    there, sent = recorded(recording), proxy.sent()
    assert len(set(there)) == len(there)
    assert there[-1] == sent[-1]
    with Recording(recording) as reader:
        lost = reader.sessions()[0].lost_exchanges
    assert lost >= len(sent) - len(there) > 0
    assert is_sound(recording)


def test_no_spool_is_left(tmp_path: Path, recording: Path) -> None:
    """After an orderly end the spool is gone; one whose processes were killed goes when the next recorder starts."""
    killed = FakeProxy(tmp_path, recording, "a", seconds=60)
    wait_for_rows(recording)
    writer = killed.writer()
    writer.kill()
    killed.process.kill()
    psutil.wait_procs([writer])
    killed.process.wait()
    assert list((tmp_path / "spool" / "a").glob("*.seg"))
    FakeProxy(tmp_path, recording, "b", seconds=1).wait()
    assert not list((tmp_path / "spool").iterdir())


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    """Each test ends what it started."""
    yield
    left = psutil.Process().children(recursive=True)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=5)


def test_the_rolling_recording_forgets(tmp_path: Path, home: Path) -> None:
    """Calls of more than 30 days ago leave the user's rolling recording when a recorder runs; marked ones stay."""
    rolling = tmp_path / "home" / "recording.db"
    FakeProxy(tmp_path, rolling, "a", seconds=1).wait()
    with sqlite3.connect(rolling) as conn:
        conn.execute("UPDATE exchange SET started_at = started_at - 31 * 86400")
        conn.execute("UPDATE exchange SET marked = 1 WHERE id = 1")
    first = FakeProxy(tmp_path, rolling, "b", seconds=2, pause=0.3)
    first.wait()
    with Recording(rolling) as reader:
        sessions = [row.session for row in reader.exchanges()]
    assert sessions == [1] + [2] * len(first.sent())
