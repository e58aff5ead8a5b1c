"""The ways by which a test's calls come to its recording."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from inspector.errors import CaptureError
from inspector.pytest_plugin.blocking import lifted
from inspector.pytest_plugin.cassette import Cassette
from inspector.pytest_plugin.modes import Mode

NEED_PROXY = ("aiohttp", "b2sdk", "httpx", "minio", "obstore", "requests")
"""Modules whose clients do not go through botocore's HTTP layer; where one is loaded, `auto` means `proxy`."""


@contextmanager
def playing(cassette: Cassette) -> Iterator[None]:
    """While this is open, calls of this process are answered by the recording, or recorded.

    Raises:
        CaptureError: the server or the recorder cannot start.
    """
    with ExitStack() as stack:
        if cassette.record_mode is not Mode.PASSTHROUGH:
            if cassette.is_recording:
                stack.enter_context(lifted())
            stack.enter_context(_to_botocore(cassette))
            if _needs_proxy(cassette):
                from inspector.pytest_plugin.clients import serving

                stack.enter_context(serving(cassette))
        yield


def _needs_proxy(cassette: Cassette) -> bool:
    """Whether the test's clients are to come through a proxy; with `auto`, where that can be.

    Raises:
        CaptureError: they are, and it cannot.
    """
    clients = cassette.settings.clients
    wanted = clients == "proxy" or (clients == "auto" and cassette.through_proxy)
    if not wanted and (clients != "auto" or not any(name in sys.modules for name in NEED_PROXY)):
        return False
    missing = [name for name in _PARTS if find_spec(name) is None]
    if missing and wanted:
        parts = ", ".join(missing)
        raise CaptureError(f"clients other than boto3 need {parts}", "pip install 'b2-inspector-light[serve]'")
    refused = "" if missing else _refused_sockets()
    if refused and wanted:
        raise CaptureError(
            f"clients other than boto3 come through a socket, and this test may open none ({refused})",
            "with pytest-socket: --allow-hosts=127.0.0.1, or @pytest.mark.enable_socket",
        )
    return not missing and not refused


def _refused_sockets() -> str:
    """The error of whoever lets this test have no socket, "" where it may."""
    try:
        socket.socket().close()
    except Exception as error:  # pytest-socket's own, which is no OSError
        return type(error).__name__
    return ""


_PARTS = ("uvicorn", "httptools", "cryptography", "certifi", "platformdirs", "h11")


@contextmanager
def _to_botocore(cassette: Cassette) -> Iterator[None]:
    if "botocore" not in sys.modules and find_spec("botocore") is None:
        yield
        return
    from inspector.pytest_plugin import botocore_door

    botocore_door.play(cassette)
    try:
        with _to_aiobotocore(cassette):
            yield
    finally:
        botocore_door.play(None)


@contextmanager
def _to_aiobotocore(cassette: Cassette) -> Iterator[None]:
    if find_spec("aiobotocore") is None:
        yield
        return
    from inspector.pytest_plugin import aiobotocore_door

    with aiobotocore_door.playing(cassette):
        yield
