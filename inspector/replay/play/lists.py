"""Which recorded list answers one that is asked for otherwise: wider, in other pages, or from what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from inspector.replay.match.question import Question
from inspector.replay.play.cassette import Cassette, is_whole
from inspector.replay.play.choosing import of_other_state
from inspector.replay.play.inventory import inventory
from inspector.replay.play.listing import LONGEST, contains, listed, next_page, one_page, rewritten
from inspector.replay.play.miss import Reason
from inspector.replay.play.options import Repeats
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Line

LOOKED_AT = 200
"""Recorded questions that are looked at for a list that has another one in it."""

MOST_PAGES = 1000

Choose = Callable[[Line, Question], Entry | Reason | None]


class Found(NamedTuple):
    """A list as it is asked for: its XML, where it is from in words, and the calls that it is from."""

    body: bytes
    note: str
    entries: tuple[Entry, ...]


class Lists:
    """Not to be used by two threads at a time. `choose` gives the recorded answer of the present state."""

    def __init__(self, shelf: Shelf, cassette: Cassette, choose: Choose, repeats: Repeats) -> None:
        self._shelf = shelf
        self._cassette = cassette
        self._choose = choose
        self._repeats = repeats

    def find(self, question: Question) -> Found | None:
        """The list of the present state; else what follows from what was written; else one of another state."""
        return (
            self._recorded(question, self._choose)
            or self._reckoned(question)
            or self._recorded(question, lambda line, _: of_other_state(line, None, self._repeats))
        )

    def _recorded(self, question: Question, choose: Choose) -> Found | None:
        alike = self._shelf.listings.get(listed(question), {})
        for recorded, line in islice(alike.items(), LOOKED_AT):
            entry = choose(line, recorded) if contains(recorded, question) else None
            body = self._body(entry)
            if not isinstance(entry, Entry) or body is None:
                continue
            written = rewritten(body, entry.head, question)
            if written is not None:
                return Found(written, f"the list of call {entry.call.id}, as it is asked for", (entry,))
            found = self._joined(entry, body, question, choose)
            if found is not None:
                return found
        return None

    def _joined(self, first: Entry, body: bytes, question: Question, choose: Choose) -> Found | None:
        """What is asked for out of the pages that were read one after the other."""
        pages = list(islice(self._pages(first, body, choose), MOST_PAGES))
        if len(pages) < 2 or next_page(pages[-1][1], pages[-1][0].head) is not None:
            return None
        whole, recorded = one_page([page for _, page in pages], first.head)
        written = rewritten(whole, recorded, question)
        ids = ", ".join(str(entry.call.id) for entry, _ in pages)
        entries = tuple(entry for entry, _ in pages)
        return None if written is None else Found(written, f"the pages of calls {ids}, as they are asked for", entries)

    def _pages(self, entry: Entry, body: bytes, choose: Choose) -> Iterator[tuple[Entry, bytes]]:
        while True:
            yield entry, body
            following = next_page(body, entry.head)
            line = None if following is None else self._shelf.listings.get(listed(following), {}).get(following)
            found = choose(line, following) if line is not None and following is not None else None
            more = self._body(found)
            if not isinstance(found, Entry) or more is None:
                return
            entry, body = found, more

    def _reckoned(self, question: Question) -> Found | None:
        body = inventory(question, self._shelf, self._cassette)
        first = self._shelf.first_of_bucket.get(question.bucket)
        if body is None or first is None:
            return None
        return Found(body, f"what was written since call {first.call.id} made the bucket", (first,))

    def _body(self, entry: Entry | Reason | None) -> bytes | None:
        if not isinstance(entry, Entry) or entry.call.response is None or entry.call.response.status != 200:
            return None
        body = self._cassette.answer(entry.call)
        if body.size > LONGEST or not is_whole(body, entry.call.response_info):
            return None
        return b"".join(body.windows())
