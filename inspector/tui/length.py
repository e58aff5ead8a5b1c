"""The length of a view that scrolls, changed without laying out the whole screen."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


def set_length(view: ScrollView, rows: int) -> None:
    """Give a view so many rows. Its scroll bar must always be there, and its size must not follow from its content.

    A change of `virtual_size` lays it out, which takes as long as all the rest of a key press (Textual 8.2).
    """
    size = Size(view.scrollable_content_region.width, rows)
    if size == view.virtual_size:
        return
    view.set_reactive(Widget.virtual_size, size)
    view.vertical_scrollbar.window_virtual_size = rows
    view.vertical_scrollbar.refresh()
    view.scroll_y = view.validate_scroll_y(view.scroll_y)
