"""A suite of a user's, in a directory of its own."""

from __future__ import annotations

import os

import pytest
from support.suites import Suite


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Empty yet; no proxy and no key of the machine's is in its environment."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("AWS_"):
            monkeypatch.delenv(name)
    return Suite(pytester)
