"""Two listings without the entries that stand in both alike: of a hundred pages there is little left to compare.

It is done only where nothing of what is told comes out otherwise: entries are named by what stands in them, none stands
there twice, and what both have stands in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diff.naming import identity
from inspector.s3.xml import Runs, Tree, runs, tree


def shortened(a: bytes, b: bytes) -> tuple[Tree, Tree] | None:
    """Two XML documents as trees, without the entries that are the same in both; None where they must be read whole."""
    left = runs(a)
    right = None if left is None else runs(b)
    if left is None or right is None or (left.entry, left.closing) != (right.entry, right.closing):
        return None
    alike = set(left.runs[1:]).intersection(right.runs[1:])
    if not alike or not _in_order(left, right, alike):
        return None
    one, other = (tree(side.joined(_kept(side, alike))) for side in (left, right))
    if one is None or other is None:
        return None
    then, now = _places(one, left, alike), _places(other, right, alike)
    if then is None or now is None or any(then[name] != now[name] for name in then.keys() & now.keys()):
        return None
    return one, other


def _in_order(left: Runs, right: Runs, alike: set[bytes]) -> bool:
    """Whether what both have stands in one order, and each once."""
    one, other = ([run for run in side.runs[1:] if run in alike] for side in (left, right))
    return len(one) == len(alike) and one == other


def _kept(side: Runs, alike: set[bytes]) -> Iterator[bytes]:
    """The first, whatever it is, and those that the other has not."""
    yield side.runs[0]
    yield from (run for run in side.runs[1:] if run not in alike)


def _places(shortened: Tree, side: Runs, alike: set[bytes]) -> dict[str, int] | None:
    """How many of those that are left out stand before each entry that is kept, by its name; None: one has none."""
    left_out, places = 0, [0]
    for run in side.runs[1:]:
        if run in alike:
            left_out += 1
        else:
            places.append(left_out)
    names = [identity(child) for child in shortened.children if child.name == side.entry]
    if len(names) != len(places) or len(set(names)) != len(names) or "" in names:
        return None
    return dict(zip(names, places, strict=True))
