"""The command line: the verbs of the terminal UI, and those of `b2-inspector` that read."""

from __future__ import annotations

from inspector.errors import InspectorError
from inspector.tui.services import Services
from inspector.tui.writing import verbs
from inspector.tui.writing.bar import WritingBar
from inspector.view.render import safe

_EXAMPLES = "goto 12 · explain region-mismatch · sort dur · export har out.har · a number goes to that call"


class CommandBar(WritingBar):
    """A command as it is written; what it does is said while one writes it."""

    KIND = "command"

    def __init__(self, services: Services) -> None:
        super().__init__(services, _EXAMPLES)

    def suggest(self, text: str) -> None:
        before = text[: self.field.cursor_position]
        start = before.rfind(" ") + 1
        words = verbs.complete(self.services, before)
        self.offer(start, [] if words == [before[start:]] else words)

    def changed(self, text: str) -> None:
        verb = verbs.VERBS.get(text.split(" ")[0])
        self.say("" if verb is None else f"{verb.usage}: {verb.words}")

    def accept(self) -> None:
        """Do it; what cannot be done is said, and can be mended."""
        text = self.field.value
        try:
            verb, rest = verbs.found(text)
            if verb is not None:
                verb.run(self.services, rest)
        except InspectorError as error:
            self.say(f"{safe(error.message)}\n{safe(error.hint)}")
        else:
            super().accept()
