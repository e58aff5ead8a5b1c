"""Slow work in threads."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.calls import call, record
from support.screen import Screen, play, until

from inspector.errors import RecordingError
from inspector.tui.app import InspectorApp
from inspector.tui.jobs import Job


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "calls.db", [call()])


def test_a_job_reads_tells_and_gives(path: Path) -> None:
    """In a thread, through a connection of its own; the words come in the screen's thread."""
    said: list[object] = []

    def work(job: Job) -> int:
        said.append(threading.current_thread() is threading.main_thread())
        job.tell("half")
        return job.recording.count()

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        def done(count: int) -> None:
            said.append((count, threading.current_thread() is threading.main_thread()))

        app.services.jobs.start(app, "count", work, done, told=said.append)
        await until(pilot, lambda: len(said) == 3)
        assert said == [False, "half", (1, True)]

    play(path, scene)


def test_a_second_start_cancels_the_first(path: Path) -> None:
    """Its result comes no more, even where it was computed; a query that runs is interrupted."""
    results: list[str] = []
    running = threading.Event()

    def slow(job: Job) -> str:
        connection = job.recording._conn
        running.set()
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).fetchone()
        return "endless"

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        first = app.services.jobs.start(app, "query", slow, results.append)
        await until(pilot, running.is_set)
        app.services.jobs.start(app, "query", lambda _: "second", results.append)
        await until(pilot, lambda: first.ended and results == ["second"])

    play(path, scene)


def test_what_goes_wrong_is_said(path: Path) -> None:
    """With the next step, where there is one; the screen stays."""
    said: list[str] = []

    def breaks(job: Job) -> None:
        raise RecordingError("It broke\x1b[2J.", "Mend it.")

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        app.services.jobs.start(app, "breaks", breaks, said.append, failed=said.append)
        await until(pilot, lambda: bool(said))
        assert said == ["It broke\\x1b[2J. Mend it."]

    play(path, scene)
