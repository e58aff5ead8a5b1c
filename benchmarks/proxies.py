"""The proxies that are measured side by side: a bare mitmdump that streams, mitmdump -w, and the recorder."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from inspector.capture.proxy import Proxy, ProxyOptions
from inspector.wire.uid import uuid7

MITMDUMP = [sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()"]


@dataclass
class Running:
    """A proxy on `port`; `pid` is its process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time of the proxy's own process; without the writer's, which has a lower priority."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def processes(self) -> list[psutil.Process]:
        """The proxy and what it started."""
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def bare(directory: Path, *more: str) -> Iterator[Running]:
    """`mitmdump -q` of the same version, mode and options, which streams every body and records nothing."""
    port = free_port()
    options = ["confdir=" + str(directory / "bare"), "http3=false", "websocket=false", "ssl_insecure=true"]
    command = [*MITMDUMP, "-q", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    command += [word for option in (*options, "stream_large_bodies=1") for word in ("--set", option)]
    process = subprocess.Popen([*command, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield Running(port, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def recorder(directory: Path, keep_body: str = "16m") -> Iterator[Running]:
    """The recorder, as `record` starts it."""
    options = ProxyOptions(
        recording=directory / f"{time.time_ns()}.db",
        session_uid=uuid7(time.time(), os.urandom(10)),
        session_kind="record",
        insecure_upstream=True,
        all_hosts=True,
        keep_body=keep_body,
    )
    proxy = Proxy(options, directory, os.environ, lambda text: print(text, file=sys.stderr))
    try:
        proxy.wait_until_ready()
        yield Running(proxy.port, proxy.pid)
    finally:
        proxy.stop()


def wait_for(port: int, seconds: float = 30.0) -> None:
    """Until somebody listens."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
