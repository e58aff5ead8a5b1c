"""A user without a home to write to, as in a container: who only looks needs none, and makes none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.samples import sample_path

LOOKS = ["ls sig:none", "explain 13", "info", "doctor --offline", "env", "ls is:error --session last"]


@pytest.mark.parametrize("words", LOOKS)
def test_who_only_looks_needs_no_home(tmp_path: Path, words: str) -> None:
    """Where nothing can be made: a file stands where the directory would be."""
    (tmp_path / "file").touch()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_"))}
    environ |= {"B2_INSPECTOR_HOME": str(tmp_path / "file" / "home"), "HOME": str(tmp_path / "file")}
    environ["B2_INSPECTOR_RECORDING"] = str(sample_path("sample"))
    command = [sys.executable, "-m", "inspector", *words.split()]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100)

    assert "Errno" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in ((1,) if words == "env" else (0, 3, 4))
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
