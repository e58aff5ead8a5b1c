"""Two listings of the same entries, column by column: where every date differs no entry is made a tree.

It is done only where nothing of what is told comes out otherwise than of trees: the same entries in the same order,
each named by what stands in it and there once.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.naming import NAMING
from inspector.diff.volatile import ELEMENTS
from inspector.s3.xml import Table, table


def tables_of(a: bytes, b: bytes) -> tuple[Table, Table] | None:
    """Two listings of the same entries in the same order; None for any other pair of bodies. Never raises."""
    left = table(a)
    right = None if left is None else table(b)
    if left is None or right is None or (left.entry, [*left.columns]) != (right.entry, [*right.columns]):
        return None
    around = [child.name for child in left.around.children]
    if around != [child.name for child in right.around.children] or len(set(around)) < len(around):
        return None
    names = row_names(left)
    return (left, right) if names and names == row_names(right) and len(set(names)) == len(names) else None


def row_names(listing: Table) -> list[str]:
    """What names each entry, as `naming.identity` has it; of none where nothing does."""
    naming = sorted(name for name in listing.columns if name in NAMING)
    written = ",".join(f"{name}={{}}" for name in naming)
    columns = [[text.strip() for text in listing.columns[name]] for name in naming]
    return [f"[{written.format(*texts)}]" for texts in zip(*columns, strict=True)]


def row_hunks(section: Section, path: str, a: Table, b: Table) -> Iterator[Hunk]:
    """How the entries differ; `path` is that of the document."""
    changed = [
        (f"/{name}", [text.strip() for text in left], [text.strip() for text in right], name in ELEMENTS)
        for (name, left), right in zip(a.columns.items(), b.columns.values(), strict=True)
        if left != right
    ]
    if not changed:
        return
    for number, name in enumerate(row_names(a)):
        where = f"{path}/{a.entry}{name}"
        for cell, left, right, quiet in changed:
            if left[number] != right[number]:
                yield Hunk(section, Kind.CHANGED, where + cell, left[number], right[number], quiet)
