"""Verbs of the command line, asked from within the terminal UI."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil
import pytest
from support.calls import call, record

from inspector.errors import ExitCode
from inspector.tui.child import ask
from inspector.tui.jobs import Cancelled, Job

pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", [call(facts={"key": "文.jpg".encode()})])


def test_it_says_what_it_says_outside(path: Path) -> None:
    """Data, talk and exit code apart, on the recording that is looked at."""
    job = Job(path, lambda _: None)
    said = ask(job, ["ls"], path)
    assert (said.code, said.went_well) == (ExitCode.OK, True)
    assert "文.jpg" in said.out
    said = ask(job, ["ls", "stat:4"], path)
    assert (said.code, said.went_well, said.out) == (ExitCode.USAGE, False, "")
    assert "There is no field 'stat'" in said.err
    assert ask(job, ["ls", "status:404"], path).went_well  # nothing matched: an answer, too
    job.close()


def test_who_leaves_leaves_no_process_behind(path: Path) -> None:
    """One that would run for ever ends with the screen that asked."""
    job = Job(path, lambda _: None)
    timer = threading.Timer(1.0, job.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        ask(job, ["tail", "-f"], path)
    timer.join()
    assert [child for child in psutil.Process().children() if "tail" in child.cmdline()] == []
