"""Two documents, by the cheapest of the ways that tell the same: trees of what differs, columns, whole trees."""

from __future__ import annotations

from inspector.diff.hunk import Hunk, Section
from inspector.diff.tables import row_hunks, tables_of
from inspector.diff.trees import tree_hunks, trees_of
from inspector.s3.xml import Table

_SAMPLES = 8
_SAMPLE_SIZE = 256
"""Bytes; about those of an entry."""


def document_hunks(section: Section, a: bytes, b: bytes) -> list[Hunk] | None:
    """How two documents differ, None where one is neither XML nor JSON. Never raises."""
    tables = None if _much_alike(a, b) else tables_of(a, b)
    if tables is not None:
        return table_hunks(section, *tables)
    trees = trees_of(a, b)
    return None if trees is None else list(tree_hunks(section, *trees))


def _much_alike(a: bytes, b: bytes) -> bool:
    """Whether most of one stands in the other, as samples have it: then little is left to make trees of."""
    step = len(a) // _SAMPLES
    samples = [a[at : at + _SAMPLE_SIZE] for at in range(step // 2, step * _SAMPLES, step)] if step else []
    return 2 * sum(sample in b for sample in samples) >= len(samples)


def table_hunks(section: Section, a: Table, b: Table) -> list[Hunk]:
    """The entries are told where they stand among what is round them."""
    left, right = a.around, b.around
    if left.name != right.name:
        return list(tree_hunks(section, left, right))
    at = [child.name for child in left.children].index(a.entry)
    before = [side._replace(children=side.children[:at]) for side in (left, right)]
    after = [side._replace(text="", children=side.children[at:]) for side in (left, right)]
    return [
        *tree_hunks(section, before[0], before[1]),
        *row_hunks(section, f"/{left.name}", a, b),
        *tree_hunks(section, after[0], after[1]),
    ]
