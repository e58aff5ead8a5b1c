"""Two texts line by line, the bytes that differ marked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.view.difference import difference_lines
from inspector.view.paint import PLAIN, Paint
from inspector.view.render import safe_bytes

COLOUR = re.compile(r"\x1b\[[0-9;]*m")

CASES = [
    (b"a\nhost:x\nb", b"a\nhost:y\nb", ["    a", "  - host:x", "         ^", "  + host:y", "         ^", "    b"]),
    (b"host:x", b"host:x:443", ["  - host:x", "  + host:x:443", "          ^^^^"]),
    (b"GET\n\nx", b"GET\nv=1\nx", ["    GET", "  - ", "  + v=1", "    ^^^", "    x"]),
    (b"a\nb", b"a", ["    a", "  - b"]),
    (b"a\t", b"a ", ["  - a\\x09", "     ^^^^", "  + a ", "     ^"]),
    ("é日x".encode(), "é日y".encode(), ["  - é日x", "       ^", "  + é日y", "       ^"]),
]  # fmt: skip


@pytest.mark.parametrize(("arrived", "signed", "lines"), CASES)
def test_lines_that_differ_stand_one_above_the_other(arrived: bytes, signed: bytes, lines: list[str]) -> None:
    """Carets stand under the very characters, wide ones counted as two."""
    assert list(difference_lines(arrived, signed, PLAIN, 80)) == lines


def test_colours_stand_for_carets_on_a_terminal() -> None:
    """No third line; the runs that differ are reversed."""
    lines = list(difference_lines(b"host:x", b"host:y", Paint(True), 80))

    assert len(lines) == 2
    assert "\x1b[1;7mx\x1b[0m" in lines[0]


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_is_lost_and_nothing_moves_the_cursor(arrived: bytes, signed: bytes) -> None:
    """Both texts can be read off the lines; control characters are escaped."""
    lines = [COLOUR.sub("", line) for line in difference_lines(arrived, signed, Paint(True), None)]

    assert all(line.isprintable() for line in lines)
    for text, sign in ((arrived, "-"), (signed, "+")):
        assert [line[4:] for line in lines if line[2] in (" ", sign)] == [safe_bytes(one) for one in text.split(b"\n")]


def test_long_lines_that_are_alike_are_shortened() -> None:
    """Those that differ never are."""
    long = b"x" * 500
    lines = list(difference_lines(long + b"\na" + long, long + b"\nb" + long, PLAIN, 80))

    assert len(lines[0]) == 80
    assert "…" in lines[0]
    assert len(lines[1]) == 505


def test_lines_far_from_a_difference_are_counted_not_shown() -> None:
    old = b"\n".join(b"%d" % number for number in range(10))
    new = old.replace(b"5", b"x")

    assert list(difference_lines(old, new, Paint(False), None, context=1)) == [
        "    … 4 lines alike",
        "    4",
        "  - 5",
        "    ^",
        "  + x",
        "    ^",
        "    6",
        "    … 3 lines alike",
    ]
    assert list(difference_lines(old, new, Paint(False), None, context=99)) == list(
        difference_lines(old, new, Paint(False), None)
    )
