"""Streams that are closed, full or gone: one sentence or none, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """`command` by sh; `$B2` is the command line and `$SAMPLE` the sample recording."""
    environ = os.environ | {"B2": f"{sys.executable} -m inspector", "SAMPLE": str(SAMPLE)}
    return subprocess.run(["sh", "-c", command], env=environ, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is Linux's")
@pytest.mark.parametrize("verb", ["ls", "ls --json", "stats", "show last", "sessions"])
def test_a_full_disk_under_stdout_is_told_in_a_sentence(verb: str) -> None:
    """Exit code 1, and the system's own words."""
    done = shell(f"$B2 {verb} -r $SAMPLE > /dev/full")
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the stream")
@pytest.mark.parametrize("verb", ["ls", "ls --json", "stats", "show last", "sessions", "info"])
def test_a_closed_stdout_is_no_failure(verb: str) -> None:
    """`>&-` asks for nothing to be said."""
    done = shell(f"$B2 {verb} -r $SAMPLE >&-")
    assert (done.returncode, done.stderr) == (0, "")
