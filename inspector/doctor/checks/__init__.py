"""The checks: each takes what was read and says its lines. They do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from inspector.doctor.checks.clock import clock
from inspector.doctor.checks.credentials import credentials
from inspector.doctor.checks.endpoint import endpoint, region
from inspector.doctor.checks.proxies import proxies
from inspector.doctor.checks.storage import authority, recording
from inspector.doctor.checks.trust import trust
from inspector.doctor.checks.versions import versions
from inspector.doctor.line import Line
from inspector.doctor.setup import Setup

CHECKS: tuple[Callable[[Setup], Iterable[Line]], ...] = (
    credentials,
    endpoint,
    region,
    clock,
    proxies,
    trust,
    authority,
    recording,
    versions,
)


def examined(setup: Setup) -> list[Line]:
    """What every check says, in the order in which a person would look."""
    return [line for check in CHECKS for line in check(setup)]
