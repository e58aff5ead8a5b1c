"""Short texts as rows: findings, help, tables; made anew for each width, and held."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from rich.cells import cell_len, chop_cells

from inspector.tui.paint import Span
from inspector.view.paint import Paint

GOES_ON = "↳ "
"""Before the rest of a line that did not fit: it must not be taken for a line of its own."""

CUT = Span("quiet", "")
"""At the beginning of a row that goes on without a sign, as those of a body that is shown as it is."""

Lines = Callable[[int], Iterable[list[Span]]]
"""From a width in cells to lines, which may be longer all the same. What they say is escaped."""

PAINT = Paint(colour=True)
"""For texts that the command line has too; `spans_of` reads its colours."""

_CODES = {"1": "heading", "2": "quiet", "31": "error", "32": "good", "33": "open", "1;7": "differs"}
_STYLED = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m", re.DOTALL)


def goes_on(row: list[Span]) -> bool:
    """Whether a row is the rest of the one before it."""
    return bool(row) and row[0] in (CUT, Span("quiet", GOES_ON))


class Report:
    """The rows of a short text. `places` are those of lines that `place` picks out, to go to from one to the next."""

    def __init__(self, lines: Lines, place: Callable[[list[Span]], bool] = lambda _: False) -> None:
        self._lines = lines
        self._is_place = place
        self._rows: list[list[Span]] = []
        self.width = 0
        self.places: list[int] = []

    @property
    def height(self) -> int:
        """How many there are."""
        return len(self._rows)

    def resize(self, width: int) -> None:
        """Make them for another width."""
        if width != self.width and width > 0:
            self.width = width
            self._rows, self.places = [], []
            for line in self._lines(width):
                if self._is_place(line):
                    self.places.append(len(self._rows))
                self._rows += cut(line, width, by_words=True)

    def rows(self, first: int, count: int) -> list[list[Span]]:
        """At most `count` rows from `first` on."""
        return self._rows[first : first + count]


def said(*lines: str, kind: str = "quiet") -> Report:
    """Some sentences, escaped already."""
    return Report(lambda _: [[Span(kind, line)] for line in lines])


def spans_of(line: str) -> list[Span]:
    """A line of `PAINT`: the only escape sequences in it are those, for what the world says is escaped before."""
    spans: list[Span] = []
    end = 0
    for match in _STYLED.finditer(line):
        spans += [Span("text", line[end : match.start()]), Span(_CODES[match[1]], match[2])]
        end = match.end()
    spans.append(Span("text", line[end:]))
    return [span for span in spans if span.text]


def cut(line: list[Span], width: int, by_words: bool = False) -> Iterator[list[Span]]:
    """A line as rows of so many cells, marked where it goes on; `by_words`: sentences, not bytes."""
    if sum(cell_len(span.text) for span in line) <= width:
        yield line
        return
    row: list[Span] = []
    left = width
    for kind, text in line:
        while text:
            head = _head(text, left)
            if by_words and len(head) < len(text):
                head = _to_a_word(head, text, width - len(GOES_ON), begun=left < width - len(GOES_ON))
            row.append(Span(kind, head))
            text, left = text[len(head) :], left - cell_len(head)
            text = text.lstrip(" ") if by_words and text and head else text
            if text:
                yield row
                row, left = [Span("quiet", GOES_ON)], max(1, width - len(GOES_ON))
    yield row


def _to_a_word(head: str, text: str, width: int, begun: bool) -> str:
    """What fits, without the beginning of a word that does not; a word that fits in no row of `width` is cut.

    Facts stand two spaces apart: one is kept whole where the row would not be half empty for that.
    """
    fact = head.rfind("  ")
    if fact > len(head) // 2 and "  " not in text[fact + 2 : len(head) + 1]:
        return head[: fact + 2]
    start, end = head.rfind(" ") + 1, text.find(" ", len(head))
    word = text[start:end] if end >= 0 else text[start:]
    if end == len(head) or cell_len(word) > width or not (begun or head[:start].strip()):
        return head
    return head[:start]


def _head(text: str, width: int) -> str:
    """What fits of a text; at least a character where the row is otherwise empty."""
    if width < 1:
        return ""
    if text.isascii():
        return text[:width]
    candidate = text[: width + 1]  # a row must not be measured by the length of the line
    return candidate if cell_len(candidate) <= width else (chop_cells(candidate, width) or [text[:1]])[0]
