"""Recorders that run: each says so in a small file, so that `env` finds its proxy.

The file is `recorders/PID.json` in the data directory (0600: a proxy's URL may hold its password). A process that died
without removing its own is told by its pid; the file is removed by whoever looks next.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from inspector.capture.environment import ACTIVE
from inspector.capture.files import private_directory, write_whole

DIRECTORY = "recorders"


@dataclass(frozen=True, slots=True)
class Recorder:
    """A recorder that runs. `proxy_url` may hold a password, and is empty for an endpoint; `session` is the session's
    uid, `recording` a path, `started_at` in Unix seconds."""

    pid: int
    proxy_url: str
    session: str
    recording: str
    started_at: float


@contextmanager
def announce(home: Path, proxy_url: str, session: str, recording: Path) -> Iterator[Recorder]:
    """Say that this process runs a recorder, for as long as the block lasts.

    Raises CaptureError where the data directory `home` cannot be written.
    """
    recorder = Recorder(os.getpid(), proxy_url, session, str(recording.absolute()), time.time())
    directory = private_directory(home / DIRECTORY)
    path = write_whole(directory / f"{recorder.pid}.json", json.dumps(asdict(recorder)).encode())
    try:
        yield recorder
    finally:
        with suppress(OSError):
            path.unlink()


def running(home: Path) -> list[Recorder]:
    """The recorders that run, the latest first; files of dead ones are removed."""
    found = []
    for path in (home / DIRECTORY).glob("*.json"):
        recorder = _read(path)
        if recorder is not None and is_alive(recorder.pid):
            found.append(recorder)
        else:
            with suppress(OSError):
                path.unlink()
    return sorted(found, key=lambda recorder: recorder.started_at, reverse=True)


def left_over(home: Path, environ: Mapping[str, str]) -> bool:
    """Whether this environment still names the proxy of a recorder that has ended: a terminal that ran `env` earlier.

    Nothing answers there: a new recorder must not take it for a proxy that the user needs.
    """
    if environ.get(ACTIVE) != "1":
        return False
    named = environ.get("HTTPS_PROXY") or environ.get("https_proxy")
    return named is not None and named not in {recorder.proxy_url for recorder in running(home)}


def _read(path: Path) -> Recorder | None:
    try:
        return Recorder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs, whoever it belongs to."""
    if sys.platform == "win32":
        return _alive_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's: it is alive
    return True


def _alive_windows(pid: int) -> bool:
    """os.kill(pid, 0) would end the process there (it is TerminateProcess)."""
    import ctypes

    still_active, query = 259, 0x1000  # STILL_ACTIVE, PROCESS_QUERY_LIMITED_INFORMATION
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(known) and code.value == still_active
