"""What is done with calls from the list and what shows one of them: order, columns, marks, notes."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import ANYWHERE, Action

_CALLS = "inspector.tui.calls.hands"

ACTIONS = (
    Action("calls.sort", "o", f"{_CALLS}:choose_order", CALLS, "sort the list by...", shown="o"),
    Action("calls.reverse", "v", f"{_CALLS}:reverse", CALLS, "turn the order round", shown="v"),
    Action("calls.columns", "O", "app.sheet('columns')", CALLS, "choose the columns of the list", shown="O"),
    Action("calls.mark", "m", f"{_CALLS}:toggle_mark", CALLS, "mark the call, for diff; it is not pruned", shown="m"),
    Action("calls.only_marked", "M", f"{_CALLS}:only_marked", CALLS, "only marked calls, or all again", shown="M"),
    Action("calls.note", ";", f"{_CALLS}:write_note", CALLS, "write a note to the call", shown=";"),
    Action("calls.unmark_all", "", f"{_CALLS}:unmark_all", ANYWHERE, "take all marks away"),
)
