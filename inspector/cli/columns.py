"""The columns of a list of calls, and how a row becomes a line.

Widths are fixed, so that the first line can be printed before the last is known. The subject comes last and takes what
is left: on a terminal it is shortened in its middle to fit, in a pipe it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.errors import UsageError
from inspector.store.rows import Row
from inspector.view import render


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width in characters, how a row shows in it; `right` aligned for numbers."""

    heading: str
    width: int
    show: Callable[[Row], str]
    right: bool = False


def _text(name: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value = getattr(row, name)
        return "" if value is None else render.safe(str(value))

    return show


SUBJECT = "subject"

COLUMNS = {
    "id": Column("id", 6, lambda row: str(row.id), right=True),
    "time": Column("time", 14, lambda row: render.clock(row.started_at)),
    "op": Column("op", 18, render.operation),
    "status": Column("st", 3, render.status),
    "req": Column("req", 5, lambda row: render.size(row.request_size), right=True),
    "resp": Column("resp", 5, lambda row: render.size(row.response_size), right=True),
    "ttfb": Column("ttfb", 6, lambda row: render.duration(row.ttfb_ms), right=True),
    "dur": Column("dur", 6, lambda row: render.duration(row.duration_ms), right=True),
    "try": Column("try", 3, render.attempt),
    "flags": Column("fl", 2, render.flags),
    "code": Column("code", 21, render.trouble),
    "message": Column("message", 40, _text("error_message")),
    "session": Column("sess", 4, lambda row: str(row.session), right=True),
    "method": Column("method", 7, _text("method")),
    "host": Column("host", 34, _text("host")),
    "bucket": Column("bucket", 20, _text("bucket")),
    "key": Column("key", 40, _text("key")),
    "path": Column("path", 60, _text("path")),
    "client": Column("client", 20, _text("client")),
    "auth": Column("auth", 16, _text("auth")),
    "payload": Column("payload", 12, _text("payload")),
    "region": Column("region", 14, _text("region")),
    "key_id": Column("key id", 25, _text("key_id")),
    "http": Column("http", 8, _text("http_version")),
    "upload": Column("upload", 30, _text("upload_id")),
    "inv": Column("inv", 36, _text("invocation_id")),
    "uid": Column("uid", 36, _text("uid")),
    "note": Column("note", 30, _text("note")),
    SUBJECT: Column("bucket/key", 30, render.subject),
}
"""Every column by the name that `--columns` takes."""

DEFAULT = ("id", "time", "op", "status", "req", "resp", "ttfb", "dur", "try", "flags", SUBJECT)

LEFT_OUT_FIRST = ("flags", "try", "ttfb", "resp", "req", "time", "dur")
"""What a narrow terminal does without."""

LEAST_SUBJECT = 32
"""What the subject and the error behind it get at least, unless the terminal is narrower than all columns together."""

LEAST_NAME = 8


def named(text: str | None) -> tuple[str, ...]:
    """The columns that a comma-separated list names.

    Raises:
        UsageError: one of them is not there.
    """
    if not text:
        return DEFAULT
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or not names:
        raise UsageError(f"there is no column {', '.join(unknown) or text!r}", f"there are: {' '.join(COLUMNS)}")
    return names


class Table:
    """Lines for rows. `room` is the terminal's width in columns; None writes everything whole."""

    def __init__(self, names: Sequence[str], room: int | None) -> None:
        self._names = _fitting(names, room)
        self._room = room

    def heading(self) -> str:
        """The line above the rows."""
        return self._line([COLUMNS[name].heading for name in self._names], "")

    def line(self, row: Row) -> str:
        """A row; its error stands behind the subject."""
        trouble = "" if "code" in self._names else render.trouble(row)
        return self._line([COLUMNS[name].show(row) for name in self._names], trouble)

    def _line(self, values: list[str], trouble: str) -> str:
        cells: list[str] = []
        left = self._room
        for name, value in zip(self._names, values, strict=True):
            column = COLUMNS[name]
            if name == self._names[-1]:
                cells.extend(_last(value, trouble, left))
                break
            if left is not None:
                value = render.middle(value, max(column.width, len(column.heading)))
            cells.append(render.pad(value, column.width, column.right))
            left = None if left is None else left - render.width(cells[-1]) - 2
        return "  ".join(cells).rstrip()


def _last(value: str, trouble: str, left: int | None) -> list[str]:
    """The subject and the error behind it, in what is left of a terminal's line."""
    if left is None:
        return [value, trouble]
    if not trouble:
        return [render.middle(value, max(LEAST_NAME, left))]
    trouble = render.middle(trouble, max(LEAST_NAME, left - LEAST_NAME - 2))
    return [render.middle(value, max(LEAST_NAME, left - render.width(trouble) - 2)), trouble]


def _fitting(names: Sequence[str], room: int | None) -> tuple[str, ...]:
    """The default columns without those for which a terminal has no room; columns of the user's choice stay."""
    kept = list(names)
    if room is None or tuple(names) != DEFAULT:
        return tuple(kept)
    for name in LEFT_OUT_FIRST:
        if sum(COLUMNS[each].width + 2 for each in kept if each != SUBJECT) + LEAST_SUBJECT <= room:
            break
        kept.remove(name)
    return tuple(kept)
