"""What the selected call's tabs say, as lines that are cut to the width of a terminal when they are drawn.

A page has a head, which is short and held, and may have a body, which is read in windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from inspector.store.bodies import SAMPLE, StoredBody, decoded, is_text
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.tui.bodies.hex_rows import HexRows
from inspector.tui.bodies.source import BodySource, WholeSource
from inspector.tui.bodies.text_rows import TextRows, next_row
from inspector.tui.paint import Span
from inspector.view import exchange as exchange_view
from inspector.view import render
from inspector.view.pretty import pretty
from inspector.wire.exchange import BodyInfo

WHOLE = 256 * 1024
"""Bytes up to which a body is unpacked and indented; a larger one is shown as it was sent, in windows."""

_GOES_ON = "↳ "


class Line(NamedTuple):
    """A line of a head: its kind, its text, and how many characters at its beginning are a name."""

    kind: str
    text: str
    name: int = 0


class BodyRows(Protocol):
    """The rows of a body; `height` grows while they are found."""

    height: int
    scanned: int

    @property
    def size(self) -> int: ...

    @property
    def complete(self) -> bool: ...

    def resize(self, width: int) -> None: ...

    def rows(self, first: int, count: int) -> list[str]: ...


class Page:
    """A tab's content in a terminal of some width."""

    def __init__(self, head: Sequence[Line], body: BodyRows | None = None, body_id: int | None = None) -> None:
        self._lines = head
        self._head: list[list[Span]] = []
        self._width = 0
        self.body = body
        self.body_id = body_id  # of the recording; None when the body is in memory

    @property
    def height(self) -> int:
        """Rows that are known up to now."""
        return len(self._head) + (self.body.height if self.body else 0)

    @property
    def width(self) -> int:
        """The cells for which it is cut."""
        return self._width

    def resize(self, width: int) -> None:
        """Cut everything for another width."""
        if width == self._width or width < 1:
            return
        self._width = width
        self._head = [row for line in self._lines for row in _cut(line, width)]
        if self.body:
            self.body.resize(width)

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on."""
        found = self._head[first : first + count]
        if self.body and len(found) < count:
            begin = max(0, first - len(self._head))
            found = found + [[Span("text", text)] for text in self.body.rows(begin, count - len(found))]
        return found


def _cut(line: Line, width: int) -> Iterator[list[Span]]:
    """A line as rows, marked where it goes on. Its text is escaped already, so that cutting it changes nothing else."""
    data = line.text.encode("utf-8", "replace")
    position, text = next_row(data, 0, width)
    yield [Span("name", text[: line.name]), Span(line.kind, text[line.name :])]
    while position < len(data):
        position, text = next_row(data, position, max(1, width - len(_GOES_ON)))
        yield [Span("quiet", _GOES_ON), Span(line.kind, text)]


# The tabs


def summary_page(opened: Recording, stored: Stored, as_hex: bool) -> Page:
    """What there is to know besides the bytes."""
    lines = list(exchange_view.summary(stored))
    title = Line("error" if stored.row.failed else "heading", lines[0])
    return Page([title, Line("text", ""), *(Line("text", line, name=12) for line in lines[1:])])


def request_page(opened: Recording, stored: Stored, as_hex: bool) -> Page:
    """The request, byte for byte."""
    notes = [Line("note", f"[altered by the proxy: {render.safe(what)}]") for what in stored.exchange.alterations]
    head = [*_head(exchange_view.request_head(stored.exchange)), *notes]
    return _with_body(opened, stored, head, True, as_hex)


def response_page(opened: Recording, stored: Stored, as_hex: bool) -> Page:
    """The answer, byte for byte; or why there is none."""
    exchange = stored.exchange
    head: list[Line] = []
    if exchange.interim:
        head.append(Line("note", f"[before it: {' '.join(map(str, exchange.interim))}]"))
    if exchange.response is not None:
        head += _head(exchange_view.response_head(exchange))
    elif stored.row.state == "open":
        head.append(Line("open", "(no answer yet: the call is under way)"))
    else:
        head.append(Line("error", "(no answer)"))
    if exchange.failure:
        head.append(Line("error", f"[{exchange.failure.kind}: {render.safe(exchange.failure.text)}]"))
    return _with_body(opened, stored, head, False, as_hex)


TABS: tuple[tuple[str, Callable[[Recording, Stored, bool], Page]], ...] = (
    ("Summary", summary_page),
    ("Request", request_page),
    ("Response", response_page),
)


def _head(head: bytes) -> list[Line]:
    """The start line and the header lines, as they stood."""
    start, *lines = exchange_view.head_lines(head.removesuffix(b"\r\n"))
    return [Line("heading", start), *(Line("text", line, name=line.find(":", 1) + 1) for line in lines)]


def _with_body(opened: Recording, stored: Stored, head: list[Line], request: bool, as_hex: bool) -> Page:
    info = stored.request_info if request else stored.response_info
    number = stored.request_body if request else stored.response_body
    if number is None:
        return Page([*head, *_missing(info)])
    body = opened.body(number)
    rows, how = _body_rows(body, stored, request, as_hex)
    notes = [Line("note", f"[body: {how}]"), *_missing(info, body.size)]
    if request:
        notes += [Line("note", line) for line in exchange_view.framing(opened, stored)] if info.chunk_count else []
    whole = isinstance(rows, TextRows) and isinstance(rows.source, WholeSource)
    return Page([*head, Line("text", ""), *notes, Line("text", "")], rows, None if whole else number)


def _missing(info: BodyInfo, stored: int = 0) -> Iterator[Line]:
    """What is not there of a body, and why."""
    if info.truncated:
        yield Line("error", f"[only {stored} of {info.sent.size} bytes were kept: {info.truncated}]")
    if info.redacted:
        yield Line("note", "[secrets in it were replaced before it was stored]")
    if info.framing_error:
        yield Line("error", f"[aws-chunked framing broke: {render.safe(info.framing_error)}]")


def _body_rows(body: StoredBody, stored: Stored, request: bool, as_hex: bool) -> tuple[BodyRows, str]:
    """The rows of a body, and in words what they show of it."""
    size = body.size
    if as_hex:
        return HexRows(BodySource(body)), f"{size} bytes as they were sent, in hex"
    if size > WHOLE:
        if is_text(body.read(0, SAMPLE)):
            return TextRows(BodySource(body)), f"{size} bytes as they were sent"
        return HexRows(BodySource(body)), f"{size} bytes as they were sent, in hex"
    return _small_body(body.read(), stored, request)


def _small_body(data: bytes, stored: Stored, request: bool) -> tuple[BodyRows, str]:
    """A body that is unpacked and indented."""
    windows = decoded([data], exchange_view.headers_of(stored, request), request)
    payload = exchange_view.taken(windows, WHOLE + 1)
    if not payload or len(payload) > WHOLE:
        payload = data
    how = f"{len(data)} bytes" if payload == data else f"{len(data)} bytes, unpacked {len(payload)}"
    if not is_text(payload):
        return HexRows(WholeSource(payload)), f"{how}, in hex"
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return TextRows(WholeSource(payload)), how
    indented = pretty(text)
    return TextRows(WholeSource(indented.encode())), how if indented == text else f"{how}, indented"
