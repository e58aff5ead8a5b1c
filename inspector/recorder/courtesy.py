"""How the writer makes way for the traffic, without falling behind for long.

`nice` is the portable word for it, and on Linux often an empty one: with autogroups (`sched(7)`, "The autogroup
feature"; on by default on most desktops and servers) a nice value counts only among the processes of one session, and
the writer has a session of its own, so that Ctrl-C does not reach it. It would get as much of the processors as the
proxy, the client and all else in their session together. What counts there is the nice value of the session itself.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")

NICE = 10

BACK, FORWARD = 19, 0
"""Nice values of the writer's session. The lowest priority still is 1.5% of a processor that others want whole."""

LATE_SECONDS = 10.0
"""So far the writer may lag behind; then it comes forward, because whoever looks on wants to see calls."""

CAUGHT_UP_SECONDS = 1.0
"""It goes back once it lags no more than this."""


class Courtesy:
    """The writer's place in the queue for the processors. Where there are no autogroups `nice` is all there is."""

    def __init__(self, autogroup: Path = AUTOGROUP) -> None:
        self._autogroup = autogroup
        self._level = FORWARD
        if hasattr(os, "nice"):
            os.nice(NICE)

    def mind(self, lag: float, *, closing: bool) -> None:
        """Step back or forward; `lag`: seconds behind the traffic, `closing`: no more traffic will come."""
        allowed = LATE_SECONDS if self._level == BACK else CAUGHT_UP_SECONDS
        level = FORWARD if closing or lag > allowed else BACK
        if level != self._level and self._leads_its_session():
            # The system has no autogroups, does not let us, or has been asked too often (EAGAIN: ten times a second
            # for all its users); the next batch asks again.
            with contextlib.suppress(OSError):
                self._autogroup.write_text(str(level))
                self._level = level

    @staticmethod
    def _leads_its_session() -> bool:
        """Whether the session is the writer's own; the value would hold for each process of it."""
        return hasattr(os, "getsid") and os.getsid(0) == os.getpid()
