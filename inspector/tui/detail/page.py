"""What a tab of the selected call says: heads, which are short and held, and bodies, which are read in windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from inspector.tui.bodies.source import Source
from inspector.tui.bodies.text_rows import next_row
from inspector.tui.paint import Span
from inspector.tui.report import GOES_ON


class Line(NamedTuple):
    """A line of a head: its kind, its text, and how many characters at its beginning are a name."""

    kind: str
    text: str
    name: int = 0


class BodyRows(Protocol):
    """The rows of a body; `height` grows while they are found."""

    source: Source

    @property
    def height(self) -> int: ...

    @property
    def scanned(self) -> int: ...

    @property
    def size(self) -> int: ...

    @property
    def complete(self) -> bool: ...

    def resize(self, width: int) -> None: ...

    def rest(self, source: Source) -> Iterator[Any]: ...

    def extend(self, found: Any) -> None: ...

    def row_of(self, offset: int) -> int: ...

    def rows(self, first: int, count: int) -> list[list[Span]]: ...


class Page:
    """A head, and behind it perhaps a body."""

    def __init__(self, head: Sequence[Line], body: BodyRows | None = None) -> None:
        self._lines = head
        self._head: list[list[Span]] = []
        self._width = 0
        self.body = body

    @property
    def bodies(self) -> tuple[tuple[int, BodyRows], ...]:
        """The bodies, each with the row at which it begins."""
        return () if self.body is None else ((len(self._head), self.body),)

    def head_rows(self) -> Iterator[tuple[int, list[Span]]]:
        """The rows that are no body's, with their numbers."""
        return enumerate(self._head)

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
            found = found + self.body.rows(begin, count - len(found))
        return found


class Pages:
    """Pages below each other."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    @property
    def bodies(self) -> tuple[tuple[int, BodyRows], ...]:
        """The bodies, each with the row at which it begins."""
        return tuple((start + row, body) for start, page in self._starts() for row, body in page.bodies)

    def head_rows(self) -> Iterator[tuple[int, list[Span]]]:
        """The rows that are no body's, with their numbers."""
        return ((start + number, row) for start, page in self._starts() for number, row in page.head_rows())

    def _starts(self) -> Iterator[tuple[int, Page]]:
        start = 0
        for page in self._pages:
            yield start, page
            start += page.height

    @property
    def height(self) -> int:
        """Rows that are known up to now."""
        return sum(page.height for page in self._pages)

    @property
    def width(self) -> int:
        """The cells for which they are cut."""
        return self._pages[0].width

    def resize(self, width: int) -> None:
        """Cut everything for another width."""
        for page in self._pages:
            page.resize(width)

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on."""
        found: list[list[Span]] = []
        for start, page in self._starts():
            if len(found) < count and first < start + page.height:
                found += page.rows(max(0, first - start), count - len(found))
        return found


def _cut(line: Line, width: int) -> Iterator[list[Span]]:
    """A line as rows, marked where it goes on. Its text is escaped already, so that cutting it changes nothing else."""
    data = line.text.encode("utf-8", "replace")
    position, text = next_row(data, 0, width)
    yield [Span("name", text[: line.name]), Span(line.kind, text[line.name :])]
    while position < len(data):
        position, text = next_row(data, position, max(1, width - len(GOES_ON)))
        yield [Span("quiet", GOES_ON), Span(line.kind, text)]
