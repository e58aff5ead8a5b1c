"""Short texts as rows: sentences are cut between words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.tui.glyphs import UNICODE
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import GOES_ON, Report, cut, goes_on

SENTENCES = [
    ("a name's lookup is not seen there", 20, ["a name's lookup is", "↳ not seen there"]),
    ("exactly as wide", 15, ["exactly as wide"]),
    ("ends at the edge then", 16, ["ends at the edge", "↳ then"]),
    ("e3b0c44298fc1c149afbf4c8", 10, ["e3b0c44298", "↳ fc1c149a", "↳ fbf4c8"]),  # no word fits: all of it is bytes
    ("hash e3b0c44298fc1c149afbf4c8", 10, ["hash e3b0c", "↳ 44298fc1", "↳ c149afbf", "↳ 4c8"]),
    ("wait 1.4ms  receive 1.0ms  all 7.4ms", 31, ["wait 1.4ms  receive 1.0ms", "↳ all 7.4ms"]),  # facts stay whole
    ("  indented", 8, ["  indent", "↳ ed"]),
]


@pytest.mark.parametrize(("text", "width", "rows"), SENTENCES)
def test_a_sentence_is_cut_between_words(text: str, width: int, rows: list[str]) -> None:
    """And what is longer than a row, where the row ends."""
    report = Report(lambda _: [[Span("text", text)]])
    report.resize(width)
    assert ["".join(span.text for span in row).rstrip() for row in report.rows(0, 9)] == rows


def test_a_word_may_begin_a_span() -> None:
    """It is moved whole, where the row has begun with another."""
    rows = list(cut([Span("name", "PROVED  "), Span("text", "otherwise")], 14, by_words=True))
    assert ["".join(span.text for span in row) for row in rows] == ["PROVED  ", f"{GOES_ON}otherwise"]


lines = st.lists(st.builds(Span, st.just("text"), st.text("ab 文", min_size=1, max_size=30)), max_size=4)


@given(lines, st.integers(8, 40), st.booleans())
def test_nothing_is_lost_and_nothing_is_too_wide(line: list[Span], width: int, by_words: bool) -> None:
    """But a space where a row ends."""
    rows = list(cut(line, width, by_words))
    texts = ["".join(span.text for span in (row[1:] if goes_on(row) else row)) for row in rows]
    assert "".join(texts).replace(" ", "") == "".join(span.text for span in line).replace(" ", "")
    assert all(cell_len("".join(span.text for span in row)) <= width for row in rows)


@pytest.mark.parametrize(
    ("width", "shown"),
    [(30, "proved: the region is wrong"), (27, "proved: the region is wrong"), (12, "proved: the…"), (4, "pro…")],
)
def test_a_line_that_is_cut_off_says_so(width: int, shown: str) -> None:
    label = Label(UNICODE, [Span("error", "proved: "), Span("text", "the region is wrong")])
    assert "".join(span.text for span in label.fitting(label.spans, width)) == shown
