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

from inspector.recorder.spool import Lag

AUTOGROUP = Path("/proc/self/autogroup")

NICE = 10

BACK, FORWARD = 19, 0
"""Nice values of the writer's session. The lowest priority still is 1.5% of a processor that others want whole."""

BULK_BYTES = 1024 * 1024
"""So much of large bodies in one batch is a stream of them, at 50 MB/s or more: digesting it can wait.

Calls cannot: whoever looks on wants to see them, and a full disk must be told at once.
"""

BULK_SECONDS = 1.0
"""A stream goes on so long after its last bulky batch: its batches are of all sizes."""

LATE = Lag(seconds=30.0, size=2 * 1024**3)
"""So far the writer may lag behind; then it comes forward, whatever passes: long before the spool is full."""

CAUGHT_UP = Lag(seconds=1.0, size=64 * 1024**2)
"""It goes back once it lags no more than this."""


class Courtesy:
    """The writer's place in the queue for the processors. Where there are no autogroups `nice` is all there is."""

    def __init__(self, autogroup: Path = AUTOGROUP) -> None:
        self._autogroup = autogroup
        self._level = FORWARD
        self._late = False
        self._bulk_until = 0.0
        if hasattr(os, "nice"):
            os.nice(NICE)

    def mind(self, now: float, bulk: int, lag: Lag) -> None:
        """Step back or forward before a batch of the spool is written.

        `now`: any steady clock, in seconds; `bulk`: bytes of large bodies in the batch; `lag`: behind the traffic.
        """
        if bulk >= BULK_BYTES:
            self._bulk_until = now + BULK_SECONDS
        allowed = CAUGHT_UP if self._late else LATE
        self._late = lag.seconds > allowed.seconds or lag.size > allowed.size
        self._go(BACK if now < self._bulk_until and not self._late else FORWARD)

    def come_forward(self) -> None:
        """There is no traffic any more to make way for, and somebody waits for the end."""
        self._go(FORWARD)

    def _go(self, level: int) -> None:
        if level == self._level or not self._leads_its_session():
            return
        # The system may have no autogroups, or want to be asked less often (EAGAIN: it lets all its users together ask
        # ten times a second); the next batch asks again.
        with contextlib.suppress(OSError):
            self._autogroup.write_text(str(level))
            self._level = level

    @staticmethod
    def _leads_its_session() -> bool:
        """Whether the session is the writer's own; the value would hold for each process of it."""
        return hasattr(os, "getsid") and os.getsid(0) == os.getpid()
