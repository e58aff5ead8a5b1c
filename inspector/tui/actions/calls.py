"""The list of calls."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

LIST = Place("list of calls")
CALLS = Place("calls, any pane")

ACTIONS = (
    Action("list.down", "j,down", "move(1)", LIST, "the next call", shown="j ↓"),
    Action("list.up", "k,up", "move(-1)", LIST, "the call before", shown="k ↑"),
    Action("list.page_down", "pagedown,ctrl+f", "page(1)", LIST, "a page down", shown="pgdn ^f"),
    Action("list.page_up", "pageup,ctrl+b", "page(-1)", LIST, "a page up", shown="pgup ^b"),
    Action("list.first", "g,home", "edge(0)", LIST, "the first call", shown="g home"),
    Action("list.last", "G,end", "edge(1)", LIST, "the newest call", shown="G end"),
    Action("calls.open", "enter", "open", CALLS, "read the selected call", shown="enter"),
    Action("calls.next", "J", "step(1)", CALLS, "the next call, from any pane", shown="J"),
    Action("calls.previous", "K", "step(-1)", CALLS, "the call before", shown="K"),
    Action("calls.back", "escape", "back", CALLS, "back to the list; there, drop the filter", shown="esc"),
    Action("calls.follow", "F", "follow", CALLS, "stay with the newest call, or stop", shown="F"),
    Action("calls.tab_next", "]", "turn(1)", CALLS, "the next tab of the selected call", shown="]"),
    Action("calls.tab_previous", "[", "turn(-1)", CALLS, "the tab before", shown="["),
    Action("calls.pane", "tab", "other_pane(1)", CALLS, "the next pane", "pane", shown="tab", priority=True),
    Action("calls.pane_before", "shift+tab", "other_pane(-1)", CALLS, "the pane before", shown="⇧tab", priority=True),
    Action("calls.layout", "-", "layout", CALLS, "all panes, or one of them alone", shown="-"),
    Action("calls.grow", "+", "resize_pane(1)", CALLS, "more room for this pane", shown="+"),
    Action("calls.shrink", "_", "resize_pane(-1)", CALLS, "less room for this pane", shown="_"),
)
