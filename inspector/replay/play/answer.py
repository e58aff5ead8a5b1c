"""What is sent back: a head, the windows of a body, and where both come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from inspector.replay.play.cassette import Taped
from inspector.replay.play.heads import NO_START, Start, date_line, start_of
from inspector.wire.exchange import Response
from inspector.wire.headers import Headers

AT_ONCE = 64 * 1024
"""Bytes of a body that is written in one piece."""


class Source(str, Enum):
    """Where an answer comes from."""

    RECORDED = "recorded"
    """It was given to this very question."""
    DERIVED = "derived"
    """It follows from what the recording knows of the object: a range of it, its head, whether it has changed."""
    FAULT = "fault"
    """A rule asked for it."""
    MISS = "miss"
    """The recording has nothing to say."""

    __hash__ = str.__hash__  # Enum's own is a function in Python, and each call counts


def _nothing() -> Iterator[bytes]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is ready to be written.

    `response` None: the connection is closed without a word, as it was when it was recorded, or as a fault wants it.
    Its header lines are those to send, as they are, with a `Date` of the moment after them where it is `dated`:
    `headers` gives both. `Content-Length` is that of the body that `windows` gives (or, for HEAD, of the one that GET
    would), what belongs to a connection is left out.
    `windows` gives the body, at most 1 MiB at a time, as often as it is called; `size` is its length in bytes.
    `break_after`: close the connection hard when so many bytes of the body are written (None: all is well).
    `delay`: seconds to wait before the head is written; 0 unless latency is asked for.
    `call` is the recorded call that it comes from; `notes` say what was adapted, in words for people.
    """

    response: Response | None
    windows: Callable[[], Iterator[bytes]] = field(default=_nothing)
    size: int = 0
    source: Source = Source.RECORDED
    call: Taped | None = None
    notes: tuple[str, ...] = ()
    break_after: int | None = None
    delay: float = 0.0
    dated: bool = False
    _start: Start | None = field(default=None, init=False, repr=False, compare=False)

    def headers(self, now: float) -> Headers:
        """The header lines to send at a moment (Unix seconds); none where there is no answer."""
        if self.response is None:
            return ()
        return (*self.response.headers, date_line(int(now))) if self.dated else self.response.headers

    @property
    def start(self) -> Start:
        """How it begins, where all of it may be written at once; made once, however often the answer is given."""
        found = self._start
        if found is None:
            found = start_of(self.response, self.size) if self._is_at_hand else NO_START
            object.__setattr__(self, "_start", found)
        return found

    @property
    def _is_at_hand(self) -> bool:
        return self.size <= AT_ONCE and not self.delay and self.break_after is None
