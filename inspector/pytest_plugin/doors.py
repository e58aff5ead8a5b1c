"""The ways by which a test's calls come to its recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.modes import Mode
from inspector.pytest_plugin.report import Report

NEED_PROXY = ("aiobotocore", "aiohttp", "b2sdk", "httpx", "minio", "obstore", "requests", "s3fs")
"""Modules whose clients do not go through botocore's HTTP layer; where one is loaded, `auto` means `proxy`."""


@contextmanager
def playing(cassette: Cassette, report: Report) -> Iterator[None]:
    """While this is open, calls of this process are answered by the recording, or recorded.

    Raises:
        CaptureError: the server or the recorder cannot start.
    """
    with ExitStack() as stack:
        if cassette.record_mode is not Mode.PASSTHROUGH:
            stack.enter_context(_to_botocore(cassette))
            if _may_need_proxy(cassette):
                from inspector.pytest_plugin.clients import serving, wants_proxy

                if wants_proxy(cassette):
                    stack.enter_context(serving(cassette, report))
        yield


def _may_need_proxy(cassette: Cassette) -> bool:
    """Whether it is worth loading what finds out."""
    clients = cassette.settings.clients
    if clients != "auto":
        return clients == "proxy"
    return cassette.through_proxy or any(name in sys.modules for name in NEED_PROXY)


@contextmanager
def _to_botocore(cassette: Cassette) -> Iterator[None]:
    if "botocore" not in sys.modules and find_spec("botocore") is None:
        yield
        return
    from inspector.pytest_plugin import botocore_door

    botocore_door.play(cassette)
    try:
        yield
    finally:
        botocore_door.play(None)
