"""What may stand where the cursor is, and which of it is taken next; and the lines that were written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SHOWN = 12


@dataclass(slots=True)
class Suggestions:
    """Words that may stand from `start` of a line on. None is taken at first."""

    start: int = 0
    words: Sequence[str] = ()
    taken: int = -1

    def next(self, steps: int = 1) -> str | None:
        """Take another one: round and round; None where there is none."""
        if not self.words:
            return None
        first = 0 if steps > 0 else -1
        self.taken = (self.taken + steps if self.taken >= 0 else first) % len(self.words)
        return self.words[self.taken]

    def line(self) -> str:
        """The words in one line; the one that is taken in brackets, for it must not be told by colour alone."""
        return "  ".join(f"[{word}]" if place == self.taken else word for place, word in enumerate(self.words))


@dataclass(slots=True)
class History:
    """Lines that were written, the newest last, and which of them is looked at."""

    lines: Sequence[str] = ()
    place: int | None = None
    draft: str = field(default="")

    def older(self, now: str) -> str | None:
        """The line before; `now` is what is written, and is come back to."""
        if self.place is None:
            self.place, self.draft = len(self.lines), now
        if self.place == 0:
            return None
        self.place -= 1
        return self.lines[self.place]

    def newer(self) -> str | None:
        """The next line, at last what was being written; None where one is there already."""
        if self.place is None:
            return None
        self.place += 1
        if self.place >= len(self.lines):
            self.place = None
            return self.draft
        return self.lines[self.place]
