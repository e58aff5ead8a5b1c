"""What is promised and not there yet is refused by name: one sentence, exit code 2, never taken for something else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from inspector.cli.main import VERBS
from inspector.cli.not_built import VERBS as UNBUILT


def b2_inspector(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "inspector", *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("behind", [[], ["3"], ["--session", "1", "2"], ["--json"], ["--help"], ["--", "true"]])
@pytest.mark.parametrize("name", list(UNBUILT))
def test_a_verb_that_is_not_built_says_so_whatever_stands_behind_it(name: str, behind: list[str]) -> None:
    """`scan 3` is no typing error."""
    done = b2_inspector(name, *behind)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"`{name}` ({UNBUILT[name][0]}) is known, but not built yet" in done.stderr


def test_every_verb_is_either_built_or_refused() -> None:
    """A verb that gets built must leave the other table; the help lists what is built alone."""
    assert not VERBS.keys() & UNBUILT.keys()
    listed = b2_inspector("--help").stdout
    assert [name for name in UNBUILT if f"\n  {name} " in listed] == []
    assert b2_inspector("expalin").stderr.count("No such command 'expalin'") == 1


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
