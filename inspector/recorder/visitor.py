"""What is known of one client connection, and how places are written."""

from __future__ import annotations

import itertools
from typing import Any

Place = tuple[str, int]
"""A host and a port."""


class Visitor:
    """A client connection.

    `target`: where its CONNECT leads (None: it speaks plain HTTP to the proxy); `meant`: where its last plain request
    was meant to go; `ending`: why mitmproxy cannot go on with it, as kind and text; `passed`: places that were passed
    on unread for it and are counted; `locked_out`: it has not given the proxy's password.
    """

    __slots__ = ("ending", "locked_out", "meant", "passed", "target")

    def __init__(self) -> None:
        self.target: Place | None = None
        self.meant: Place | None = None
        self.ending: tuple[str, str] | None = None
        self.passed: set[Place] = set()
        self.locked_out = False

    @property
    def host(self) -> str:
        """The host it wants, as far as one knows."""
        place = self.target or self.meant
        return place[0] if place else ""


def address(place: tuple[Any, ...] | None) -> str:
    """`HOST:PORT` of a socket's address; empty where there is none."""
    if not place:
        return ""
    host = f"[{place[0]}]" if ":" in str(place[0]) else place[0]
    return f"{host}:{place[1]}"


def milliseconds(*moments: float | None) -> list[float | None]:
    """How long it took from each moment (in seconds) to the next; None where one of them was not reached."""
    return [None if a is None or b is None else round((b - a) * 1000, 3) for a, b in itertools.pairwise(moments)]
