"""The tabs by name, and how a call is looked at in them. Apart from the pages: the list must not wait for those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from inspector.tui.paint import Span

if TYPE_CHECKING:
    from inspector.diagnose.examine import Diagnosis

TABS = ("Summary", "Request", "Response", "Signature", "Body", "Timing", "Raw")
SIGNATURE = 3
"""The tab that needs a diagnosis."""


class Way(str, Enum):
    """A way to show a body."""

    READ = "read"
    """unpacked, XML and JSON indented"""
    RAW = "raw"
    """as it was sent"""
    HEX = "hex"
    """as it was sent, in hex"""
    CHUNKS = "chunks"
    """the chunks of aws-chunked framing"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a call is looked at: how bodies are shown, whether headers are explained, whose body, what is wrong.

    `hidden` takes the secrets at hand out of a line.
    """

    way: Way = Way.READ
    meanings: bool = False
    request_body: bool | None = None
    diagnosis: Diagnosis | None = None
    hidden: Callable[[list[Span]], list[Span]] = field(default=list, compare=False)
