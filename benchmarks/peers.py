"""What the replay server is measured beside: mitmdump --server-replay and WireMock, each in a directory of its own.

Nothing of it is a dependency of the project: WireMock comes from npm (a jar, which wants a `java`), the Python peers
from PyPI into a virtual environment, and both go when the directory goes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from proxies import MITMDUMP, Running, free_port, wait_for


def install_wiremock(directory: Path) -> Path:
    """The jar, out of the npm package; what is there already stays."""
    found = sorted(directory.glob("node_modules/wiremock/build/wiremock-standalone-*.jar"))
    if not found:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "wiremock"], cwd=directory, check=True)
        found = sorted(directory.glob("node_modules/wiremock/build/wiremock-standalone-*.jar"))
    return found[0]


def install_python(directory: Path, packages: Sequence[str]) -> Path:
    """The Python of a virtual environment with these packages; one that is there already stays."""
    python = directory / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


@contextlib.contextmanager
def wiremock(jar: Path, root: Path, *more: str) -> Iterator[Running]:
    """WireMock with what lies below `root`."""
    port = free_port()
    command = ["java", "-Xmx512m", "-jar", str(jar), "--port", str(port), "--bind-address", "127.0.0.1"]
    with process([*command, "--root-dir", str(root), "--disable-banner", *more], port) as running:
        for _ in range(200):  # the port is open before it answers
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/__admin/mappings?limit=1").read()
                break
            time.sleep(0.05)
        yield running


@contextlib.contextmanager
def mitm_replay(directory: Path, flows: Path, origin: int, *settings: str) -> Iterator[Running]:
    """mitmdump in reverse mode before a server that is gone, answering from `flows`, never forwarding.

    `origin` is the port that was recorded: mitmproxy matches by host and port.
    """
    port = free_port()
    options = (f"confdir={directory / 'conf'}", "server_replay_extra=404", "connection_strategy=lazy", *settings)
    command = [*MITMDUMP, "-q", "--mode", f"reverse:http://127.0.0.1:{origin}", "--listen-host", "127.0.0.1"]
    command += ["--listen-port", str(port), "--server-replay", str(flows)]
    command += [word for option in options for word in ("--set", option)]
    with process(command, port) as running:
        yield running


@contextlib.contextmanager
def process(command: Sequence[str], port: int, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A server that listens on `port`, until the block is over."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)
    try:
        wait_for(port, 60)
        yield Running(port, started.pid)
    finally:
        started.terminate()
        started.wait()


def stub(path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, object]:
    """A mapping of WireMock's: a GET of this path."""
    answer = {"status": 200, "headers": dict(headers), "base64Body": base64.b64encode(body).decode()}
    return {"request": {"method": "GET", "url": path}, "response": answer}


def write_stubs(root: Path, stubs: Sequence[Mapping[str, object]]) -> None:
    """One file, as WireMock exports many."""
    (root / "mappings").mkdir(parents=True, exist_ok=True)
    (root / "mappings" / "stubs.json").write_text(json.dumps({"mappings": stubs}))
