"""A scroll bar of spaces alone, for terminals that know ASCII alone."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class PlainScrollBar(ScrollBarRender):
    """Textual's, without the block characters at its ends."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def use_plain_scroll_bars() -> None:
    """Draw every scroll bar of this process so: Textual has one renderer for all."""
    ScrollBar.renderer = PlainScrollBar
