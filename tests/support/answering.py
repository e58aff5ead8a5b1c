"""A recorder for clients to come through: a bare mitmdump with our authority that answers everything itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inspector.capture.authority import Authority
from inspector.capture.clients import named
from inspector.capture.environment import BYPASSES, PROXY_VARIABLES, child_environment
from inspector.capture.roots import CA_VARIABLES
from inspector.capture.trust import TrustFiles

B2 = "https://s3.us-west-004.backblazeb2.com"
PASSWORD = "p@ss w/rd"


@dataclass
class Answering:
    """The running proxy. `noted` is what came since the last `forget`."""

    url: str
    trust: TrustFiles
    log: Path
    start: int = 0

    def forget(self) -> None:
        self.start = self.log.stat().st_size

    def noted(self, kind: str) -> list[dict[str, Any]]:
        with self.log.open("rb") as log:
            log.seek(self.start)
            entries = [json.loads(line) for line in log.read().splitlines()]
        return [entry for entry in entries if entry["kind"] == kind]

    @property
    def calls(self) -> list[str]:
        return [f"{entry['method']} {entry['url']}" for entry in self.noted("call")]

    def environ(self, program: str, **more: str) -> dict[str, str]:
        plain = {n: v for n, v in os.environ.items() if n not in (*CA_VARIABLES, *PROXY_VARIABLES, *BYPASSES)}
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "B2_INSPECTOR_DEBUG": "1"}
        plan = child_environment(named(program), plain, self.url, self.trust, "uid")
        return plan.applied(plain) | keys | more

    def run(self, program: str, argv: Sequence[str], **more: str) -> str:
        """Run a real program as `run` would; gives what it printed, fails where it failed."""
        self.forget()
        done = subprocess.run(
            argv, env=self.environ(program, **more), capture_output=True, text=True, timeout=110, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.noted('refused')}"
        assert "is not recorded" not in done.stderr
        return done.stdout


def needs(command: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    beside = Path(sys.executable).with_name(command)
    path = shutil.which(command) or (str(beside) if beside.exists() else None)
    if path is None:
        pytest.skip(f"{command} is not installed here")
    return path


def started(authority: Authority, trust: TrustFiles, directory: Path, password: str | None) -> Iterator[Answering]:
    log = directory / "log.jsonl"
    log.touch()
    settings = [f"confdir={authority.directory}", "connection_strategy=lazy", "upstream_cert=false"]
    settings += [f"proxyauth=user:{password}"] if password else []
    command = [
        *(sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()", "--quiet"),
        *(
            "--listen-host",
            "127.0.0.1",
            "--listen-port",
            "0",
            "-s",
            str(Path(__file__).with_name("answering_addon.py")),
        ),
        *(word for setting in settings for word in ("--set", setting)),
    ]
    process = subprocess.Popen(command, env=os.environ | {"ANSWERING_LOG": str(log)})
    try:
        port = port_of(process, log)
        userinfo = "user:p%40ss%20w%2Frd@" if password else ""
        yield Answering(f"http://{userinfo}127.0.0.1:{port}", trust, log)
    finally:
        process.terminate()
        process.wait(10)


def port_of(process: subprocess.Popen[bytes], log: Path) -> int:
    for _ in range(600):
        for line in log.read_text().splitlines():
            return int(json.loads(line)["port"])
        assert process.poll() is None, "mitmdump ended at once"
        time.sleep(0.05)
    raise AssertionError("mitmdump did not start")
