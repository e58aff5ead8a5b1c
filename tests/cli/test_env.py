"""`env` prints the settings of the recorder that runs, for the shell that asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.capture.presence import announce


def b2_inspector_env(home: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if "_proxy" not in name.lower()}
    return subprocess.run(
        [sys.executable, "-m", "inspector", "env", *argv],
        env=plain | {"B2_INSPECTOR_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_settings_of_the_recorder_that_runs(home: Path) -> None:
    """stdout is for the shell; who it is about goes to stderr."""
    with announce(home, "http://127.0.0.1:4321", "uid-1", Path("some.db")):
        done = b2_inspector_env(home, "--shell", "bash", NO_PROXY="localhost")
    lines = done.stdout.splitlines()
    assert "export HTTPS_PROXY=http://127.0.0.1:4321;" in lines
    assert "export B2_INSPECTOR_SESSION=uid-1;" in lines
    assert "unset NO_PROXY;" in lines
    assert "some.db" in done.stderr
    assert "JAVA_TOOL_OPTIONS" not in done.stdout


def test_no_recorder_is_an_error_with_the_next_step(home: Path) -> None:
    """Without a recorder nothing is printed for the shell, and the way on is named."""
    done = b2_inspector_env(home)
    assert (done.returncode, done.stdout) == (1, "")
    assert "b2-inspector record" in done.stderr


def test_password_is_for_the_shell_alone(home: Path) -> None:
    """A proxy's password stands in stdout, where the shell needs it, and nowhere in what is said."""
    with announce(home, "http://b2-inspector:hunter2@10.0.0.1:99", "uid-1", Path("some.db")):
        done = b2_inspector_env(home, "--as", "java", "--shell", "bash")
    assert "hunter2" in done.stdout
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--shell", "fish"], "set -gx HTTPS_PROXY 'http://127.0.0.1:7';"),
        (["--shell", "pwsh"], "$env:HTTPS_PROXY = 'http://127.0.0.1:7'"),
        ([], "set -gx HTTPS_PROXY 'http://127.0.0.1:7';"),
    ],
)
def test_each_shell_gets_its_language(argv: list[str], line: str, home: Path) -> None:
    """By option, else by $SHELL (the parent of this test is no shell)."""
    done = b2_inspector_env(home, "--proxy", "http://127.0.0.1:7", *argv, SHELL="/usr/bin/fish")
    assert line in done.stdout.splitlines()
    assert "B2_INSPECTOR_SESSION" not in done.stdout


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "http://host", "ftp://h:1", "http://[::1:9", "http://h:99999"])
def test_proxy_that_is_none_is_a_usage_error(url: str, home: Path) -> None:
    """A URL that no client could use is refused before anything is printed."""
    done = b2_inspector_env(home, "--proxy", url)
    assert (done.returncode, done.stdout) == (2, "")


def test_unknown_program_names_the_nearest(home: Path) -> None:
    """`--as` is read by the table of programs."""
    done = b2_inspector_env(home, "--proxy", "http://127.0.0.1:7", "--as", "jav")
    assert done.returncode == 2
    assert "did you mean java" in done.stderr
