"""The line in which a filter is written, and below it what is wrong with it, or what it finds."""

from __future__ import annotations

from functools import partial

from textual.timer import Timer

from inspector.errors import FilterError
from inspector.store.filters import MalformedFilter, completion, parse, sentence
from inspector.tui.jobs import Job
from inspector.tui.services import Services
from inspector.tui.writing.bar import WritingBar
from inspector.tui.writing.suggestions import SHOWN
from inspector.view.render import safe

_EXAMPLES = "status:5xx op:PutObject key:2024/* is:error (a bare word is part of a name)"

_TYPING = 0.12
"""Seconds that a filter rests before it is searched for: not at each letter."""

_UNDECIDED = 0.8
"""The same where its last word is the beginning of a field's name."""


class FilterBar(WritingBar):
    """The filter as it is written: it is looked for while one writes."""

    KIND = "filter"

    def __init__(self, services: Services) -> None:
        super().__init__(services, _EXAMPLES)
        self._typing: Timer | None = None

    def open(self, text: str | None = None) -> None:
        """Write on at the filter that holds."""
        text = self.services.state.filter if text is None else text
        self.say(sentence(parse(text)) if text else "")
        super().open(text)

    # What it means

    def changed(self, text: str) -> None:
        self._rest()
        try:
            node = self.services.readable(text)
        except FilterError as error:
            self._say_wrong(error)
            return
        self._typing = self.set_timer(self._pause(text), lambda: self._search(text, sentence(node)))

    def _pause(self, text: str) -> float:
        """How long to wait for more: what may become a field is hardly a word to look for, and would empty the list."""
        place = completion.place(text, self.field.cursor_position)
        return _UNDECIDED if place.field is None and place.prefix and completion.fields(place.prefix) else _TYPING

    def _search(self, text: str, words: str) -> None:
        self.services.search(text)
        self.say(words)

    def _say_wrong(self, error: FilterError) -> None:
        """Point at what cannot be read, in its place, and say what comes nearest."""
        if isinstance(error, MalformedFilter):
            carets = " " * error.start + "^" * max(1, error.end - error.start)
            self.say(f"{carets} {error.problem}\n{error.hint}")
        else:
            self.say(f"{error.message}\n{error.hint}")

    # What may follow

    def suggest(self, text: str) -> None:
        place = completion.place(text, self.field.cursor_position)
        if place.field is None:
            words = completion.fields(place.prefix)
            self.offer(place.start, [] if words == [place.prefix] else words[:SHOWN])
        else:
            work = partial(_values, field=place.field, prefix=place.prefix)
            self.services.jobs.start(self, "values", work, partial(self._take, place), failed=_nothing)

    def _take(self, place: completion.Place, words: list[str]) -> None:
        """What was found, if the cursor still stands there."""
        if self.display and completion.place(self.field.value, self.field.cursor_position) == place:
            self.offer(place.start, [] if words == [place.prefix] else words)

    # The end

    def _rest(self) -> None:
        if self._typing is not None:
            self._typing.stop()

    def accept(self) -> None:
        """What is written holds, even where one was faster than the search."""
        self._rest()
        text = self.field.value
        try:
            self.services.readable(text)
        except FilterError as error:
            self._say_wrong(error)  # one stays in the line, for what is in force is another
            return
        if text.strip() != self.services.state.filter:
            self.services.search(text)
        super().accept()

    def action_drop(self) -> None:
        self._rest()
        self.close()
        if self.services.state.filter:
            self.services.search("")


def _values(job: Job, field: str, prefix: str) -> list[str]:
    """Values that occur; none that would do something to a terminal, for the line draws what it holds."""
    return [value for value in job.recording.values(field, prefix, SHOWN) if safe(value) == value]


def _nothing(_: object) -> None:
    """Where values cannot be read, none are offered."""
