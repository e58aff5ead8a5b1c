"""What is promised and not there yet is refused by name: one sentence, exit code 2, never taken for something else."""

from __future__ import annotations

import subprocess
import sys

import pytest


def b2_inspector(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "inspector", *words], capture_output=True, text=True, timeout=60)


def test_a_verb_that_nobody_promised_is_a_typing_error() -> None:
    """In click's words, and with the verb that comes nearest."""
    assert b2_inspector("expalin").stderr.count("No such command 'expalin'. The nearest is 'explain'.") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--secret-stdin", "--", "true"],
        ["record", "--secret-stdin"],
    ],
)
def test_an_option_that_is_not_built_is_refused_before_anything_starts(words: list[str]) -> None:
    """Neither is it taken for the command to run."""
    done = b2_inspector(*words)
    assert done.returncode == 2
    assert "is known, but not built yet" in done.stderr


def test_an_unknown_option_of_run_is_not_taken_for_the_command() -> None:
    """`--conect-to` is a typing error, and the command's own options are the command's."""
    done = b2_inspector("run", "--conect-to", "x:1:y:2", "--", "true")
    assert done.returncode == 2
    assert "--connect-to" in done.stderr
