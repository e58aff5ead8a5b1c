"""Two sessions beside each other."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

SESSIONS_DIFF = Place("two sessions")

ACTIONS = (Action("sessions_diff.all", "a", "all", SESSIONS_DIFF, "calls that are the same, too", "all", shown="a"),)
