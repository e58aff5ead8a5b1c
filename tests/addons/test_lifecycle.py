"""Three processes, three deaths: whoever dies, what was recorded is there, and nothing is left behind."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from support.recorded import HOST, Client, Stage, recording_stage
from support.scripted import Peer, ScriptedServer, keep_alive

import inspector.capture.proxy
from inspector.capture.proxy import Proxy, ProxyOptions
from inspector.demo.certificates import Certificates
from inspector.errors import CaptureError
from inspector.store.reader import Recording

pytestmark = pytest.mark.slow

GET = f"GET /x HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
ROOT = Path(inspector.capture.proxy.__file__).parents[2]
ENDS = 10.0
"""How long the processes may take to end. In seconds."""


@contextmanager
def command(tmp_path: Path, home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`b2-inspector`, with a data directory of its own; killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "inspector", *words],
        env={**os.environ, "B2_INSPECTOR_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def proxy_of(process: subprocess.Popen[str]) -> tuple[str, int]:
    assert process.stdout is not None
    for line in process.stdout:
        if "HTTPS_PROXY=" in line:
            host, _, port = line.strip().strip("'\"").rpartition("//")[2].rpartition(":")
            return host, int(port)
    raise AssertionError(process.communicate())


def descendants(pid: int) -> list[psutil.Process]:
    """The processes below, which are the proxy and the writer."""
    for _ in range(100):
        found = psutil.Process(pid).children(recursive=True)
        if len(found) >= 2:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def assert_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, ENDS)
    assert alive == []


def plain_call(address: tuple[str, int], port: int) -> None:
    """One call on B2's name through the proxy, without TLS."""
    with Client(socket.create_connection(address)) as client:
        client.send(f"GET http://{HOST}:{port}/x HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        client.until(b"ok")


def recorder(tmp_path: Path, server: ScriptedServer) -> list[str]:
    return ["record", "-r", str(tmp_path / "calls.db"), "--connect-to", f"{HOST}:{server.port}:127.0.0.1:{server.port}"]


def outcome(path: Path) -> tuple[list[tuple[int | None, str | None]], list[bool]]:
    """Status and failure of each call; whether each session has ended."""
    with Recording(path) as recording:
        calls = [(row.status, row.failure) for row in recording.exchanges()]
        return calls, [session.ended_at is not None for session in recording.sessions()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_command_line_ends(tmp_path: Path, shared_home: Path, number: signal.Signals) -> None:
    """Killed or asked: proxy and writer end, too, and the file is complete."""
    with ScriptedServer(keep_alive()) as server, command(tmp_path, shared_home, *recorder(tmp_path, server)) as process:
        address = proxy_of(process)
        below = descendants(process.pid)
        plain_call(address, server.port)
        process.send_signal(number)
        assert_gone(below)
        code = process.wait(ENDS)
    assert outcome(tmp_path / "calls.db") == ([(200, None)], [True])
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert list((shared_home / "spool").iterdir()) == []


def never(peer: Peer) -> None:
    peer.request()
    time.sleep(30)


def test_the_proxy_is_killed(tmp_path: Path, shared_home: Path, certificates: Certificates) -> None:
    """What was complete stays; what was under way is told as cut off by the recorder."""
    with recording_stage(tmp_path, certificates, home=shared_home) as stage:
        with stage.connect() as first:
            first.send(GET)
            first.until(b"ok")
        stage.calls(1)
        stage.scripts[:] = [never]
        with stage.connect() as second:
            second.send(GET)
            stage.calls(2, state="done open")
            below = psutil.Process(stage.proxy.pid).children(recursive=True)
            os.kill(stage.proxy.pid, signal.SIGKILL)
            assert second.everything() == b""
            assert_gone(below)
    calls, ended = outcome(tmp_path / "calls.db")
    assert calls == [(200, None), (None, "recorder-stopped")]
    assert ended == [True]


def test_record_says_that_its_proxy_has_died(tmp_path: Path, shared_home: Path) -> None:
    with ScriptedServer(keep_alive()) as server, command(tmp_path, shared_home, *recorder(tmp_path, server)) as process:
        proxy_of(process)
        for below in psutil.Process(process.pid).children():
            below.kill()
        assert process.wait(ENDS) == 1
        assert process.stderr is not None
        assert "ended unexpectedly" in process.stderr.read()


def test_a_port_in_use_is_said_at_once(tmp_path: Path, shared_home: Path) -> None:
    with ScriptedServer(keep_alive()) as taken:
        options = ProxyOptions(recording=tmp_path / "x.db", session_uid="u", session_kind="run", listen_port=taken.port)
        with pytest.raises(CaptureError, match=f"cannot listen on 127.0.0.1:{taken.port}") as caught:
            Proxy(options, shared_home, {}, print)
    assert "--listen" in caught.value.hint


def test_an_option_that_mitmproxy_refuses_is_said(tmp_path: Path, shared_home: Path) -> None:
    """Whatever goes wrong in there before it listens, nobody waits for it."""
    options = ProxyOptions(
        recording=tmp_path / "x.db", session_uid="u", session_kind="run", listen_host="203.0.113.1", password="x"
    )
    proxy = Proxy(options, shared_home, {}, print)
    started = time.monotonic()
    with pytest.raises(CaptureError):
        proxy.wait_until_ready()
    assert time.monotonic() - started < 60


IMPATIENT = """
from mitmproxy import ctx
from mitmproxy.proxy import server


class Impatient:
    def running(self):
        if "tcp_timeout" in ctx.options:
            ctx.options.update(tcp_timeout=1)
        else:
            server.TCP_TIMEOUT = 1


addons = [Impatient()]
"""


@pytest.fixture
def impatient(
    tmp_path: Path, shared_home: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """A recorder in which ten minutes pass within a second."""
    script = tmp_path / "impatient.py"
    script.write_text(IMPATIENT)
    monkeypatch.setattr(inspector.capture.proxy, "ADDONS", (*inspector.capture.proxy.ADDONS, str(script)))
    with recording_stage(tmp_path, certificates, home=shared_home) as stage:
        yield stage


def test_silence(impatient: Stage) -> None:
    """mitmproxy closes what is silent for ten minutes: no news on an idle connection, a failure of a call under way."""
    with impatient.connect() as client:
        client.send(GET)
        client.until(b"ok")
        assert client.everything() == b""
    assert impatient.call().row.failure is None
    impatient.play(never)
    with impatient.connect() as client:
        client.send(GET)
        assert client.everything() == b""
    stored = impatient.call()
    assert stored.row.failure == "proxy-limit"
    assert "ten minutes" in (stored.row.failure_text or "")
    assert impatient.problem().kind == "proxy-limit"


# The command of `run`

COUNTING = """
import os, signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *_: got.append("INT"))
signal.signal(signal.SIGTERM, lambda *_: got.append("TERM"))
print("ready", flush=True)
until = time.monotonic() + 10
while not got and time.monotonic() < until:
    time.sleep(0.02)
time.sleep(0.5)
print(" ".join(got), flush=True)
sys.exit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_once_and_its_code_comes_back(
    tmp_path: Path, shared_home: Path, number: signal.Signals
) -> None:
    words = ["run", "-r", str(tmp_path / "calls.db"), "--", sys.executable, "-c", COUNTING]
    with command(tmp_path, shared_home, *words) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline().split() == [number.name.removeprefix("SIG")]
        assert process.wait(ENDS) == 7
    assert outcome(tmp_path / "calls.db")[1] == [True]


IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_ctrl_c_in_a_terminal_reaches_the_command_once(tmp_path: Path, shared_home: Path) -> None:
    """The terminal sends it to both of us; nobody hands it on a second time, not even where stdin is a file."""
    words = [sys.executable, "-m", "inspector", "run", "-r", str(tmp_path / "calls.db")]
    line = "exec " + shlex.join([*words, "--", sys.executable, "-c", COUNTING]) + " </dev/null"
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, "sh", "-c", line],
        env={**os.environ, "B2_INSPECTOR_HOME": str(shared_home)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        process.stdin.write(b"\x03")
        process.stdin.flush()
        said = process.stdout.readline()
        process.communicate(timeout=ENDS)
    assert process.returncode == 7
    assert said.count(b"INT") == 1
