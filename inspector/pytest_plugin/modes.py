"""What a test does with the network: the names that users of pytest-recording know, and those of others."""

from __future__ import annotations

from enum import Enum

from inspector.errors import UsageError


class Mode(str, Enum):
    """A record mode."""

    NONE = "none"
    """Replay only: what was not recorded is a miss, and nothing is ever dialled."""
    ONCE = "once"
    """Record where there is no recording yet; else replay."""
    NEW_EPISODES = "new_episodes"
    """Replay, and record what is missing."""
    ALL = "all"
    """Always live; a new recording takes the old one's place. (vcrpy's `all` appends to it.)"""
    REWRITE = "rewrite"
    """The same: the name that pytest-recording has for it."""
    VERIFY = "verify"
    """Live, and compared: what differs from the recording fails the test. Nothing is written."""
    PASSTHROUGH = "passthrough"
    """As if there were no recordings."""

    @property
    def is_live(self) -> bool:
        """Whether nothing is replayed."""
        return self in (Mode.ALL, Mode.REWRITE, Mode.VERIFY, Mode.PASSTHROUGH)


ALIASES = {
    "capture": Mode.ALL,
    "simulate": Mode.NONE,
    "spy": Mode.NEW_EPISODES,
    "diff": Mode.VERIFY,
    "record": Mode.ALL,
    "playback": Mode.NONE,
    "replay": Mode.NONE,
    "live": Mode.PASSTHROUGH,
    "lockdown": Mode.NONE,
    "update": Mode.REWRITE,
    "wild": Mode.PASSTHROUGH,
}
"""What Hoverfly (capture … diff), Azure's test-proxy (record, playback, live) and nock (lockdown, update, wild) say."""

NAMES = (*(mode.value for mode in Mode), *ALIASES)


def read_mode(name: str) -> Mode:
    """The mode of a name, whoever's it is.

    Raises:
        UsageError: nobody's.
    """
    plain = name.strip().lower().replace("-", "_")
    if plain in ALIASES:
        return ALIASES[plain]
    try:
        return Mode(plain)
    except ValueError:
        raise UsageError(f"there is no record mode {name!r}", f"There are {', '.join(NAMES)}.") from None
