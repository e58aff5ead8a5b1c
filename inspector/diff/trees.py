"""Documents compared as what they mean: XML and JSON as trees, the entries of lists found again by what names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.listings import shortened
from inspector.diff.naming import identity
from inspector.diff.volatile import ELEMENTS
from inspector.s3.xml import Tree, tree

_REPEATED = "item"
"""What an entry of a JSON array is called."""


def trees_of(a: bytes, b: bytes) -> tuple[Tree, Tree] | None:
    """Two bodies as trees, None where one is neither XML nor JSON: what both list alike may be left out. Never raises.

    Of two listings that are alike for the most part, making trees takes longer than everything else.
    """
    less = shortened(a, b)
    if less is not None:
        return less
    left = tree_of(a)
    right = None if left is None else tree_of(b)
    return None if left is None or right is None else (left, right)


def tree_of(body: bytes) -> Tree | None:
    """A body as a tree, None where it is neither XML nor JSON. Never raises."""
    start = body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start == b"<":
        return tree(body)
    if start in (b"{", b"["):
        try:
            return _of_json("", json.loads(body))
        except (ValueError, RecursionError):
            return None
    return None


def _of_json(name: str, value: Any) -> Tree:
    if isinstance(value, dict):
        return Tree(name, "", tuple(_of_json(key, member) for key, member in value.items()))
    if isinstance(value, list):
        return Tree(name, "", tuple(_of_json(_REPEATED, member) for member in value))
    return Tree(name, value if isinstance(value, str) else json.dumps(value))


def tree_hunks(section: Section, a: Tree, b: Tree, path: str = "") -> Iterator[Hunk]:
    """How two trees differ, element by element."""
    if a == b:
        return
    path = path or f"/{a.name}"
    if a.name != b.name:
        yield Hunk(section, Kind.CHANGED, path, f"<{a.name}>", f"<{b.name}>")
        return
    if a.text != b.text:
        yield Hunk(section, Kind.CHANGED, path, a.text, b.text, a.name in ELEMENTS)
    left, right = _named(a.children), _named(b.children)
    for name, child in left.items():
        other = right.get(name)
        if other is None:
            yield Hunk(section, Kind.MISSING, f"{path}/{name}", _flat(child), None, child.name in ELEMENTS)
        else:
            yield from tree_hunks(section, child, other, f"{path}/{name}")
    for name, child in right.items():
        if name not in left:
            yield Hunk(section, Kind.ADDED, f"{path}/{name}", None, _flat(child), child.name in ELEMENTS)
    yield from _order(section, path, list(left), list(right))


def _named(children: tuple[Tree, ...]) -> dict[str, Tree]:
    """Children by a name that is theirs alone: what names them, else a number where there are several."""
    counts: dict[str, int] = {}
    found: dict[str, Tree] = {}
    for child in children:
        name = child.name + identity(child)
        counts[name] = number = counts.get(name, 0) + 1
        found[name if number == 1 else f"{name}[{number}]"] = child
    return found


def _flat(entry: Tree) -> str:
    """An element in a line."""
    if not entry.children:
        return entry.text
    return " ".join(f"{child.name}={_flat(child)}" for child in entry.children)


def _order(section: Section, path: str, left: list[str], right: list[str]) -> Iterator[Hunk]:
    shared = set(left) & set(right)
    a, b = [name for name in left if name in shared], [name for name in right if name in shared]
    if a != b:
        first = next(number for number, names in enumerate(zip(a, b, strict=True)) if names[0] != names[1])
        yield Hunk(section, Kind.ORDER, path, a[first], b[first], quiet=True)
