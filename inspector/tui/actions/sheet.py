"""Screens that cover the view, and the signature view among them."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

SHEET = Place("any screen on top")

ACTIONS = (
    Action("sheet.back", "escape,q", "back", SHEET, "back to where one was", "back", shown="esc q"),
    Action("sheet.help", "?,f1", "app.keys", SHEET, "this help", "help", shown="? f1"),
    Action("sheet.quit", "ctrl+c", "app.quit", SHEET, "quit", shown="^c ^q"),
)
