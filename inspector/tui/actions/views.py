"""What can be done in the views beside that of the calls."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import Action, Place

OPS = Place("operations")
SESSIONS = Place("sessions")
TIMELINE = Place("timeline")

ACTIONS = (
    Action("ops.sort", "o", "sort(1)", OPS, "sort by the next column", "sort", shown="o"),
    Action("ops.sort_back", "O", "sort(-1)", OPS, "sort by the column before", shown="O"),
    Action("sessions.mark", "m", "mark", SESSIONS, "mark a session, to compare two", "mark", shown="m"),
    Action("sessions.diff", "d", "diff", SESSIONS, "compare the two sessions marked last", "diff", shown="d"),
    Action("calls.timeline", "t", "app.view('timeline')", CALLS, "the selected call in time", "time", shown="t"),
    Action("timeline.earlier_call", "h,left", "step(-1)", TIMELINE, "the call before on this connection", shown="h ←"),
    Action("timeline.later_call", "l,right", "step(1)", TIMELINE, "the next call on this connection", shown="l →"),
    Action("timeline.earlier", "H,shift+left", "pan(-1)", TIMELINE, "half a screen earlier", "earlier", shown="H"),
    Action("timeline.later", "L,shift+right", "pan(1)", TIMELINE, "half a screen later", "later", shown="L"),
    Action("timeline.in", "plus,equals_sign", "zoom(-1)", TIMELINE, "a shorter span of time", "zoom", shown="+"),
    Action("timeline.out", "minus", "zoom(1)", TIMELINE, "a longer span of time", shown="-"),
    Action("timeline.attempt", "n", "attempt(1)", TIMELINE, "the next attempt of the same call", shown="n"),
    Action("timeline.attempt_before", "N", "attempt(-1)", TIMELINE, "the attempt before", shown="N"),
)
