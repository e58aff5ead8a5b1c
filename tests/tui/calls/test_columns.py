"""The columns of the list of calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from support.calls import NOON, Call, call, record

from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.tui.calls.columns import USUAL_CHOICE, cells, headings, layout, without_verdicts
from inspector.tui.glyphs import ASCII, UNICODE

LONG = b"2024/a-folder-with-a-name/and-another/IMG_0017.jpg"
CALLS: dict[str, Call] = {
    "usual": call(),
    "long key": call(facts={"key": LONG}),
    "wide key": call(facts={"key": "文字".encode() * 30}),
    "hostile key": call(facts={"key": b"\x1b[2J\xe2\x80\xae\x00"}),
    "refused": call(
        status=403, facts={"key": LONG, "error_code": "SignatureDoesNotMatch", "attempt": 2, "attempt_max": 3}
    ),
    "part": call(facts={"operation": "UploadPart", "part_number": 12345, "upload_id": "u"}),
    "under way": call(status=None, state="open"),
    "unknown": call(facts={"operation": None, "bucket": None, "key": None, "api": None}),
}


def row_of(name: str, directory: Path) -> Row:
    with Recording(record(directory / "calls.db", [CALLS[name]])) as opened:
        return opened.rows([1])[0]


def line(row: Row, width: int, glyphs: object = UNICODE) -> str:
    assert isinstance(glyphs, type(UNICODE))
    return "".join(span.text for span in cells(row, layout(width, 9), NOON + 3, glyphs))


@pytest.mark.parametrize("width", [40, 79, 119, 199])
@pytest.mark.parametrize("name", CALLS)
def test_every_line_fills_the_terminal_exactly(name: str, width: int, tmp_path: Path) -> None:
    """Whatever a key holds, the columns stand below each other and nothing moves the cursor."""
    text = line(row_of(name, tmp_path), width)
    assert cell_len(text) == width - 2 == cell_len("".join(span.text for span in headings(layout(width, 9)))) - 2
    assert text.isprintable()


def test_a_key_keeps_both_of_its_ends(tmp_path: Path) -> None:
    """The middle of a long one is left out."""
    text = line(row_of("long key", tmp_path), 100)
    assert "photos/2024" in text
    assert "…" in text
    assert "17.jpg" in text


def test_what_went_wrong_is_told_in_words(tmp_path: Path) -> None:
    """Status and code beside the key, and the attempt: nothing by colour alone."""
    text = line(row_of("refused", tmp_path), 119)
    assert "403" in text
    assert "SignatureDoesNotMatch" in text
    assert "2/3" in text


def test_a_call_under_way_says_for_how_long(tmp_path: Path) -> None:
    """No status yet, and the time since it began."""
    text = line(row_of("under way", tmp_path), 100)
    assert "..." in text
    assert "3.00s" in text


@pytest.mark.parametrize("name", CALLS)
def test_ascii_is_all_that_some_terminals_know(name: str, tmp_path: Path) -> None:
    """With --ascii keys too."""
    assert line(row_of(name, tmp_path), 79, ASCII).isascii()


def test_a_narrow_terminal_does_without_some_columns() -> None:
    """The number, the operation, the status, the key and the duration stay longest."""
    without = without_verdicts(USUAL_CHOICE)
    names = {width: [column.heading for column, _ in layout(width, 1_000_000, without)] for width in (40, 79, 119)}
    assert names[119] == ["#", "time", "op", "st", "bucket/key", "req", "resp", "ttfb", "dur", "try"]
    assert names[79] == ["#", "time", "op", "st", "bucket/key", "req", "dur"]
    assert names[40] == ["#", "op", "st", "bucket/key", "dur"]
    assert [column.heading for column, _ in layout(79, 9)] == ["#", "time", "op", "st", "bucket/key", "dur", "sig"]
