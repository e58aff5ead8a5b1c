"""The columns of the list of calls: what each shows, and which a narrow terminal does without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from inspector.store.rows import Row
from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import Span
from inspector.view import render


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width in cells, how a row shows in it at a moment (Unix seconds)."""

    name: str
    heading: str
    width: int
    show: Callable[[Row, float], str]
    right: bool = False


def _lasted(row: Row, now: float) -> str:
    """How long the call took, or has taken so far."""
    if row.state == "open":
        return render.duration(max(0.0, now - row.started_at) * 1000)
    return render.duration(row.duration_ms)


SUBJECT = "subject"

COLUMNS = (
    Column("id", "#", 4, lambda row, _: str(row.id), right=True),
    Column("time", "time", 8, lambda row, _: datetime.fromtimestamp(row.started_at).strftime("%H:%M:%S")),
    Column("op", "op", 16, lambda row, _: render.operation(row)),
    Column("status", "st", 3, lambda row, _: render.status(row)),
    Column(SUBJECT, "bucket/key", 0, lambda row, _: render.subject(row)),
    Column("req", "req", 5, lambda row, _: render.size(row.request_size), right=True),
    Column("resp", "resp", 5, lambda row, _: render.size(row.response_size), right=True),
    Column("ttfb", "ttfb", 6, lambda row, _: render.duration(row.ttfb_ms), right=True),
    Column("dur", "dur", 6, _lasted, right=True),
    Column("try", "try", 4, lambda row, _: render.attempt(row), right=True),
)
"""In their order. The subject takes what the others leave."""

_LEFT_OUT_FIRST = ("ttfb", "try", "resp", "req", "time")
_LEAST_SUBJECT = 26
_GAP = 1

Layout = tuple[tuple[Column, int], ...]
"""Columns with the cells that each has."""


def layout(width: int, last_id: int) -> Layout:
    """The columns for a list so many cells wide, whose greatest id is `last_id`; the first cell is the cursor's."""
    columns = list(COLUMNS)
    number = max(COLUMNS[0].width, len(str(last_id)))
    for name in (*_LEFT_OUT_FIRST, None):
        taken = number - COLUMNS[0].width + sum(column.width for column in columns) + _GAP * len(columns)
        if width - taken >= _LEAST_SUBJECT or name is None:
            break
        columns = [column for column in columns if column.name != name]
    left = max(1, width - taken)
    widths = {"id": number, SUBJECT: left}
    return tuple((column, widths.get(column.name, column.width)) for column in columns)


def headings(places: Layout) -> list[Span]:
    """The line above the list."""
    spans = [Span("heading", " ")]
    for column, width in places:
        spans += [Span("heading", _padded(column.heading, width, column.right)), Span("heading", " " * _GAP)]
    return spans[:-1]


def cells(row: Row, places: Layout, now: float, glyphs: Glyphs) -> list[Span]:
    """A call as a line, without the cursor's cell."""
    spans: list[Span] = []
    for column, width in places:
        if column.name == SUBJECT:
            spans += _subject(row, width, glyphs)
        else:
            text = _shortened(glyphs.text(column.show(row, now)), width, glyphs)
            spans.append(Span(_kind(column.name, row), _padded(text, width, column.right)))
        spans.append(Span("text", " " * _GAP))
    return spans[:-1]


def _kind(name: str, row: Row) -> str:
    if name == "status":
        return "error" if row.failed else "open" if row.state == "open" else "good"
    return "text" if name in ("op", SUBJECT) else "quiet"


def _subject(row: Row, width: int, glyphs: Glyphs) -> list[Span]:
    """Bucket and key, and behind them what went wrong, which takes at most half of the room."""
    trouble = _shortened(glyphs.text(render.trouble(row)), width // 2, glyphs)
    left = width - (cell_len(trouble) + 2 if trouble else 0)
    name = _shortened(glyphs.text(render.subject(row)), left, glyphs)
    if not trouble:
        return [Span("text", _padded(name, width))]
    return [Span("text", f"{name}  "), Span("error", _padded(trouble, width - cell_len(name) - 2))]


def _shortened(text: str, width: int, glyphs: Glyphs) -> str:
    """The text with its middle left out where it is too long: names differ at their ends."""
    return render.middle(text, width).replace("…", glyphs.ellipsis) if cell_len(text) > width else text


def _padded(text: str, width: int, right: bool = False) -> str:
    return " " * (width - cell_len(text)) + text if right else set_cell_size(text, width)
