"""One recorder for each module of tests: starting one takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.recorded import Stage, recording_stage

from inspector.demo.certificates import Certificates


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for the recorders of all these tests: an authority takes long to make."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, shared_home: Path, certificates: Certificates) -> Iterator[Stage]:
    """A recorder with two scripted servers behind B2's host names."""
    with recording_stage(tmp_path_factory.mktemp("recorder"), certificates, home=shared_home) as started:
        yield started
