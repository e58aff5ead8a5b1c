"""The selected call: its tabs and what they show."""

from __future__ import annotations

from inspector.tui.actions.table import Action, Place

DETAIL = Place("selected call")

_TABS = (
    ("summary", "what the call meant"),
    ("request", "its request"),
    ("response", "its answer"),
    ("signature", "what was signed"),
    ("body", "a body alone"),
    ("timing", "where the time went"),
    ("raw", "both sides as they travelled"),
)

ACTIONS = (
    Action("detail.find", "/", "find", DETAIL, "find in this tab, bodies of any size included", "find", shown="/"),
    Action("detail.find_next", "n", "find_next(1)", DETAIL, "the next place; in the signature, difference", shown="n"),
    Action("detail.find_previous", "N", "find_next(-1)", DETAIL, "the place before", shown="N"),
    Action("detail.stop", "escape", "stop", DETAIL, "stop finding; else back to the list", shown="esc"),
    Action("detail.hex", "h", "way('hex')", DETAIL, "bodies in hex, or as text again", shown="h"),
    Action("detail.raw", ".", "way('raw')", DETAIL, "bodies as they were sent, or unpacked and indented", shown="."),
    Action("detail.chunks", "c", "way('chunks')", DETAIL, "the chunks of an aws-chunked body", shown="c"),
    Action("detail.side", "b", "side", DETAIL, "in the tab Body: the other side's", shown="b"),
    Action("detail.meanings", "i", "meanings", DETAIL, "what B2 does with each header", shown="i"),
    *(
        Action(f"detail.tab_{name}", str(number), f"tab({number - 1})", DETAIL, words, shown=str(number))
        for number, (name, words) in enumerate(_TABS, 1)
    ),
)
