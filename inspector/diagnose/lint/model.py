"""The terms of lint: a call's head, a rule, what it saw, and what all of it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.diagnose.advice import sdk_of
from inspector.diagnose.register import all_causes
from inspector.native.ids import is_request_id, region_of_host
from inspector.wire.headers import unpack
from inspector.wire.query import Pair, pairs

MOST_IDS = 1000
"""Ids that a report keeps of each rule."""


class Level(IntEnum):
    """What becomes of a call at B2."""

    NOTE = 1
    """B2 does it otherwise, or used to refuse it: worth knowing"""
    WARNING = 2
    """B2 may refuse it, or does not what it looks like"""
    ERROR = 3
    """B2 refuses it"""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class LintRule:
    """Something that B2 does not take or does otherwise.

    `era`: when it was seen to be so. `fix`: one line; where a cause of the same slug has words for the SDK at hand,
    those are told instead (`cause` where its slug is another). `refused`: a call that B2 is seen to have taken is no
    case of it.
    """

    slug: str
    level: Level
    title: str
    fix: str
    era: str
    sources: tuple[str, ...] = ()
    refused: bool = True
    cause: str = ""


class Hit(NamedTuple):
    """A call that a rule is about: `what` is counted apart within the rule, `seen` the bytes it rests on."""

    slug: str
    what: str
    seen: str


class Row(NamedTuple):
    """What is known of a call's head: columns of a recording, in their order. `body` is for whoever reads bodies."""

    id: int
    method: str
    scheme: str
    host: str
    target: bytes
    block: bytes
    status: int | None
    operation: str | None
    bucket: str | None
    key: str | None
    key_bytes: bytes | None
    client: str | None
    auth: str
    payload: str | None
    presigned: int
    request_size: int
    upload_id: str | None
    part_number: int | None
    request_id: str | None
    server_address: str | None
    error_message: str | None
    body: int | None


class Head:
    """A call's head, read as far as rules ask."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.lines = _lines(row.block)
        if row.presigned:
            # presigners move x-amz-* headers into the query, where they mean the same
            moved = {pair.name.lower(): unquote_to_bytes(pair.value or b"") for pair in self.query}
            self.lines = {name: value for name, value in moved.items() if name.startswith(b"x-amz-")} | self.lines

    @cached_property
    def query(self) -> list[Pair]:
        """The pairs of the query."""
        return pairs(self.row.target.partition(b"?")[2])

    @property
    def key(self) -> bytes:
        """The key's bytes, empty where none is named."""
        row = self.row
        return row.key_bytes if row.key_bytes is not None else (row.key or "").encode()

    @property
    def at_b2(self) -> bool:
        """Whether the call went to an endpoint of B2, by its name."""
        return region_of_host(self.host) is not None

    @cached_property
    def host(self) -> str:
        """The host that the request names, without a port."""
        named = self.lines.get(b"host", b"").decode("latin-1").strip().lower()
        return named.rpartition(":")[0] if named.rpartition(":")[2].isdigit() else named or self.row.host

    @property
    def taken(self) -> bool:
        """Whether B2 itself is seen to have done it. A stand-in on this machine is not B2."""
        row = self.row
        done = row.status is not None and row.status < 300 and is_request_id(row.request_id or "")
        return done and self.at_b2 and not (row.server_address or "").startswith(("127.", "[::1]", "::1", "localhost"))


def _lines(block: bytes) -> dict[bytes, bytes]:
    """The first value of each header line by its name in lower case. A hundred thousand calls are read so."""
    if b"\r\n " in block or b"\r\n\t" in block:  # a folded line
        return {name.lower(): value for name, value in reversed(unpack(block))}
    cut = [line.partition(b": ") for line in block.split(b"\r\n")[-2::-1]]
    return {name.lower(): value for name, _, value in cut}


@dataclass(slots=True)
class Found:
    """A rule with the calls that it is about: `count` of them, the first ids, what was seen in the first."""

    rule: LintRule
    seen: str
    count: int = 0
    ids: list[int] = field(default_factory=list)
    what: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    _last: int = 0

    def add(self, number: int, hit: Hit, client: str | None) -> None:
        """One more call, or one more thing about the last one."""
        self.what[hit.what] += 1
        if number == self._last:
            return
        self._last = number
        self.count += 1
        if len(self.ids) < MOST_IDS:
            self.ids.append(number)
        self.clients[client or ""] += 1

    @property
    def fix(self) -> str:
        """In the words of the SDK that all of the calls came from; where there are several, in those for all."""
        cause = all_causes().get(self.rule.cause or self.rule.slug)
        sdks = {sdk_of(client) for client in self.clients}
        words = cause.fixes.get(sdks.pop() or "") if cause and len(sdks) == 1 else None
        return words or self.rule.fix


@dataclass(slots=True)
class Report:
    """What all the calls come to."""

    found: dict[str, Found] = field(default_factory=dict)
    calls: int = 0

    def __iter__(self) -> Iterator[Found]:
        """The gravest first; of equal ones the most frequent."""
        return iter(sorted(self.found.values(), key=lambda one: (-one.rule.level, -one.count, one.rule.slug)))

    def reaches(self, level: Level) -> bool:
        """Whether something of this level, or a graver one, was found."""
        return any(one.rule.level >= level for one in self.found.values())
