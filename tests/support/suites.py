"""Inner runs of pytest: what a user's suite does with the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import boto3  # noqa: F401  inner runs in this process find it loaded
import pytest

import inspector.pytest_plugin.botocore_door
import inspector.pytest_plugin.running  # noqa: F401

CLIENT = """
import os
import boto3, pytest
from botocore.config import Config

def client(**options):
    return boto3.client(
        "s3", endpoint_url=os.environ["ENDPOINT"], region_name="us-east-1",
        aws_access_key_id=os.environ.get("KEY", "recording"), aws_secret_access_key="opens-nothing",
        config=Config(retries={"total_max_attempts": 2}, **options))
"""

NOWHERE = "http://127.0.0.1:1"
"""Nobody listens there: a call that goes live fails."""


@dataclass
class Suite:
    """A directory with a test file, and runs of it."""

    pytester: pytest.Pytester

    @property
    def cassettes(self) -> Path:
        return self.pytester.path / "cassettes"

    def write(self, tests: str, **more: str) -> None:
        """`test_it.py` with a boto3 client at hand, and other files."""
        self.pytester.makepyfile(test_it=CLIENT + tests, **more)

    def run(self, *words: str, endpoint: str = NOWHERE, alone: bool = False, **environ: str) -> pytest.RunResult:
        """pytest, as from a shell; in this process, which has boto3 loaded, unless it is to be `alone`."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ENDPOINT", endpoint)
            for name in ("B2_INSPECTOR_RECORD_MODE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
                patch.delenv(name, raising=False)
            for name, value in environ.items():
                patch.setenv(name, value)
            run = self.pytester.runpytest_subprocess if alone else self.pytester.runpytest_inprocess
            return run("-p", "no:cacheprovider", "-p", "no:flaky", "-p", "no:rerunfailures", *words)

    def files(self) -> dict[str, bytes]:
        """Everything below `cassettes`, by its path there."""
        return {
            path.relative_to(self.cassettes).as_posix(): path.read_bytes()
            for path in sorted(self.cassettes.rglob("*"))
            if path.is_file()
        }

    def fixture(self, name: str) -> str:
        """The text of a recording of `test_it.py`."""
        return (self.cassettes / "test_it" / f"{name}.http").read_text(encoding="utf-8")
