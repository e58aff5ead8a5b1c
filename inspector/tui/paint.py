"""From text with kinds to what Textual draws: strips of segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


class Span(NamedTuple):
    """Text of one kind. The kind is the last word of a component class: `error` is drawn as `line--error`."""

    kind: str
    text: str


KINDS = ("text", "quiet", "name", "note", "error", "open", "good", "heading", "cursor", "marked", "differs", "found")
COMPONENTS = {f"line--{kind}" for kind in KINDS}


def painted(spans: Iterable[Span], width: int, base: Style, style_of: Callable[[str], Style]) -> Strip:
    """A line exactly `width` cells wide.

    Blanks carry the style too: since Textual 6 the background is not painted under what has none.
    """
    segments = [Segment(span.text, base + style_of(span.kind)) for span in spans if span.text]
    return Strip(segments).adjust_cell_length(width, base)
