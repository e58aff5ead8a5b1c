"""`diff`: exit 0 and silence on stdout's differences where nothing differs, 4 where something does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"


def diff(*words: str) -> subprocess.CompletedProcess[str]:
    """`b2-inspector diff` on the sample recording."""
    command = [sys.executable, "-m", "inspector", "diff", "-r", str(SAMPLE), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_call_is_the_same_as_itself() -> None:
    """Exit 0."""
    done = diff("6", "6")
    assert done.returncode == 0
    assert "nothing that means something differs" in done.stderr


def test_a_failing_call_is_compared_with_the_good_one_most_like_it() -> None:
    """The same operation on the same bucket by the same client; the outcome is told first."""
    done = diff("13", "--json")
    assert done.returncode == 4
    first = json.loads(done.stdout.splitlines()[0])
    assert first == {
        "section": "outcome",
        "kind": "changed",
        "where": "status",
        "a": "403",
        "b": "200",
        "quiet": False,
    }
    assert "#6 is the good call most like #13" in done.stderr


def test_what_always_differs_is_shown_on_demand() -> None:
    """A date is no difference."""
    assert "x-amz-request-id" not in diff("2", "3").stdout.partition("not shown")[0]
    assert "x-amz-request-id" in diff("2", "3", "--volatile").stdout


def test_sessions_are_compared_call_by_call() -> None:
    """Every call of both sessions once."""
    done = diff("--session", "1", "2", "--json")
    assert done.returncode == 4
    fates = [json.loads(line)["fate"] for line in done.stdout.splitlines()]
    assert (fates.count("missing"), fates.count("inserted")) == (15, 5)
    same = diff("--session", "1", "1")
    assert (same.returncode, same.stdout) == (0, "")


def test_what_is_not_there_is_said() -> None:
    """Exit 3, and 2 for what makes no sense."""
    assert diff("999").returncode == 3
    assert diff("--session", "1", "none").returncode == 3
    assert diff().returncode == 2
    assert diff("--session", "1").returncode == 2
