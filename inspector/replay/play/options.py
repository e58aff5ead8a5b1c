"""How a player plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from inspector.replay.match.dimensions import DEFAULT
from inspector.replay.match.payload import Payload
from inspector.replay.play.faults import Fault
from inspector.wire.exchange import Request


class Repeats(str, Enum):
    """What may be asked again when each of its recorded answers was given."""

    ALL = "all"
    """Reads get the last answer of the object's present state; a write takes its story back to where it was made."""
    READS = "reads"
    """A write is answered as often as it was recorded."""
    NONE = "none"
    """Everything is answered as often as it was recorded: vcrpy's way."""


class Retries(str, Enum):
    """What becomes of attempts that failed and were made again while they were recorded."""

    KEEP = "keep"
    """They fail again, and are made again; `Retry-After` is 0."""
    COLLAPSE = "collapse"
    """Only the attempt that ended it is answered."""


class Binding(str, Enum):
    """Names that a program draws anew each time: which of them may stand for recorded ones."""

    RANDOM = "random"
    """Those that look random (UUIDs, hex, temporary names) or are moments of now."""
    OFF = "off"


class Wrong(NamedTuple):
    """A signature that is not to be accepted: the status and code that the client is told, and what is wrong."""

    status: int
    code: str
    words: str


Verifier = Callable[[Request, Payload, float], Wrong | None]
"""From a request, its payload and the moment (Unix seconds) to what is wrong with its signature, or None."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a player plays; the defaults are what a test suite wants.

    `match_on`: the dimensions that must be the same, by name (`match.dimensions`). `derive`: whether answers that
    were not recorded literally but follow from what was (ranges, heads, conditions) are given.
    `latency`: the recorded time to the first byte times this; 0 for none. `names`: name now to name recorded, for
    buckets that are known to be called otherwise. `verifier`: refuses what is signed wrongly.
    `record_command`: what a person types to record what is missing. `faults`: trouble on demand (`faults.read_fault`).
    """

    match_on: tuple[str, ...] = DEFAULT
    repeats: Repeats = Repeats.ALL
    retries: Retries = Retries.KEEP
    binding: Binding = Binding.RANDOM
    derive: bool = True
    latency: float = 0.0
    names: Mapping[str, str] = field(default_factory=dict)
    verifier: Verifier | None = None
    record_command: str = "b2-inspector run -- CMD"
    faults: tuple[Fault, ...] = ()
