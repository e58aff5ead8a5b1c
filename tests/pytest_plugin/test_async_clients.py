"""aiobotocore and s3fs, in an environment of their own: aiobotocore allows one botocore, months behind boto3's."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PYTHON = "B2_INSPECTOR_TEST_ASYNC_PYTHON"
"""The variable that names an interpreter with `.[async]`."""
SUITE = Path(__file__).parent / "asynchronous" / "suite.py"


@pytest.fixture
def python() -> str:
    """An interpreter with aiobotocore and s3fs."""
    if find_spec("s3fs") is not None:
        return sys.executable
    named = os.environ.get(PYTHON)
    if not named:
        pytest.skip(f"{PYTHON} does not name an interpreter with .[async], and this one has no s3fs")
    return named


def run(python: str, directory: Path, mode: str, endpoint: str, *more: str) -> str:
    """A run of the suite; what it said. Fails where a test does."""
    (directory / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (directory / "test_it.py").write_bytes(SUITE.read_bytes())
    words = [python, "-m", "pytest", "-p", "no:cacheprovider", f"--b2-record-mode={mode}", "-W", "error", *more]
    environ = {n: v for n, v in os.environ.items() if not n.lower().endswith("_proxy") and not n.startswith("PYTEST")}
    done = subprocess.run(
        words, cwd=directory, env=environ | {"ENDPOINT": endpoint}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_recorded_once_and_replayed(python: str, moto_plain: str, tmp_path: Path) -> None:
    """Without sockets and, in a child, with; many at once, parts, files, streams. Made again they are the same."""
    run(python, tmp_path, "once", moto_plain)
    first = {path: path.read_bytes() for path in (tmp_path / "cassettes").rglob("*") if path.is_file()}
    said = run(python, tmp_path, "none", "http://127.0.0.1:1")
    assert "missed 0, unused 0" in said
    assert {path.name for path in first if path.suffix} == {
        f"test_{name}.http" for name in ("many_at_once", "over_httpx", "parts_and_streams", "s3fs", "with_sockets")
    }
    for path in first:
        if path.suffix:
            assert (b"# clients proxy" in first[path]) is (path.stem == "test_with_sockets")
    run(python, tmp_path, "rewrite", moto_plain, "-k", "many or sockets")
    assert {path: path.read_bytes() for path in first} == first
