"""The command line's verbs, asked from within the terminal UI: the same words in, the same words out.

A process of its own: what a verb reads, refuses and says is as it is outside, and the screen does not wait for it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from inspector.errors import ExitCode
from inspector.paths import OWN_PYTHON
from inspector.tui.jobs import Job

LONGEST = 8 << 20
"""Bytes of what a verb prints that are read; that more came is said."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb has said: its exit code, its data, its talk."""

    code: int
    out: str
    err: str

    @property
    def went_well(self) -> bool:
        """Whether it did what was asked; that things differ or that nothing matched is an answer, too."""
        return self.code in (ExitCode.OK, ExitCode.NOTHING, ExitCode.DIFFERS)


def ask(job: Job, words: Sequence[str], recording: Path | None = None, width: int = 100) -> Said:
    """Run a verb with these words on the recording, until it ends or nobody waits any more; shown in so many cells."""
    command = [*OWN_PYTHON, "-m", "inspector", *words]
    environ = dict(os.environ, PYTHONIOENCODING="utf-8:surrogateescape", COLUMNS=str(width))
    environ["B2_INSPECTOR_SHOWN_IN"] = str(width)
    if recording is not None:
        environ["B2_INSPECTOR_RECORDING"] = str(recording.absolute())
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environ) as process:
            try:
                code = _waited(job, process)
            except BaseException:
                process.kill()
                raise
        return Said(code, _read(out), _read(err))


def _waited(job: Job, process: subprocess.Popen[bytes]) -> int:
    while True:
        job.check()
        try:
            return process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    text = file.read(LONGEST).decode("utf-8", "surrogateescape")
    return f"{text}\n... and more: {LONGEST >> 20} MiB are shown" if file.read(1) else text
