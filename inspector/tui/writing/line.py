"""A line to write in: Textual's, that knows by their names all the letters which are its own."""

from __future__ import annotations

from textual.widgets import Input

_NAMED = {"at": "@", "backslash": "\\", "minus": "-", "plus": "+", "slash": "/", "underscore": "_"}
"""Letters that Textual (8.2) does not know by the names which it gives to their keys."""


class Line(Input):
    """What is a letter here is no key of what lies around: the footer must not offer it."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return super().check_consume_key(key, character or _NAMED.get(key))
