"""Is this machine's clock right?"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import ClockState, Setup

REFUSED = 600.0
"""Seconds. How far off B2's S3 API lets a clock be is not documented; b2sdk stops at ten minutes
(Backblaze/B2_Command_Line_Tool#237), AWS at fifteen."""
NOTABLE = 60.0

_FIX = (
    "Set the clock by NTP (timedatectl set-ntp true, `w32tm /resync`, `sntp -sS time.apple.com`); in WSL: `hwclock -s`."
)


def clock(setup: Setup) -> Iterator[Line]:
    """One line, where a server was asked."""
    if setup.clock is not None:
        yield _judged(setup.clock)


def _judged(state: ClockState) -> Line:
    if state.problem is not None:
        return warn(
            "clock",
            f"not compared: {state.host} {state.problem}",
            "Look at the network and the endpoint, or --offline.",
        )
    # A Date without fractions and half a round trip: nothing below that can be told.
    unsure = 1.0 + state.round_trip / 2
    words = f"{abs(state.ahead):.0f} s {'ahead of' if state.ahead > 0 else 'behind'} {state.host}"
    if abs(state.ahead) - unsure >= REFUSED:
        return bad("clock", words, _FIX)
    if abs(state.ahead) - unsure >= NOTABLE:
        return warn("clock", words, _FIX)
    return ok("clock", f"agrees with {state.host} to {max(abs(state.ahead), unsure):.0f} s")
