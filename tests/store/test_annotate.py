"""Marks and notes in a recording."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.errors import RecordingError
from inspector.store import retention
from inspector.store.annotate import Marked, Noted, annotate
from inspector.store.reader import Recording
from inspector.store.writer import Writer


def test_marks_and_notes_are_found_and_taken_away(tmp_path: Path) -> None:
    """In their order; a call that is gone is passed over."""
    path = record(tmp_path / "calls.db", [call() for _ in range(4)])
    annotate(path, [Marked((1, 3, 99), True), Noted(2, "look at this"), Marked((3,), False)])
    with Recording(path) as opened:
        assert list(opened.ids("is:marked")) == [1]
        assert list(opened.ids("note:look")) == [2]
    annotate(path, [Noted(2, "")])
    with Recording(path) as opened:
        assert list(opened.ids("is:noted")) == []


def test_marked_calls_are_not_pruned(tmp_path: Path) -> None:
    """That is what a mark promises."""
    path = record(tmp_path / "calls.db", [call() for _ in range(4)])
    annotate(path, [Marked((2,), True)])
    retention.prune(path, now=9e9, keep=1.0, max_size=None)
    with Recording(path) as opened:
        assert list(opened.ids()) == [2]


def test_a_recorder_that_writes_waits_for_a_moment_only(tmp_path: Path) -> None:
    """The other way round, too: marks are written between its transactions."""
    path = record(tmp_path / "calls.db", [call() for _ in range(4)], ended=False)
    writer = Writer(path)
    with writer.transaction():
        writer.connection.execute("UPDATE exchange SET status = 500 WHERE id = 1")
    annotate(path, [Marked((1,), True)])
    with writer.transaction():
        writer.connection.execute("UPDATE exchange SET status = 501 WHERE id = 1")
    writer.close()
    with Recording(path) as opened:
        assert list(opened.ids("is:marked status:501")) == [1]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """And nothing is half written."""
    path = record(tmp_path / "calls.db", [call()])
    path.chmod(0o400)
    with pytest.raises(RecordingError):
        annotate(path, [Marked((1,), True)])
