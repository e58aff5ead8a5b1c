"""Sending a call again."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import Action, Place

SENDING = Place("a call to be sent again")
_SHEET = "send the call again: a sheet shows first what would be sent"

ACTIONS = (
    Action("calls.replay", "r", "app.sheet('replay')", CALLS, _SHEET, "replay", shown="r"),
    Action(
        "calls.edit",
        "e",
        "inspector.tui.sending.screen:edit_first",
        CALLS,
        "the same, changed in $EDITOR first",
        shown="e",
    ),
    Action(
        "sending.send", "enter", "send", SENDING, "send it; what writes asks for a word first", "send", shown="enter"
    ),
    Action("sending.as_is", "a", "as_is", SENDING, "signed anew, or just as it was", "as it was", shown="a"),
    Action("sending.edit", "e", "edit", SENDING, "change the head in $EDITOR", "edit", shown="e"),
    Action("sending.endpoint", "u", "endpoint", SENDING, "send it to another endpoint", "endpoint", shown="u"),
    Action("sending.bucket", "b", "bucket", SENDING, "ask for another bucket", "bucket", shown="b"),
    Action("sending.secret", "S", "secret", SENDING, "give the secret of another key", "key", shown="S"),
    Action("sending.reset", "z", "reset", SENDING, "drop all changes", shown="z"),
)
