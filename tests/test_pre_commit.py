"""The hooks that ship with the project, run by pre-commit itself in a repository of a user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.leaky import SESSION_TOKEN, leaky_recording

TREE = Path(__file__).parents[1]
FILE = TREE / ".pre-commit-hooks.yaml"
if not FILE.exists():
    pytest.skip("the hooks belong to the repository", allow_module_level=True)
HOOKS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())
LEAK = f"headers:\n  X-Amz-Security-Token:\n  - {SESSION_TOKEN.decode()}\n"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]
pytest.importorskip("pre_commit")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with both hooks, which take the b2-inspector of this environment, not one of their own."""
    hooks = [{**hook, "language": "system"} for hook in HOOKS]
    config = {"repos": [{"repo": "local", "hooks": sorted(hooks, key=lambda hook: hook["id"], reverse=True)}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "cassettes").mkdir()
    git(tmp_path, "init", "-q")
    return tmp_path


def git(where: Path, *words: str) -> None:
    """git, as a user without settings of his own."""
    subprocess.run(["git", *words], cwd=where, check=True, capture_output=True, env=environ(where))


def environ(where: Path) -> dict[str, str]:
    """The environment, with a home of its own."""
    return os.environ | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(where),
        "PRE_COMMIT_HOME": str(where / ".git" / "pre-commit"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def hook(where: Path, name: str) -> subprocess.CompletedProcess[str]:
    """One hook over all that is staged."""
    git(where, "add", "-A")
    command = [sys.executable, "-m", "pre_commit", "run", name, "--all-files", "--verbose"]
    return subprocess.run(
        command, cwd=where, capture_output=True, text=True, timeout=120, check=False, env=environ(where)
    )


def test_every_hook_is_whole() -> None:
    """Installed from the repository, by pip."""
    assert [one["id"] for one in HOOKS] == ["b2-inspector-scan", "b2-inspector-scrub"]
    for one in HOOKS:
        assert one["language"] == "python"
        assert one["entry"].startswith("b2-inspector ")


def test_the_scan_refuses_and_the_scrub_mends(repository: Path) -> None:
    """A cassette and a recording that leak; other files are not looked at."""
    (repository / "cassettes" / "a.yaml").write_text(LEAK)
    (repository / "notes.txt").write_text(LEAK)
    leaky_recording(repository / "calls.db")
    refused = hook(repository, "b2-inspector-scan")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "cassettes/a.yaml: line 3" in refused.stdout
    assert "calls.db: #1 request header authorization" in refused.stdout
    assert "notes.txt" not in refused.stdout
    assert SESSION_TOKEN.decode() not in refused.stdout

    mended = hook(repository, "b2-inspector-scrub")
    assert mended.returncode == 1, mended.stdout
    assert SESSION_TOKEN.decode() not in (repository / "cassettes" / "a.yaml").read_text()

    assert hook(repository, "b2-inspector-scrub").returncode == 0
    assert hook(repository, "b2-inspector-scan").returncode == 0
