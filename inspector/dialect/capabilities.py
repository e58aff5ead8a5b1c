"""What the keys of the stand-in may do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inspector.errors import UsageError
from inspector.facts import Facts
from inspector.s3.capabilities import CAPABILITIES
from inspector.s3.capabilities import needed as needed_by


def read_capabilities(text: str) -> frozenset[str]:
    """A list of capabilities, separated by commas or spaces.

    Raises:
        UsageError: one of them is none of B2's.
    """
    names = frozenset(filter(None, re.split(r"[,\s]+", text)))
    strange = sorted(names - CAPABILITIES)
    if strange:
        raise UsageError(f"no such capability: {', '.join(strange)}", f"B2 knows: {' '.join(sorted(CAPABILITIES))}")
    return names


def needed(facts: Facts) -> tuple[frozenset[str], ...]:
    """What a call needs, by its head: of each set, one. Empty where nothing is known."""
    return needed_by(facts.operation, facts.operation == "DeleteObject" and facts.version_id is not None)


def missing(facts: Facts, granted: Iterable[str]) -> frozenset[str]:
    """Which capabilities a key lacks for a call; empty where it may be made."""
    has = frozenset(granted)
    return frozenset().union(*(one for one in needed(facts) if not one & has))
