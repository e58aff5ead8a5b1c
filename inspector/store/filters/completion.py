"""What may stand where the cursor is: first a field, then a value of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.store.filters.fields import CHOICES, FIELDS, FLAGS, Kind, resolve

_TOKEN = re.compile(r"[-!(]*(?P<word>(?:(?P<field>[A-Za-z_][\w.-]*)(?:\[[^\]\s]*\])?[:~])?(?P<value>\S*))$")

ORDERED_EXAMPLES = {
    Kind.STATUS: ("2xx", "4xx", "5xx", "400..499", "none"),
    Kind.SIZE: (">1M", "<1k"),
    Kind.DURATION: (">500ms", ">2s"),
    Kind.TIME: (">today", '>"yesterday 3pm"'),
    Kind.AGE: ("<10m", "<1h"),
}
"""Values to offer for fields whose own are too many."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is written from `start` on: `prefix` of a value of `field`, or of a field's name where that is None."""

    start: int
    field: str | None
    prefix: str


def place(text: str, cursor: int) -> Place:
    """What the word before the cursor is the beginning of."""
    match = _TOKEN.search(text[:cursor])
    assert match is not None  # the empty word is one too
    field = resolve(match["field"]) if match["field"] else None
    if field is None:
        return Place(match.start("word"), None, match["word"])
    return Place(match.start("value"), field, match["value"])


def fields(prefix: str) -> list[str]:
    """The fields that begin so, each with its colon, in the order of the table."""
    return [f"{name}:" for name in FIELDS if name.startswith(prefix.lower())]


def fixed_values(field: str, prefix: str) -> list[str]:
    """The values of a field that no recording need be asked for."""
    known = tuple(FLAGS) if field == "is" else CHOICES.get(field) or ORDERED_EXAMPLES.get(FIELDS[field].kind, ())
    return [value for value in known if value.startswith(prefix.lower())]
