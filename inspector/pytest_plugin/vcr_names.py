"""The marks and fixtures of pytest-recording, where no plugin is installed that has them: tests need no change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from inspector.pytest_plugin.layout import cassette_dir, cassette_name

if TYPE_CHECKING:
    from inspector.pytest_plugin.cassette import Cassette

_MARKS = (
    "vcr(*files, record_mode=…, …): the same as b2_recording",
    "default_cassette(name): the name of the test's recording",
    "block_network(allowed_hosts=[…]): let the test open no connection, but to these hosts",
)


def claim(config: pytest.Config) -> None:
    """Make the names ours: this module is a plugin of its own then."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    config.pluginmanager.register(sys.modules[__name__], "b2-inspector-vcr-names")


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    """Options for the recorded tests of a module; to be overridden."""
    return {}


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """The directory of a module's recordings; to be overridden."""
    return str(cassette_dir(Path(request.node.path)))


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """The name of a test's recording; to be overridden."""
    return name_of(request)


@pytest.fixture
def vcr(b2_cassette: Cassette | None) -> Cassette | None:
    """The recording of this test; None where it is not marked."""
    return b2_cassette


@pytest.fixture
def _b2_blocked(request: pytest.FixtureRequest) -> Iterator[None]:
    from inspector.pytest_plugin.blocking import blocked

    hosts = [host for mark in request.node.iter_markers("block_network") for host in _hosts(mark)]
    with blocked(hosts):
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`block_network` is a mark of its own."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and item.get_closest_marker("block_network") and "_b2_blocked" not in names:
            names.insert(0, "_b2_blocked")


def _hosts(mark: pytest.Mark) -> list[str]:
    return list(mark.kwargs.get("allowed_hosts") or (mark.args[0] if mark.args else ()))


def name_of(request: pytest.FixtureRequest) -> str:
    """The name of a test's recording, where nobody names another."""
    mark = request.node.get_closest_marker("default_cassette")
    if mark is not None and mark.args:
        return str(mark.args[0])
    return cassette_name(request.cls, request.node.name)
