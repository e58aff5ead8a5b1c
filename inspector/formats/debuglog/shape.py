"""The terms in which a program's log is described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["canonical", "string", "signature"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What announces a text.

    `word` stands in every line that does: looking for it is much faster than for `pattern`, a regular expression that
    has the last word. `inline`: the first line of the text stands behind it on the same
    line; else the text begins on the next line, and the mark ends its own.
    """

    word: bytes
    pattern: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """How a program's log shows a signing; None for a kind that it never prints."""

    source: str
    canonical: Mark
    string: Mark | None = None
    signature: Mark | None = None

    @property
    def marks(self) -> tuple[tuple[Kind, Mark], ...]:
        """Those that it prints, by kind."""
        marks: tuple[tuple[Kind, Mark | None], ...] = (
            ("canonical", self.canonical),
            ("string", self.string),
            ("signature", self.signature),
        )
        return tuple((kind, mark) for kind, mark in marks if mark is not None)
