"""Text as rows of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.tui.bodies.hex_rows import HexRows
from inspector.tui.bodies.source import WholeSource
from inspector.tui.bodies.text_rows import STEP, TextRows, next_row, scan

CASES = [
    ("lines", b"one\ntwo", 10, ["one", "two"]),
    ("a line feed at the end", b"one\n", 10, ["one"]),
    ("empty lines", b"\n\na", 10, ["", "", "a"]),
    ("cut at the width", b"abcdefgh\nij", 3, ["abc", "def", "gh", "ij"]),
    ("as long as the width", b"abc\ndef\r\nghi", 3, ["abc", "def", "ghi"]),
    ("CRLF", b"abcd\r\nef\r\n", 3, ["abc", "d", "ef"]),
    ("a CR alone", b"a\rb", 10, ["a\\x0db"]),
    ("escapes", b"\x1b[2J\x07", 20, ["\\x1b[2J\\x07"]),
    ("an escape that is cut", b"ab\x1bcd", 3, ["ab", "\\x1b", "cd"]),
    ("bidirectional override", "a\u202eb".encode(), 20, ["a\\u202eb"]),
    ("NUL", b"a\0b", 20, ["a\\x00b"]),
    ("no UTF-8", b"gr\xf6\xdfe", 20, ["gr\\xf6\\xdfe"]),
    ("wide characters", "文字文字".encode(), 5, ["文字", "文字"]),
    ("UTF-8", "größe\nja".encode(), 5, ["größe", "ja"]),
    ("tabs", b"a\tb\n\tc", 20, ["a       b", "        c"]),
    ("a character wider than the terminal", "文a".encode(), 1, ["文", "a"]),
]


@pytest.mark.parametrize(("text", "width", "rows"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_text_is_cut_into_rows(text: bytes, width: int, rows: list[str]) -> None:
    """At line feeds and at the width; what would move the cursor is escaped."""
    shown = TextRows(WholeSource(text))
    shown.resize(width)
    assert shown.texts(0, 99) == rows
    assert shown.complete


texts = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")),
        st.sampled_from([b"\n", b"\r\n", b"\t", b"x" * 200, "ö".encode() * 90, "e\u0301".encode() * 40]),
    ),
    max_size=40,
).map(b"".join)


@given(texts, st.integers(10, 40))
def test_rows_are_the_same_from_wherever_they_are_read(text: bytes, width: int) -> None:
    """In one stretch, in many, from any row on; no row is wider than the terminal, none moves its cursor."""
    source = WholeSource(text)
    shown = TextRows(source)
    shown.resize(width)
    rows = shown.texts(0, shown.height)
    assert len(rows) == shown.height
    assert all(cell_len(row) <= width and row.isprintable() for row in rows)
    in_pieces = TextRows(source)
    in_pieces.resize(width)
    in_pieces._offsets, in_pieces.height = in_pieces._offsets[:0], 0
    start = rows_before = 0
    while start < len(text):
        piece = next(scan(source, width, start, rows_before, first=7))
        in_pieces.extend(piece)
        start, rows_before = piece.end, piece.rows
    for first in range(0, len(rows), 7):
        assert in_pieces.texts(first, 5) == rows[first : first + 5]


@given(st.binary(max_size=400), st.integers(8, 40))
def test_every_row_takes_at_least_a_byte(data: bytes, width: int) -> None:
    """Or a scan would never end; and all of the bytes are taken."""
    position = 0
    while position < len(data):
        after, _ = next_row(data, position, width)
        assert position < after <= len(data)
        position = after


def test_a_row_far_below_is_found_by_the_offsets_that_are_kept() -> None:
    """Every 64th row's offset is enough."""
    shown = TextRows(WholeSource(b"".join(b"line %d\n" % number for number in range(1000))))
    shown.resize(20)
    assert len(shown._offsets) == 1000 // STEP + 1
    assert shown.texts(998, 10) == ["line 998", "line 999"]


def test_another_width_cuts_anew() -> None:
    """What was known for the old one is forgotten."""
    shown = TextRows(WholeSource(b"abcdef"))
    shown.resize(6)
    shown.resize(2)
    assert shown.texts(0, 9) == ["ab", "cd", "ef"]


def test_bytes_in_hex() -> None:
    """Sixteen a row, from any row on."""
    shown = HexRows(WholeSource(bytes(range(40))))
    assert shown.height == 3
    assert shown.texts(2, 5) == ["00000020  20 21 22 23 24 25 26 27" + " " * 27 + " !\"#$%&'"]
