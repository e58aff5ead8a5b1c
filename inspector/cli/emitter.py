"""Writing to stdout what comes line by line while an event loop runs: a thousand lines are not a thousand writes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from inspector.cli.output import PROMPT, prepare


class Emitter:
    """Lines that come one at a time, many in a moment or none for long: each is out within `PROMPT` all the same.

    A context manager. Within an event loop lines are sent together; outside of one, at once.
    """

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None
        self._closed_pipe = False
        prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not BrokenPipeError:
            sys.stdout.flush()

    def emit(self, lines: Iterable[str]) -> None:
        """Write some lines. Raises BrokenPipeError where nobody reads them any more."""
        if self._closed_pipe:
            raise BrokenPipeError
        for line in lines:
            sys.stdout.write(line + "\n")
        if self._due is None:
            try:
                self._due = asyncio.get_running_loop().call_later(PROMPT, self._flush)
            except RuntimeError:
                sys.stdout.flush()

    def _flush(self) -> None:
        """Called by the event loop, where nobody would hear of an error."""
        self._due = None
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            self._closed_pipe = True
