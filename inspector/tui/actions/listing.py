"""A table of some hundred rows: operations, problems, sessions, connections, uploads."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

LISTING = Place("table")

ACTIONS = (
    Action("listing.down", "j,down", "move(1)", LISTING, "the next row", shown="j ↓"),
    Action("listing.up", "k,up", "move(-1)", LISTING, "the row before", shown="k ↑"),
    Action("listing.page_down", "pagedown,ctrl+f", "page(1)", LISTING, "a page down", shown="pgdn ^f"),
    Action("listing.page_up", "pageup,ctrl+b", "page(-1)", LISTING, "a page up", shown="pgup ^b"),
    Action("listing.first", "g,home", "edge(0)", LISTING, "the first row", shown="g home"),
    Action("listing.last", "G,end", "edge(1)", LISTING, "the last row", shown="G end"),
    Action("listing.open", "enter", "open", LISTING, "what stands behind the row", "open", shown="enter"),
)
