"""Comparing."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import Action, Place

DIFF = Place("two calls")
_COMPARE = "compare: the two marked last, or this call with the one most like it"
_SECTIONS = range(1, 9)

ACTIONS = (
    Action("calls.diff", "d", "app.sheet('diff')", CALLS, _COMPARE, "diff", shown="d"),
    Action("diff.next_section", "],tab", "turn(1)", DIFF, "the next section", "section", shown="] tab"),
    Action("diff.section_before", "[,shift+tab", "turn(-1)", DIFF, "the section before", shown="[ ⇧tab"),
    *(
        Action(f"diff.section_{place}", str(place), f"section({place - 1})", DIFF, f"section {place}", shown=str(place))
        for place in _SECTIONS
    ),
    Action("diff.next", "n", "difference(1)", DIFF, "the next difference", "next", shown="n"),
    Action("diff.before", "N", "difference(-1)", DIFF, "the difference before", shown="N"),
    Action("diff.volatile", "v", "volatile", DIFF, "dates, signatures and ids, too", "volatile", shown="v"),
    Action("diff.more", "}", "context(1)", DIFF, "more lines round a difference", shown="}"),
    Action("diff.less", "{", "context(-1)", DIFF, "fewer lines round a difference", shown="{"),
    Action("diff.swap", "x", "swap", DIFF, "the other way round", shown="x"),
)
