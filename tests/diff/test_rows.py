"""Two runs of bytes, row by row: whatever differs is in a row, and what lies between is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.diff.rows import WIDTH, ByteRow, byte_rows


def rows(a: bytes, b: bytes) -> list[ByteRow]:
    return list(
        byte_rows(
            lambda offset, size: a[offset : offset + size],
            lambda offset, size: b[offset : offset + size],
            max(len(a), len(b)),
        )
    )


def test_a_row_that_differs_far_into_a_body() -> None:
    a = bytes(200_000)
    b = a[:150_000] + b"\x01" + a[150_001:]

    assert rows(a, b) == [ByteRow(150_000, 150_000, bytes(WIDTH), b"\x01" + bytes(WIDTH - 1))]


def test_what_one_side_has_more() -> None:
    assert rows(b"same", b"same and more") == [ByteRow(0, 0, b"same", b"same and more")]
    assert rows(bytes(32), bytes(40)) == [ByteRow(32, 32, b"", bytes(8))]


@given(a=st.binary(max_size=300), b=st.binary(max_size=300))
def test_rows_are_all_that_differs(a: bytes, b: bytes) -> None:
    found = rows(a, b)

    assert bool(found) == (a != b)
    for row in found:
        assert (row.a, row.b) == (a[row.offset : row.offset + WIDTH], b[row.offset : row.offset + WIDTH])
    kept = bytearray(a.ljust(len(b), b"\0")[: max(len(a), len(b))])
    patched = bytearray(kept)
    for row in found:
        patched[row.offset : row.offset + WIDTH] = row.b
    assert bytes(patched[: len(b)]) == b
    edge = 0
    for row in found:
        assert row.offset == edge + row.alike
        edge = row.offset + WIDTH


def test_progress_is_told_window_by_window() -> None:
    told: list[int] = []
    list(byte_rows(lambda offset, size: bytes(size), lambda offset, size: bytes(size), 200_000, told.append))
    assert told == [0, 65536, 131072, 196608]
