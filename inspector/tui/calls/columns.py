"""The columns of the list of calls: what each shows, and which a narrow terminal does without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from rich.cells import cell_len, set_cell_size

from inspector.store.judge import Named
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


def _time(row: Row, _: float) -> str:
    return datetime.fromtimestamp(row.started_at).strftime("%H:%M:%S")


def _text(name: str) -> Callable[[Row, float], str]:
    """What a field of the row says, escaped."""

    def show(row: Row, _: float) -> str:
        value = getattr(row, name)
        return "" if value is None else render.safe(str(value))

    return show


SUBJECT = "subject"
SIG, CAUSE = "sig", "cause"
JUDGED = frozenset({SIG, CAUSE})
"""Columns about what is not in the row: it is found out while one looks at it."""

_SIGNS_OF = {"verified": "✓", "mismatch": "✗", "unverified": "?", "none": "–"}
_TO_COME = "·"


class Known(Protocol):
    """What is known of calls already, by their ids."""

    def known_verdict(self, number: int) -> str | None: ...

    def known_names(self, number: int) -> Sequence[Named] | None: ...


COLUMNS = {
    "id": Column("id", "#", 4, lambda row, _: str(row.id), right=True),
    "time": Column("time", "time", 8, _time),
    "date": Column("date", "date", 14, lambda row, _: render.clock(row.started_at)),
    "op": Column("op", "op", 16, lambda row, _: render.operation(row)),
    "status": Column("status", "st", 3, lambda row, _: render.status(row)),
    SUBJECT: Column(SUBJECT, "bucket/key", 0, lambda row, _: render.subject(row)),
    "req": Column("req", "req", 5, lambda row, _: render.size(row.request_size), right=True),
    "resp": Column("resp", "resp", 5, lambda row, _: render.size(row.response_size), right=True),
    "ttfb": Column("ttfb", "ttfb", 6, lambda row, _: render.duration(row.ttfb_ms), right=True),
    "dur": Column("dur", "dur", 6, _lasted, right=True),
    "try": Column("try", "try", 4, lambda row, _: render.attempt(row), right=True),
    SIG: Column(SIG, "sig", 3, lambda row, _: ""),
    CAUSE: Column(CAUSE, "cause", 26, lambda row, _: ""),
    "flags": Column("flags", "fl", 3, lambda row, _: render.flags(row)),
    "note": Column("note", "note", 20, _text("note")),
    "session": Column("session", "sess", 4, _text("session"), right=True),
    "method": Column("method", "method", 6, _text("method")),
    "host": Column("host", "host", 30, _text("host")),
    "region": Column("region", "region", 12, _text("region")),
    "bucket": Column("bucket", "bucket", 16, _text("bucket")),
    "key": Column("key", "key", 30, _text("key")),
    "path": Column("path", "path", 40, _text("path")),
    "client": Column("client", "client", 16, _text("client")),
    "auth": Column("auth", "auth", 16, _text("auth")),
    "payload": Column("payload", "payload", 12, _text("payload")),
    "key_id": Column("key_id", "key id", 25, _text("key_id")),
    "code": Column("code", "code", 21, lambda row, _: render.trouble(row)),
    "message": Column("message", "message", 30, _text("error_message")),
    "http": Column("http", "http", 8, _text("http_version")),
    "upload": Column("upload", "upload", 20, _text("upload_id")),
    "inv": Column("inv", "invocation", 20, _text("invocation_id")),
    "replay": Column("replay", "of", 5, _text("replay_of"), right=True),
}
"""Every column by the name with which it is chosen. The subject takes what the others leave."""

USUAL = ("id", "time", "op", "status", SUBJECT, "req", "resp", "ttfb", "dur", "try", SIG)
"""The verdict on the signature only where there is a secret to come to one: `without_verdicts`."""

NARROWEST, WIDEST = 3, 80

_LEFT_OUT_FIRST = ("inv", "upload", "flags", "ttfb", "try", "resp", "req", SIG, "time")
_KEPT = ("id", "op", "status", SUBJECT, "dur")
_LEAST_SUBJECT = 26
_GAP = 1
_SIGNS = 2
"""The first cells of a line: the cursor's, and that of marks and notes."""

Layout = tuple[tuple[Column, int], ...]
"""Columns with the cells that each has."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns that the user wants, in their order, and the widths of some of them."""

    names: tuple[str, ...] = USUAL
    widths: Mapping[str, int] = field(default_factory=dict)

    def width(self, name: str) -> int:
        """The cells of a column."""
        return self.widths.get(name, COLUMNS[name].width)


USUAL_CHOICE = Chosen()


def without_verdicts(chosen: Chosen) -> Chosen:
    """The usual columns where no secret is at hand: each signature would be unverified."""
    return replace(chosen, names=tuple(name for name in USUAL if name != SIG)) if chosen.names == USUAL else chosen


def layout(width: int, last_id: int, chosen: Chosen = USUAL_CHOICE) -> Layout:
    """The columns for a list so many cells wide, whose greatest id is `last_id`."""
    widths = {name: chosen.width(name) for name in chosen.names}
    if "id" in widths:
        widths["id"] = max(widths["id"], len(str(last_id)))
    least = _LEAST_SUBJECT if SUBJECT in widths else 0
    for name in _dispensable(chosen.names):
        if _taken(widths) + least <= width:
            break
        del widths[name]
    if SUBJECT in widths:
        widths[SUBJECT] = max(1, width - _taken(widths))
    return tuple((COLUMNS[name], cells) for name, cells in widths.items())


def _dispensable(names: Sequence[str]) -> Iterator[str]:
    """What a narrow terminal does without: first what says least, then what stands last; some stay."""
    first = [name for name in _LEFT_OUT_FIRST if name in names]
    yield from first
    yield from (name for name in reversed(names) if name not in first and name not in _KEPT)


def _taken(widths: Mapping[str, int]) -> int:
    """Cells of the signs, the columns and the gaps between them."""
    return _SIGNS + sum(widths.values()) + _GAP * (len(widths) - 1)


def headings(places: Layout) -> list[Span]:
    """The line above the list."""
    spans = [Span("heading", " " * _SIGNS)]
    for column, width in places:
        spans += [Span("heading", _padded(column.heading[:width], width, column.right)), Span("heading", " " * _GAP)]
    return spans[:-1]


def column_at(places: Layout, x: int) -> str | None:
    """The name of the column in this cell of a line."""
    edge = _SIGNS
    for column, width in places:
        edge += width + _GAP
        if x < edge:
            return column.name
    return None


def cells(row: Row, places: Layout, now: float, glyphs: Glyphs, known: Known | None = None) -> list[Span]:
    """A call as a line, without its signs. `known` is what it came to, as far as that was found out."""
    spans: list[Span] = []
    for column, width in places:
        if column.name == SUBJECT:
            spans += _subject(row, width, glyphs)
        elif column.name in JUDGED:
            spans.append(_judged(column.name, row, width, glyphs, known))
        else:
            text = _shortened(glyphs.text(column.show(row, now)), width, glyphs)
            spans.append(Span(_kind(column.name, row), _padded(text, width, column.right)))
        spans.append(Span("text", " " * _GAP))
    return spans[:-1]


def _judged(name: str, row: Row, width: int, glyphs: Glyphs, known: Known | None) -> Span:
    if row.state == "open" or (name == CAUSE and not row.failed):
        return Span("quiet", " " * width)
    kind, text = "quiet", _TO_COME
    if name == SIG:
        verdict = known.known_verdict(row.id) if known else None
        text = _SIGNS_OF.get(verdict or "", _TO_COME)
        kind = {"verified": "good", "mismatch": "error"}.get(verdict or "", "quiet")
    elif known is not None:
        names = known.known_names(row.id)
        text = _TO_COME if names is None else names[0].cause if names else ""
    return Span(kind, _padded(_shortened(glyphs.text(text), width, glyphs), width))


def unknown(row: Row, places: Layout, known: Known | None) -> bool:
    """Whether something that these columns show of a call is still to be found out."""
    if row.state == "open" or known is None:
        return row.state != "open"
    names = {column.name for column, _ in places}
    return (SIG in names and known.known_verdict(row.id) is None) or (
        CAUSE in names and row.failed and known.known_names(row.id) is None
    )


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
