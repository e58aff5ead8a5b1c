"""One line of text of several kinds."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.glyphs import Glyphs
from inspector.tui.paint import COMPONENTS, Span, painted


class Label(Widget):
    """Cut off where the terminal ends; what it says is escaped."""

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
        return painted(spans, self.size.width, self.rich_style, self._style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"line--{kind}", partial=True)
