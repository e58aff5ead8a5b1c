"""The signature view, and the secrets it needs."""

from __future__ import annotations

from inspector.tui.actions.calls import CALLS
from inspector.tui.actions.table import ANYWHERE, Action, Place

SIGNATURE = Place("signature view")

ACTIONS = (
    Action("signature.open", "s", "app.sheet('signature')", CALLS, "what was signed, and why", "sig", shown="s"),
    Action("signature.next", "n", "difference(1)", SIGNATURE, "the next difference", "difference", shown="n"),
    Action("signature.previous", "N", "difference(-1)", SIGNATURE, "the difference before", shown="N"),
    Action("signature.secret", "s", "secret", SIGNATURE, "give the secret of its key id", "secret", shown="s"),
    Action("signature.forget", "f", "forget", SIGNATURE, "forget every secret", "forget", shown="f"),
    Action("signature.deeper", "D", "deeper", SIGNATURE, "search three deviations at once", "deeper", shown="D"),
    Action("signature.next_call", "J", "step(1)", SIGNATURE, "the next call", shown="J"),
    Action("signature.previous_call", "K", "step(-1)", SIGNATURE, "the call before", shown="K"),
    Action("secrets.forget", "", "inspector.tui.signature.secrets:forget", ANYWHERE, "forget every secret"),
)
