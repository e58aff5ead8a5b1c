"""A query is cut where its bytes say, and nothing is decoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.query import Pair, pairs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"", []),
        (b"&&", []),
        (b"acl", [Pair(b"acl", None, 0)]),
        (b"a=&b", [Pair(b"a", b"", 0), Pair(b"b", None, 3)]),
        (b"&a=b=c&%41=+", [Pair(b"a", b"b=c", 1), Pair(b"%41", b"+", 7)]),
        (b"=v", [Pair(b"", b"v", 0)]),
    ],
)
def test_pairs(query: bytes, found: list[Pair]) -> None:
    """A key without `=` is told from an empty value."""
    assert pairs(query) == found


@given(st.binary(max_size=40))
def test_places(query: bytes) -> None:
    """Name and value stand where they say."""
    for pair in pairs(query):
        assert query[pair.start : pair.start + len(pair.name)] == pair.name
        value = pair.value or b""
        assert query[pair.value_start : pair.value_start + len(value)] == value
