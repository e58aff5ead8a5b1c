"""Fixtures for the whole suite: servers on loopback, a data directory of one's own.

Helpers live in `support/`, importable as `support.…` from every test.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.moto import moto_server
from support.scripted import Script, ScriptedServer

from inspector.demo.certificates import Certificates, make_certificates
from inspector.demo.server import RcloneServer

pytest_plugins = ("pytester",)  # inner runs, for the plugin's own tests

# Containers like to say so, to stay small. The tests start hundreds of Pythons, each of which would compile all that it
# imports, and pytest would rewrite every test file in each of its workers.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Who runs the tests in the background has Ctrl-C ignored, and so would have every program that they start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline measures the machine, not the code; and a shared machine is slow when it likes.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=20)
hypothesis.settings.load_profile("project")

B2_HOST = "s3.us-west-004.backblazeb2.com"
NAMES = (B2_HOST, f"*.{B2_HOST}", "api.backblazeb2.com", "*.backblazeb2.com", "127.0.0.1", "localhost")
KEYS = ("0041234567890ab0000000001", "K004abc/def+ghiJKLmnoPQRstuVWXyz")
"""A key id and a secret that rclone is told to know. They look like B2's and open nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of several processes, or of a terminal, wait for each other: a machine that stands still for some seconds
    fails them. They may try again, and the report says that they did.
    """
    for item in items:
        if item.get_closest_marker("slow") or "tui" in item.path.parts:
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of this test: no test reads or writes the user's own."""
    directory = tmp_path / "b2-inspector-home"
    monkeypatch.setenv("B2_INSPECTOR_HOME", str(directory))
    monkeypatch.delenv("B2_INSPECTOR_RECORDING", raising=False)
    return directory


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A throw-away authority and a server certificate for B2's host names and loopback."""
    return make_certificates(tmp_path_factory.mktemp("certificates"), NAMES)


@pytest.fixture
def rclone(tmp_path: Path, certificates: Certificates) -> Iterator[RcloneServer]:
    """`rclone serve s3` with TLS and `KEYS`: strict about signatures."""
    directory = tmp_path / "rclone"
    directory.mkdir()
    with RcloneServer(directory, KEYS, certificates) as server:
        yield server


@pytest.fixture(scope="session")
def moto(certificates: Certificates) -> Iterator[str]:
    """The URL of a moto server with TLS: many operations, no signature checked. Shared: use buckets of your own."""
    with moto_server(certificates) as url:
        yield url


@pytest.fixture(scope="session")
def moto_plain() -> Iterator[str]:
    """The URL of a moto server without TLS."""
    with moto_server() as url:
        yield url


@pytest.fixture
def scripted(certificates: Certificates) -> Iterator[Callable[..., ScriptedServer]]:
    """Starts scripted servers: `scripted(script)`, or `scripted(script, tls=True)`; stops them at the end."""
    with ExitStack() as stack:

        def start(script: Script, *, tls: bool = False) -> ScriptedServer:
            return stack.enter_context(ScriptedServer(script, certificates if tls else None))

        yield start
