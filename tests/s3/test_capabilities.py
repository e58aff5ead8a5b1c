"""What a call asks of a key."""

from __future__ import annotations

import pytest

from inspector.s3.capabilities import CAPABILITIES, needed
from inspector.s3.operations import OPERATIONS, Support


@pytest.mark.parametrize(
    ("operation", "versioned", "sets"),
    [
        ("PutObject", False, [{"writeFiles"}]),
        ("HeadObject", False, [{"readFiles"}]),
        ("DeleteObject", False, [{"writeFiles"}]),
        ("DeleteObject", True, [{"deleteFiles"}]),
        ("DeleteObjects", True, [{"deleteFiles"}]),
        ("ListBuckets", False, [{"listBuckets", "listAllBucketNames"}]),
        ("CopyObject", False, [{"readFiles"}, {"writeFiles"}]),
        ("GetBucketPolicy", False, []),
        (None, False, []),
        ("NoSuchOperation", False, []),
    ],
)
def test_what_an_operation_needs(operation: str | None, versioned: bool, sets: list[set[str]]) -> None:
    """Of each set one."""
    assert [set(one) for one in needed(operation, versioned)] == sets


@pytest.mark.parametrize("row", [one for one in OPERATIONS if one.b2 in (Support.YES, Support.DIFFERS)])
def test_every_operation_that_b2_has_needs_something(row: object) -> None:
    """By a name of B2's."""
    sets = needed(row.name)  # type: ignore[attr-defined]
    assert sets
    assert frozenset().union(*sets) <= CAPABILITIES
