"""What is offered while one writes, and what was written before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.tui.writing.suggestions import History, Suggestions


def test_suggestions_are_taken_round_and_round() -> None:
    """In both directions; the one that is taken stands in brackets."""
    some = Suggestions(0, ["a", "b", "c"])
    assert some.line() == "a  b  c"
    assert [some.next() for _ in range(4)] == ["a", "b", "c", "a"]
    assert some.line() == "[a]  b  c"
    assert some.next(-1) == "c"
    assert Suggestions(0, ["a", "b"]).next(-1) == "b"
    assert Suggestions().next() is None


@given(st.lists(st.text()), st.text())
def test_what_is_being_written_is_come_back_to(lines: list[str], draft: str) -> None:
    """However far one went back."""
    history = History(lines)
    older = []
    while (line := history.older(draft)) is not None:
        older.append(line)
    assert older == lines[::-1]
    newer = []
    while (line := history.newer()) is not None:
        newer.append(line)
    assert newer == ([*lines[1:], draft] if lines else [draft])
