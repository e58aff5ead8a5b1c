"""The selected call: its tabs and what they show."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

DETAIL = Place("selected call")

ACTIONS = (
    Action("detail.hex", "h", "hex", DETAIL, "bodies in hex, or as text again", "hex", shown="h"),
    *(
        Action(f"detail.tab_{name}", str(number), f"tab({number - 1})", DETAIL, words, shown=str(number))
        for number, (name, words) in enumerate(
            (
                ("summary", "what the call meant"),
                ("request", "its request"),
                ("response", "its answer"),
            ),
            1,
        )
    ),
)
