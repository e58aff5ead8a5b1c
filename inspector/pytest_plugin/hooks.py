"""What conftest.py may implement."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookspec
def pytest_b2_recording_configure(config: pytest.Config, recorder: Any) -> None:
    """Called before the first recorded test, as `pytest_recording_configure` is.

    `recorder.register_matcher(name, function)` adds a dimension to `match_on`: from a request (`method`, `uri`,
    `headers`, `path`, `query`) to a value that must be the same for two calls to be one.
    """
