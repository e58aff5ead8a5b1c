"""One recorder for each module of tests: starting one takes a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.recorded import Stage, recording_stage

from inspector.demo.certificates import Certificates


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Stage]:
    """A recorder with two scripted servers behind B2's host names."""
    with recording_stage(tmp_path_factory.mktemp("recorder"), certificates) as started:
        yield started
