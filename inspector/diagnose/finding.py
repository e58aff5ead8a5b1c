"""The terms of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Certainty(IntEnum):
    """How sure a finding is; the larger, the surer."""

    HINT = 1
    """worth a look"""
    LIKELY = 2
    """everything seen speaks for it"""
    CERTAIN = 3
    """it follows from the bytes"""
    PROVED = 4
    """the client's own signature was reproduced"""

    def __str__(self) -> str:
        return self.name.lower()


class Fault(str, Enum):
    """Who has to change something."""

    CLIENT = "client"
    PATH = "path"
    """what stands between client and server: proxies, load balancers, middleware"""
    SERVER = "server"
    CLOCK = "clock"
    CONFIGURATION = "configuration"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause that is known: a row of a table.

    `slug` is its name everywhere. `fix` is what to do, in one or two sentences; `fixes` say it in the words of an SDK,
    by the lower-case name that `sdk_of` gives (`boto3`, `aws-cli`, `js`, `go`, `java`, `rclone`, `s3cmd`...). `about`
    is the page of the cause: what happens, why, and how it is recognised, for who reads it for the first time.
    `sources`: public threads and documents (`owner/repo#1`). `leads_to`: slugs of the consequences that are seen
    beside it; it is told before them.
    """

    slug: str
    title: str
    fault: Fault
    fix: str
    fixes: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    sources: tuple[str, ...] = ()
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule saw in a call: the slug of the cause, how sure it is, and the bytes it rests on.

    `summary` is one sentence about this call; empty: the cause's title. `fix` and `fault` only where this call needs
    others than the cause's. `probed`: names of probes whose answers it rests on, too.
    """

    cause: str
    certainty: Certainty
    seen: str
    summary: str = ""
    fix: str = ""
    fault: Fault | None = None
    probed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a call, ready to be said. `probed`: what B2 itself answered, as far as it rests on that."""

    cause: str
    certainty: Certainty
    fault: Fault
    summary: str
    seen: str
    fix: str
    probed: tuple[str, ...] = ()
