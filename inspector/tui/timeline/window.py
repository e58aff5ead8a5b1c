"""A span of time, and the calls that went on in it."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.filters import Node
from inspector.tui.jobs import Job
from inspector.view.timeline import Attempt, Lane, attempts, lanes

MOST_CALLS = 4000
"""Calls of a window that are drawn; a longer span says how to see them."""

_AROUND = 60
"""Calls on each side of the selected one that the first window shows."""

_SHORTEST, _LONGEST = 0.001, 30 * 86400.0
"""Seconds that a window may be long."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at: from when to when, in Unix seconds."""

    begin: float
    end: float

    @property
    def span(self) -> float:
        """Its length in seconds."""
        return self.end - self.begin

    def around(self, moment: float, span: float) -> Window:
        """Another length, with `moment` at the same place as before."""
        span = min(max(span, _SHORTEST), _LONGEST)
        share = (moment - self.begin) / max(self.span, 1e-9)
        share = share if 0 <= share <= 1 else 0.5
        return Window(moment - share * span, moment + (1 - share) * span)

    def moved(self, seconds: float) -> Window:
        """Earlier or later."""
        return Window(self.begin + seconds, self.end + seconds)


@dataclass(frozen=True, slots=True)
class Seen:
    """The calls of a window. `more`: there are others that are not drawn."""

    window: Window | None
    lanes: list[Lane]
    attempts: dict[int, Attempt]
    more: bool


def found_lanes(job: Job, where: Node, window: Window | None, call: int | None) -> Seen:
    """The calls of a window, in a job's thread; of the one around a call (None: the newest) where there is none yet."""
    recording = job.recording
    if window is None:
        found = recording.time_around(call, _AROUND)
        if found is None:
            return Seen(None, [], {}, False)
        room = max(found[1] - found[0], _SHORTEST) * 0.02
        window = Window(found[0] - room, found[1] + room)
    calls = recording.timed(where, window.begin, window.end, MOST_CALLS + 1)
    job.check()
    drawn = calls[:MOST_CALLS]
    return Seen(window, lanes(drawn), attempts(drawn), len(calls) > MOST_CALLS)
