"""Those signings of a log that may belong to the calls that are asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from inspector.formats.debuglog.reader import read
from inspector.sigv4.authorization import Authorization
from inspector.sigv4.logged import Logged

MOST = 256
"""Entries of one second that are kept: all of them may have to be compared with each call of that second."""


@dataclass(frozen=True, slots=True)
class DebugLog:
    """What a log says of some calls. `sources` counts its entries by the program that wrote them."""

    sources: Counter[str] = field(default_factory=Counter)
    by_signature: dict[str, Logged] = field(default_factory=dict)
    by_moment: dict[bytes, list[Logged]] = field(default_factory=dict)

    def of(self, authorization: Authorization) -> tuple[Logged, ...]:
        """The entries that may be this call's: the one of its signature, then those of its second."""
        same = self.by_signature.get(authorization.signature or "")
        near = self.by_moment.get(_moment(authorization), ())
        return (*((same,) if same is not None else ()), *near)


def index(stream: BinaryIO, calls: Iterable[Authorization]) -> DebugLog:
    """Read a log for these calls, keeping what may be theirs. Memory grows with the calls, not with the log."""
    known = list(calls)
    signatures = {one.signature for one in known if one.signature}
    log = DebugLog(by_moment={_moment(one): [] for one in known if one.timestamp})
    for entry in read(stream):
        log.sources[entry.source] += 1
        near = log.by_moment.get(entry.timestamp)
        if entry.signature in signatures:
            log.by_signature.setdefault(entry.signature or "", entry)
        elif near is not None and len(near) < MOST:
            near.append(entry)
    return log


def _moment(authorization: Authorization) -> bytes:
    return (authorization.timestamp or "").encode()
