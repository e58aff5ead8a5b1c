"""What B2 does with headers."""

from __future__ import annotations

import pytest

from inspector.s3.header_meanings import REQUEST, RESPONSE, meaning_of


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (b"X-Amz-Tagging", "x-amz-tagging"),
        (b"x-amz-meta-anything", "x-amz-meta-*"),
        (b"x-amz-checksum-crc32", "x-amz-checksum-*"),
        (b"x-amz-checksum-mode", "x-amz-checksum-mode"),
        (b"x-amz-server-side-encryption", "x-amz-server-side-encryption"),
        (b"x-amz-server-side-encryption-customer-key", "x-amz-server-side-encryption-customer-*"),
        (b"x-else", None),
        (b"\xff", None),
    ],
)
def test_the_nearest_row_counts(name: bytes, row: str | None) -> None:
    """In any case; a name before a pattern, a longer pattern before a shorter one."""
    found = meaning_of(name, request=True)
    assert (found.name if found else None) == row


def test_rows_are_well_formed() -> None:
    """Lower case, each once, with words and a source."""
    for table in (REQUEST, RESPONSE):
        names = [one.name for one in table]
        assert len(set(names)) == len(names)
        assert all(one.name == one.name.lower() and one.words and one.source for one in table)
