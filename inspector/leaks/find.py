"""Credentials found in bytes, whatever they are wrapped in: by their shape, by their name, or known beforehand."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from inspector.leaks.layers import LAYERS, PACKED, Budget, inflated
from inspector.leaks.shapes import Level, matches

DEPTH = 5
"""Wrappings inside each other that are taken off."""

SHORTEST_KNOWN = 8
"""Bytes. Shorter ones are no secrets of a server's making, and stand in other words by chance."""

AT_HAND = "a secret at hand"
UNSEARCHED = "not searched: it does not unpack, or to too much"


@dataclass(frozen=True, slots=True)
class Find:
    """A credential: what, of which worth, where in the bytes it stands or what wraps it, and in which wrappings.

    `value` is the thing itself, for replacing it; it is never shown, also not by `repr`.
    """

    what: str
    level: Level
    offset: int
    how: tuple[str, ...] = ()
    value: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """Bytes with so many wrappings taken off: the names of these, the outermost first, and a way back to offsets."""

    data: bytes
    how: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ((0, 0),)

    def offset(self, position: int) -> int:
        """Where in the outermost bytes this byte stands, or what wraps it."""
        _, outer = self.places[bisect_right(self.places, (position, 1 << 62)) - 1]
        return outer if self.how else position


def views(data: bytes, budget: Budget) -> Iterator[View]:
    """The bytes as they are, then with one wrapping after the other taken off, as far as `DEPTH` and the budget go."""
    waiting = deque((View(data),))
    while waiting:
        view = waiting.popleft()
        yield view
        if len(view.how) < DEPTH:
            for layer in LAYERS:
                waiting.extend(_unwrapped(view, layer.name, budget))


def _unwrapped(view: View, name: str, budget: Budget) -> Iterator[View]:
    """What a layer's runs hold: all of it in one view, but for what is compressed, each of which has its own."""
    layer = next(layer for layer in LAYERS if layer.name == name)
    how = (*view.how, name)
    parts: list[bytes] = []
    places: list[tuple[int, int]] = []
    position = 0
    for run in layer.runs(view.data, budget):
        outer = view.offset(run.start)
        parts.append(run.inside)
        places.append((position, outer))
        position += len(run.inside) + 1
        if name != "compressed" and run.inside.startswith(PACKED) and (packed := inflated(run.inside, budget)):
            yield View(packed, (*how, "compressed"), ((0, outer),))
    if parts:
        yield View(b"\n".join(parts), how, tuple(places))


def finds(data: bytes, known: Iterable[bytes] = (), budget: Budget | None = None) -> Iterator[Find]:
    """Every credential in these bytes; what is wrapped once for each value. `known` are secrets to look for.

    One more `Find`, called `UNSEARCHED`, where something unpacks to more than the budget allows.
    """
    budget = Budget() if budget is None else budget
    known = [secret for secret in dict.fromkeys(known) if len(secret) >= SHORTEST_KNOWN]
    seen: set[bytes] = set()
    for view in views(data, budget):
        new: set[bytes] = set()
        for find in _in_view(view, known):
            if not view.how or find.value not in seen:
                yield find
            new.add(find.value)
        seen |= new
    if budget.spent:
        yield Find(UNSEARCHED, Level.SECRET, 0)


def _in_view(view: View, known: list[bytes]) -> Iterator[Find]:
    """The finds of one view; of those that overlap, the one that is known or stands first in the table."""
    taken: list[tuple[int, int]] = []
    seen: set[bytes] = set()
    for what, level, start, value in _candidates(view.data, known):
        end = start + len(value)
        if (view.how and value in seen) or any(start < to and at < end for at, to in taken[-64:]):
            continue
        taken.append((start, end))
        seen.add(value)
        yield Find(what, level, view.offset(start), view.how, value)


def _candidates(data: bytes, known: list[bytes]) -> Iterator[tuple[str, Level, int, bytes]]:
    for secret in known:
        position = data.find(secret)
        while position >= 0:
            yield AT_HAND, Level.SECRET, position, secret
            position = data.find(secret, position + len(secret))
    yield from matches(data)
