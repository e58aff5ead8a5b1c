"""The recorder's authority, its trust files, and a proxy that answers everything, once for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.answering import PASSWORD, Answering, started

from inspector.capture.authority import Authority, ensure_authority
from inspector.capture.trust import TrustFiles, trust_files


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """It lies in a directory whose name has spaces in it, as on macOS and Windows."""
    return ensure_authority(tmp_path_factory.mktemp("home of a user"))


@pytest.fixture(scope="session")
def trust(authority: Authority) -> TrustFiles:
    return trust_files(authority, authority.directory.parent, {})


@pytest.fixture(scope="session")
def answering(authority: Authority, trust: TrustFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    yield from started(authority, trust, tmp_path_factory.mktemp("answering"), password=None)


@pytest.fixture(scope="session")
def guarded(authority: Authority, trust: TrustFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """The same behind a user name and a password."""
    yield from started(authority, trust, tmp_path_factory.mktemp("guarded"), password=PASSWORD)
