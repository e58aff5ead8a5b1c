"""How values are shown."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.view import pretty, render

SIZES = [
    (0, "0"),
    (999, "999"),
    (1000, "1k"),
    (1049, "1k"),
    (1250, "1.2k"),
    (16 * 1024**2, "17M"),
    (999_600, "1M"),
    (2**63, "9E"),
]
DURATIONS = [
    (0.04, "0.0ms"), (9.94, "9.9ms"), (9.96, "10ms"), (999.4, "999ms"), (999.6, "1.00s"), (9_994, "9.99s"),
    (9_996, "10.0s"), (59_990, "60.0s"), (59_996, "1m00s"), (3_599_000, "59m59s"), (3_600_000, "1h00m"), (None, "-"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), SIZES)
def test_sizes_are_short(value: int, text: str) -> None:
    """A thousand is a k."""
    assert text == render.size(value)


@pytest.mark.parametrize(("value", "text"), DURATIONS)
def test_durations_are_short(value: float | None, text: str) -> None:
    """In the unit that fits."""
    assert text == render.duration(value)


@given(st.integers(0, 2**62), st.floats(0, 3.5e8))
def test_numbers_keep_to_their_columns(size: int, milliseconds: float) -> None:
    """Five characters for a size, six for a duration of less than four days."""
    assert len(render.size(size)) <= 5
    assert len(render.duration(milliseconds)) <= 6


@given(st.text())
def test_nothing_that_is_shown_moves_a_cursor(text: str) -> None:
    """No control character, no bidirectional override is left; what is harmless stays."""
    assert render.safe(text).isprintable()
    assert all(char.isprintable() or char in "\n\t" for char in render.safe_lines(text))
    assert text.isprintable() <= (render.safe(text) == text)


@given(st.binary())
def test_bytes_are_shown_on_one_line(data: bytes) -> None:
    """UTF-8 as text, the rest by its numbers."""
    assert render.safe_bytes(data).isprintable()


@given(st.text(st.sampled_from("abcß漢字e\u0301…")), st.integers(0, 12))
def test_what_is_shortened_fits(text: str, columns: int) -> None:
    """Both ends stay; wide characters count twice, combining ones not at all."""
    short = render.middle(text, columns)

    assert render.width(short) <= columns
    if render.width(text) <= columns:
        assert text == short
    elif columns >= 3:
        head, _, tail = short.partition("…")
        assert text.startswith(head)
        assert text.endswith(tail) or "…" in text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, st.booleans())
def test_json_is_indented_and_nothing_else(value: object, escape: bool) -> None:
    """The tokens stay; lists and objects get lines of their own."""
    text = json.dumps(value, ensure_ascii=escape)

    assert value == json.loads(pretty.json(text))
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", pretty.json(text))


XML = [
    ("<a/>", "<a/>"),
    ("<a><b>x</b><c/></a>", "<a>\n  <b>x</b>\n  <c/>\n</a>"),
    ('<?xml version="1.0"?>\n<a x="1"></a>', '<?xml version="1.0"?>\n<a x="1"></a>'),
    ("<a><b>cut sho", "<a>\n  <b>cut sho"),
    ("<a><![CDATA[<x>]]></a>", "<a><![CDATA[<x>]]></a>"),
    ("<!DOCTYPE a><a>&lol;</a>", "<!DOCTYPE a>\n<a>&lol;</a>"),
    ("</a></a>", "</a>\n</a>"),
]


@pytest.mark.parametrize(("text", "indented"), XML)
def test_xml_is_indented_as_far_as_it_goes(text: str, indented: str) -> None:
    """Broken or cut, with entities that nobody expands."""
    assert indented == pretty.pretty(text)


@given(st.text(st.sampled_from('<>/a! "&[]-?{}:,\\\n'), max_size=60))
def test_any_text_can_be_indented(text: str) -> None:
    """White space apart, it stays what it was."""
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", pretty.xml(text))
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", pretty.json(text))


def test_binary_is_dumped() -> None:
    """Offset, hex, ASCII; a last line that is not full keeps the columns."""
    assert list(pretty.hex_lines(b"0123456789abcdef\x00\xff", 16)) == [
        "00000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef",
        f"00000020  00 ff{' ' * 43}  ..",
    ]
