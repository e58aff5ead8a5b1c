"""An answer that follows from the recording, before it is made ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.replay.play.cassette import Taped
from inspector.replay.play.story import Entry, Story
from inspector.wire.headers import Header


@dataclass(frozen=True, slots=True)
class Derived:
    """An answer that follows: its lines without length and date; `length` is what the head promises.

    `write`: the recorded write that has come with it; `moves`: stories that are now where a write left them; `used`:
    ids of other calls that served for it.
    """

    status: int
    lines: tuple[Header, ...]
    length: int | None
    windows: Callable[[], Iterator[bytes]]
    size: int
    call: Taped | None
    note: str
    write: Entry | None = None
    used: tuple[int, ...] = ()
    moves: tuple[tuple[Story, int], ...] = ()
