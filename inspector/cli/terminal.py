"""What a terminal gets beyond plain lines: colours, and a line that says how far a long search is."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Self

from inspector.sigv4.solve import Progress
from inspector.view.paint import Paint

_EVERY = 0.1
"""Seconds between two words on how far it is."""


def paint() -> Paint:
    """Colours where stdout is a terminal that has them; none with NO_COLOR (no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    old_console = os.name == "nt" and not os.environ.get("WT_SESSION")
    return Paint(sys.stdout.isatty() and not plain and not old_console)


class ProgressLine:
    """A line on stderr that is written over, and gone at the end; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._said = time.monotonic()  # what is over at once needs no word
        self._written = False
        self._call = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def call(self, place: int, count: int) -> None:
        """The next of so many calls."""
        self._call = f"call {place} of {count}: " if count > 1 else ""
        self._say(self._call)

    def of(self, what: str, place: int, count: int) -> None:
        """How far something is: what is done, and with which of so many."""
        self._say(f"{what} {place:,} of {count:,}")

    def search(self, progress: Progress) -> None:
        """How far the search of that call is."""
        self._say(f"{self._call}{progress.tried:,} of {progress.to_try:,} ways tried, {progress.level} at once")

    def compared(self, done: int, count: int) -> None:
        """So many calls of so many are compared."""
        self._say(f"{done:,} of {count:,} calls compared")

    def clear(self) -> None:
        """Give the line free for others."""
        if self._written:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._written = False

    def _say(self, text: str) -> None:
        now = time.monotonic()
        if self._shows and now - self._said > _EVERY:
            self._said, self._written = now, True
            sys.stderr.write(f"\r\x1b[K{text[:78]}")
            sys.stderr.flush()
