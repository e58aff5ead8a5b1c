"""XML and JSON of any size, indented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.tui.bodies.grammars import LONGEST, Grammar, grammar_of, json_line, xml_line
from inspector.tui.bodies.pretty_rows import PrettyRows, find
from inspector.tui.bodies.source import WholeSource
from inspector.tui.paint import Span
from inspector.view import pretty

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def shown(data: bytes, grammar: Grammar, width: int = 500) -> PrettyRows:
    """All rows of a text."""
    rows = PrettyRows(WholeSource(data), grammar)
    rows.resize(width)
    for found in rows.rest(rows.source):
        rows.extend(found)
    return rows


def text(rows: list[list[Span]]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


@given(VALUES, st.sampled_from([None, 1, 3]))
def test_json_is_indented_as_everywhere_else(value: Any, indent: int | None) -> None:
    """However it was written."""
    written = json.dumps(value, indent=indent)
    rows = shown(written.encode(), json_line)
    assert text(rows.rows(0, 10_000)) == pretty.json(written).split("\n")


XML = [
    "<a/>",
    '<?xml version="1.0"?>\n<a x="1"><b>text</b><b/><c><d>1</d></c></a>',
    "<a><!-- <b> --><![CDATA[<c>]]></a>",
    "<a><b></b></a>",
]


@pytest.mark.parametrize("written", XML)
def test_xml_has_an_element_a_line(written: str) -> None:
    """Those that hold only text stay on one; comments and CDATA are no elements."""
    rows = shown(written.encode(), xml_line)
    lines = text(rows.rows(0, 100))
    assert "".join(line.strip() for line in lines) == "".join(line.strip() for line in written.split("\n"))
    if "CDATA" not in written:
        assert lines == pretty.xml(written).split("\n")


@given(st.binary(max_size=300) | st.text(alphabet='{}[],:"\\<>/ab\n ', max_size=200).map(str.encode))
def test_whatever_is_broken_is_shown_whole(data: bytes) -> None:
    """Every byte that is no white space, in order; nothing that a terminal would obey; an end."""
    for grammar in (json_line, xml_line):
        taken, position, state = b"", 0, 0
        while position < len(data):
            line = grammar(data, position, state, True)
            assert position < line.end <= len(data)
            taken += b"".join(piece for _, piece in line.pieces)
            position, state = line.end, line.state
        assert b"".join(taken.split()) == b"".join(data.split())
        assert all(row.isprintable() for row in text(shown(data, grammar, 20).rows(0, 1000)))


@given(VALUES, st.integers(10, 60))
def test_rows_are_the_same_from_wherever_they_are_read(value: Any, width: int) -> None:
    """And as many as were counted, none wider than the terminal."""
    rows = shown(json.dumps([value] * 40).encode(), json_line, width)
    every = text(rows.rows(0, rows.height + 10))
    assert len(every) == rows.height
    assert max(map(cell_len, every)) <= width
    for first in range(0, rows.height, 17):
        assert text(rows.rows(first, 5)) == every[first : first + 5]


def test_it_is_gone_through_in_stretches() -> None:
    """With the same outcome as at once."""
    data = json.dumps([{"number": number, "text": "x" * (number % 90)} for number in range(3000)]).encode()
    whole = shown(data, json_line, 40)
    pieces = PrettyRows(WholeSource(data), json_line)
    pieces._width = 40
    for _ in range(100_000):
        if pieces.complete:
            break
        start = pieces.scanned
        pieces.extend(next(find(pieces.source, json_line, 40, start, pieces._state, pieces.height, first=777)))
    assert pieces.height == whole.height
    assert text(pieces.rows(2000, 50)) == text(whole.rows(2000, 50))


def test_a_long_string_goes_on_over_many_rows() -> None:
    """Ten megabytes on a line are no reason to stand still."""
    data = json.dumps({"long": "é" * (3 * LONGEST), "after": 1}, ensure_ascii=False).encode()
    rows = shown(data, json_line, 100)
    lines = text(rows.rows(0, rows.height))
    assert "".join(line.lstrip("↳ ") for line in lines[2:-2]).count("é") == 3 * LONGEST
    assert lines[-2:] == ['  "after": 1', "}"]
    assert "\\x" not in "".join(lines)


def test_a_byte_is_found_in_its_row() -> None:
    """So that what was found can be shown."""
    data = json.dumps([{"number": number} for number in range(500)]).encode()
    rows = shown(data, json_line, 80)
    for number in (0, 7, 250, 499):
        row = rows.row_of(data.index(b'"number": %d}' % number))
        assert text(rows.rows(row, 1)) == [f'    "number": {number}']


@pytest.mark.parametrize(
    ("sample", "grammar"),
    [(b'\xef\xbb\xbf {"a"', json_line), (b"\n[", json_line), (b"<a", xml_line), (b"a", None), (b"", None)],
)
def test_the_beginning_tells_what_it_is(sample: bytes, grammar: Grammar | None) -> None:
    """Not the Content-Type, which is often wrong."""
    assert grammar_of(sample) is grammar
