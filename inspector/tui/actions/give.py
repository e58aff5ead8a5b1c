"""What goes out: to the clipboard, into files, to a pager and an editor."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import Action

_GIVE = "inspector.tui.give"

ACTIONS = (
    Action("call.copy", "y", f"{_GIVE}.copy:choose", CALLS, "copy: curl, boto3, URL, key, id...", "copy", shown="y"),
    Action("call.export", "x", f"{_GIVE}.export:choose", CALLS, "export into a file", "export", shown="x"),
    Action("call.pager", "f3", f"{_GIVE}.outside:page_body", CALLS, "the body in your pager", shown="f3"),
    Action("call.editor", "f4", f"{_GIVE}.outside:edit_body", CALLS, "a copy of the body in your editor", shown="f4"),
)
