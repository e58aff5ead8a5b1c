"""One line of text of several kinds."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import COMPONENTS, Span, painted


class Label(Widget):
    """Cut off where the terminal ends, which an ellipsis says; what it says is escaped."""

    COMPONENT_CLASSES = COMPONENTS

    def __init__(self, glyphs: Glyphs, spans: list[Span] | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self.spans = spans or []

    def show(self, spans: list[Span]) -> None:
        """Say this."""
        if spans != self.spans:
            self.spans = spans
            self.refresh()

    def render_line(self, y: int) -> Strip:
        spans = [Span(span.kind, self._glyphs.text(span.text)) for span in self.spans]
        return painted(self.fitting(spans, self.size.width), self.size.width, self.rich_style, self._style)

    def fitting(self, spans: list[Span], width: int) -> list[Span]:
        """What of a line is seen in so many cells."""
        if sum(cell_len(span.text) for span in spans) <= width:
            return spans
        room = width - cell_len(self._glyphs.ellipsis)
        fitting: list[Span] = []
        for kind, text in spans:
            fitting.append(Span(kind, set_cell_size(text, max(0, min(room, cell_len(text))))))
            room -= cell_len(text)
        return [*fitting, Span("quiet", self._glyphs.ellipsis)]

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)
