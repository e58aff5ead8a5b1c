"""An action: what the user can do, with which keys, in which place.

Each has an id by which a keymap can give it other keys. Textual's key names are used; a key that some terminals cannot
tell from another (ctrl+m is Enter, ctrl+i is Tab, ctrl+h is Backspace, ctrl+j is a line feed) is never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Place = NewType("Place", str)
"""Where an action can be taken, in the words of the help: which part of the screen has the keys."""

ANYWHERE = Place("anywhere")


@dataclass(frozen=True, slots=True)
class Action:
    """An action: its id, the keys that ask for it, what is done, where, its words in the help.

    Without keys it is to be had from the palette and the command line alone.

    `call` is `name(1)`, the method `action_name` of the place's widget; `app.name(1)`, the application's; or
    `package.module:function`, which is imported when it is asked for the first time and gets the `Services`. `short` is
    its word in the footer; without one it is not shown there.
    """

    id: str
    keys: str
    call: str
    place: Place
    words: str
    short: str = ""
    shown: str = ""
    priority: bool = False

    @property
    def is_function(self) -> bool:
        """Whether a function is called, and no method of a widget."""
        return ":" in self.call
