"""What can be done wherever one is."""

from __future__ import annotations

from inspector.tui.actions.table import ANYWHERE, Action
from inspector.tui.register import VIEWS

ACTIONS = (
    Action(
        "app.filter", "/,f", "filter", ANYWHERE, "show only some calls, in the filter language", "filter", shown="/ f"
    ),
    *(
        Action(f"app.view_{view.name}", view.key, f"view('{view.name}')", ANYWHERE, view.words, shown=view.key)
        for view in VIEWS
    ),
    Action("app.command", ":", "command", ANYWHERE, "the command line: goto, sort, export, explain...", shown=":"),
    Action("app.palette", "ctrl+p", "command_palette", ANYWHERE, "the palette: find what can be done", shown="^p"),
    Action("app.help", "?,f1", "keys", ANYWHERE, "this help", "help", shown="? f1"),
    Action("app.quit", "q,ctrl+c", "quit", ANYWHERE, "quit; a recorder goes on", "quit", shown="q ^c ^q"),
)
