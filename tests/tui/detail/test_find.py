"""Finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.tui.bodies.source import WholeSource
from inspector.tui.detail import find
from inspector.tui.detail.find import Needle, Place, marked, search
from inspector.tui.paint import Span

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
