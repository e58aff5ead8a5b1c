"""What is known of a call beyond its bytes: whether its signature verifies, and why it failed.

Whoever opens a recording brings a judge that says it: the store asks, and knows no more than that. Nothing of it is
stored, for it rests on secrets that are at hand now, and gets better with the program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple, Protocol

SIGNATURE = "CASE WHEN state <> 'open' THEN b2_verdict(id) END"
"""The verdict on a row's signature; nothing while the call is under way."""


class Named(NamedTuple):
    """A finding by its names: those of `explain --json`."""

    cause: str
    certainty: str
    fault: str


class Judge(Protocol):
    """Says what is known of the calls of a recording, by their ids. Asked from whichever thread reads."""

    def verdict(self, number: int) -> str | None:
        """The verdict on the signature of a call that has ended; None where it is gone."""
        ...

    def named(self, number: int) -> Sequence[Named]:
        """The findings that a call which failed goes by, the most certain first."""
        ...

    def slugs(self) -> Sequence[str]:
        """Every cause there is."""
        ...


def register_judge(conn: sqlite3.Connection, judge: Judge) -> None:
    """Make `b2_verdict` (of an id) and `b2_named` (of an id: what, a list as JSON) known to a connection."""
    import json

    def b2_named(what: str, number: int) -> str:
        return json.dumps([getattr(one, what) for one in judge.named(number)])

    conn.create_function("b2_verdict", 1, judge.verdict)
    conn.create_function("b2_named", 2, b2_named)
