"""Recordings out as fixtures, and in again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.formats.fixture.read import load
from inspector.store.reader import Recording

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"

pytestmark = pytest.mark.slow


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`b2-inspector` in a directory of its own."""
    command = [sys.executable, "-m", "inspector", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=os.environ)


def test_out_and_in_and_out_again(tmp_path: Path) -> None:
    """Nothing is lost that a fixture holds: the second text is the first, and a second import brings nothing."""
    first = run("export", "-r", SAMPLE, "--as", "fixture", "-o", "a.http", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "35 calls are in a.http" in first.stderr

    brought = run("import", "a.http", "-r", "b.db", cwd=tmp_path)
    assert "35 calls → session 1" in brought.stderr
    assert "35 already there" in run("import", "a.http", "-r", "b.db", cwd=tmp_path).stderr
    assert run("export", "-r", "b.db", "--as", "fixture", "-o", "c.http", cwd=tmp_path).returncode == 0

    assert (tmp_path / "c.http").read_text(encoding="utf-8") == (tmp_path / "a.http").read_text(encoding="utf-8")
    with Recording(SAMPLE) as sample, Recording(tmp_path / "b.db") as back:
        # Sizes differ where framing is off, and where an id in a document has a short name.
        for then, now in zip(sample.exchanges(), back.exchanges(), strict=True):
            for name in ("operation", "bucket", "key", "status", "error_code", "auth", "region"):
                assert getattr(now, name) == getattr(then, name), (name, then)


def test_a_large_body_needs_a_file(tmp_path: Path) -> None:
    """Standard output has no place beside it."""
    refused = run("export", "8", "-r", SAMPLE, "--as", "fixture", cwd=tmp_path)
    assert refused.returncode == 2
    assert "-o NAME.http" in refused.stderr

    told = run("export", "2", "-r", SAMPLE, "--as", "fixture", cwd=tmp_path)
    assert told.returncode == 0
    (tmp_path / "two.http").write_text(told.stdout, encoding="utf-8")
    assert len(load(tmp_path / "two.http").calls) == 1
