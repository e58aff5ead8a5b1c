"""What in a name looks drawn, and what does not."""

from __future__ import annotations

import pytest

from inspector.s3.drawn import drawn, in_one_frame

NOW = 1_795_000_000.0  # 2026-11-18T10:26:40Z

DRAWN = {
    b"it-3fa9c2d1e0": (b"3fa9c2d1e0",),
    b"bucket3fa9c2d1": (b"3fa9c2d1",),
    b"0b1e7c30-aaaa-4c2d-9999-0123456789ab/x": (b"0b1e7c30-aaaa-4c2d-9999-0123456789ab",),
    b"tmpab_d93fk/file": (b"tmpab_d93fk",),
    b"01J9ZQ4T7X8Y2K3M5N6P7R8S9T": (b"01J9ZQ4T7X8Y2K3M5N6P7R8S9T",),
    b"logs/2026-11-18/app.log": (b"2026-11-18",),
    b"20261118T101500Z-app": (b"20261118T101500Z",),
    b"run-1795000123": (b"1795000123",),
    b"run-1795000123456/k": (b"1795000123456",),
    b"a-3fa9c2d1e0-b-77d0e4b2aa": (b"3fa9c2d1e0", b"77d0e4b2aa"),
}
FIXED = (
    *(b"photos", b"k/00001", b"key000001", b"part00000001of10", b"photo20240101.jpg", b"2024-01-01/x", b"abcdefgh12"),
    *(b"deadbeef", b"12345678", b"run-1595000123", b"sha256sums", b"", b"backup2026.tar", b"v1.2.3", b"pytest-of-me"),
)


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_is_found(name: bytes) -> None:
    """UUIDs, hex, temporary names, moments of now."""
    found = drawn(name, NOW)
    assert found.tokens == DRAWN[name]
    rest = name
    for token in found.tokens:
        assert token not in found.skeleton
        rest = rest.replace(token, b"")
    assert all(piece in found.skeleton for piece in (rest[:1], rest[-1:]))


@pytest.mark.parametrize("name", FIXED)
def test_words_counters_and_old_dates_are_names(name: bytes) -> None:
    """A counter or a date of last year is what the test means."""
    assert drawn(name, NOW).tokens == ()


@pytest.mark.parametrize(
    ("then", "now", "are"),
    [
        ("it-q8z0mm", "it-7fh2pw", True),
        ("test-bucket-48213", "test-bucket-9921", True),
        ("test-qhwzkpla", "test-mmxxoyzz", True),
        ("test.q8z0mm.eu", "test.7fh2pw.eu", True),
        ("photos", "films", False),
        ("photos-eu", "photos-us", False),
        ("bucket-1", "bucket-2", False),
        ("q8z0mm", "7fh2pw", False),
        ("it-q8z0mm", "at-7fh2pw", False),
        ("it-q8z0mm", "it_7fh2pw", False),
        ("it-q8z0mm-a", "it-7fh2pw", False),
        ("backup-monday", "backup-friday", False),
    ],
)
def test_two_buckets_may_be_one_but_for_what_was_drawn(then: str, now: str, are: bool) -> None:
    assert in_one_frame(then, now) is are
    assert in_one_frame(now, then) is are
