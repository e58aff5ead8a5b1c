"""The ways by which a test's calls come to its recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.report import Report


@contextmanager
def playing(cassette: Cassette, report: Report) -> Iterator[None]:
    """While this is open, calls of this process are answered by the recording, or recorded."""
    has_botocore = "botocore" in sys.modules or find_spec("botocore") is not None
    if has_botocore:
        from inspector.pytest_plugin import botocore_door

        botocore_door.play(cassette)
    try:
        yield
    finally:
        if has_botocore:
            botocore_door.play(None)
