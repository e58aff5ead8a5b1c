"""Finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.tui.bodies.hex_rows import HexRows
from inspector.tui.bodies.source import WholeSource
from inspector.tui.bodies.text_rows import STEP, TextRows
from inspector.tui.detail import find
from inspector.tui.detail.find import Needle, Place, head_texts, marked, marked_row, search
from inspector.tui.paint import Span
from inspector.tui.report import GOES_ON, cut, goes_on

HEADS = [(0, "PUT /needle"), (1, "Host: a"), (2, "X-Needle: b")]
BODIES = [WholeSource(b"a needle, a NEEDLE"), WholeSource(b"\x00\xff needle")]
PLACES = [Place(0, 0), Place(0, 2), Place(1, 2), Place(1, 12), Place(2, 3)]


def walk(text: str, step: int, start: Place, count: int) -> list[Place | None]:
    """The places that one comes to."""
    found: list[Place | None] = []
    place = start
    for _ in range(count):
        after = search(Needle(text), HEADS, BODIES, place, step, lambda *_: None)
        found.append(after)
        place = after or place
    return found


def test_forwards_and_round() -> None:
    """Heads, then bodies, then from the beginning; either case when it is written small."""
    assert walk("needle", 1, Place(0, -1), 6) == [*PLACES, PLACES[0]]


def test_backwards_and_round() -> None:
    """The same places the other way."""
    assert walk("needle", -1, Place(0, 0), 6) == [*PLACES[::-1], PLACES[-1]]


def test_a_capital_letter_means_what_it_says() -> None:
    """As in `less -i`."""
    assert walk("NEEDLE", 1, Place(0, -1), 2) == [Place(1, 12), Place(1, 12)]


def test_bytes_are_found() -> None:
    """Written as escapes; a backslash twice."""
    assert walk(r"\x00\xff", 1, Place(0, -1), 1) == [Place(2, 0)]
    assert Needle(r"a\\b").data == rb"a\b"


def test_what_is_nowhere_is_not_found() -> None:
    """Nor does it take for ever."""
    assert walk("haystack", 1, Place(1, 3), 1) == [None]
    assert walk("haystack", -1, Place(2, 3), 1) == [None]


@given(st.text("ab", max_size=60), st.text("ab", min_size=1, max_size=3), st.integers(1, 7))
def test_it_is_found_across_windows(text: str, needle: str, window: int) -> None:
    """Wherever a window ends: each place, once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "_WINDOW", window)
        source = WholeSource(text.encode())
        wanted = [place for place in range(len(text)) if text.startswith(needle, place)]
        for step in (1, -1):
            place, found = Place(1, -1 if step > 0 else len(text)), []
            for _ in wanted:
                after = search(Needle(needle), [], [source], place, step, lambda *_: None)
                assert after is not None
                found.append(after.offset)
                place = after
            assert found[::step] == wanted


@given(st.lists(st.text("abC", max_size=5), max_size=5), st.text("abc", min_size=1, max_size=2))
def test_marks_change_no_letter(texts: list[str], needle: str) -> None:
    """They only set apart what was looked for, across the pieces of a row."""
    row = [Span("text", text) for text in texts]
    found = marked(row, Needle(needle))
    whole = "".join(texts)
    assert "".join(span.text for span in found) == whole
    count = whole.lower().count(needle)
    assert sum(len(span.text) for span in found if span.kind == "found") == count * len(needle)


def found_in(rows: list[list[Span]], needle: str) -> list[str]:
    """What is marked of each row."""

    def row(number: int) -> list[Span]:
        return rows[number] if 0 <= number < len(rows) else []

    marks = [marked_row(row, number, Needle(needle)) for number in range(len(rows))]
    for before, after in zip(rows, marks, strict=True):
        assert "".join(span.text for span in before) == "".join(span.text for span in after)
    return ["".join(span.text for span in spans if span.kind == "found") for spans in marks]


EDGES = [  # a text, the width at which it is cut, a needle, what is marked of each row
    (b"a needle here", 4, "needle", ["ne", "edle", "", ""]),
    (b"nee\ndle", 3, "needle", ["", ""]),  # two lines, one of them as long as the row
    (b"nee\ndle needle", 3, "needle", ["", "", "ne", "edl", "e"]),
    (b"xneedley", 2, "needle", ["n", "ee", "dl", "e"]),  # longer than a row
    ("größe größe".encode(), 7, "größe", ["größe" + "g", "röße"]),
]


@pytest.mark.parametrize(("text", "width", "needle", "found"), EDGES)
def test_it_is_marked_across_the_edges_of_rows(text: bytes, width: int, needle: str, found: list[str]) -> None:
    """Where a line goes on in the next row, and nowhere else."""
    shown = TextRows(WholeSource(text))
    shown.resize(width)
    assert found_in(shown.rows(0, 99), needle) == found


def test_rows_far_below_know_whether_they_go_on() -> None:
    """Those whose offset is kept, too."""
    shown = TextRows(WholeSource(b"0123456789" * STEP))
    shown.resize(5)
    assert [goes_on(row) for row in shown.rows(STEP, 2)] == [True, True]
    assert [goes_on(row) for row in shown.rows(0, 2)] == [False, True]


def test_lines_with_a_sign_where_they_go_on_are_one_line_too() -> None:
    """What is indented, and heads: the sign is no part of what is looked for, and the search itself finds it there."""
    rows = list(cut([Span("name", "X-Amz-Meta: "), Span("text", "some needle there")], 20))
    assert found_in(rows, "needle") == ["nee", "dle"]
    assert rows[1][0].text == GOES_ON
    heads = head_texts(list(enumerate(rows)), Needle("needle"))
    assert search(Needle("needle"), heads, [], Place(0, -1), 1, lambda *_: None) == Place(0, 0)


def test_in_hex_both_columns_are_marked() -> None:
    """By bytes: digits are not taken for what is looked for, bytes that are no text are found, across rows too."""
    rows = HexRows(WholeSource(b"." * 14 + b"\x00needle61")).rows(0, 9)
    assert found_in(rows, "needle") == ["6e" + "n", "65" + "65" + "64" + "6c" + "65" + "eedle"]
    assert found_in(rows, r"\x00n") == ["00" + "6e" + ".n", ""]
    assert found_in(rows, "61") == ["", "36" + "31" + "61"]
