"""A text that is scrolled: a tab of a call, findings, a report."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

TEXT = Place("text")

ACTIONS = (
    Action("text.down", "j,down", "scroll_by(1)", TEXT, "a line down", shown="j ↓"),
    Action("text.up", "k,up", "scroll_by(-1)", TEXT, "a line up", shown="k ↑"),
    Action("text.page_down", "pagedown,ctrl+f,space", "page(1)", TEXT, "a page down", shown="pgdn ^f space"),
    Action("text.page_up", "pageup,ctrl+b", "page(-1)", TEXT, "a page up", shown="pgup ^b"),
    Action("text.first", "g,home", "edge(0)", TEXT, "the beginning", shown="g home"),
    Action("text.last", "G,end", "edge(1)", TEXT, "the end", shown="G end"),
)
