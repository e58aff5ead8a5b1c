"""The player: from a request and its payload to the recorded answer, or to why there is none. Safe for any threads."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from threading import Lock

from inspector.replay.match.dimensions import named
from inspector.replay.match.payload import NOTHING, Payload
from inspector.replay.match.question import Question, Reading, with_payload
from inspector.replay.play import faults
from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.binding import Binder
from inspector.replay.play.bindings import Bindings
from inspector.replay.play.cassette import Cassette, Taped
from inspector.replay.play.choosing import chosen_read, chosen_write, of_other_state
from inspector.replay.play.derive import Derived, derive
from inspector.replay.play.listing import LISTS, LONGEST, contains, listed, rewritten
from inspector.replay.play.made import made_by
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.missing import explained, invalid
from inspector.replay.play.options import Binding, Options, Retries
from inspector.replay.play.present import Presenter
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Line, first_read
from inspector.wire.exchange import Request

LISTS_LOOKED_AT = 200
"""Recorded questions that are looked at for a list that has another one in it."""


class Player:
    """Plays a cassette. `ask` is the whole of it; the rest tells what became of the cassette."""

    def __init__(self, cassette: Cassette, options: Options | None = None) -> None:
        self.cassette = cassette
        self.options = options or Options()
        self._lock = Lock()
        self._reading = Reading()
        self._names = named(self.options.match_on)
        collapse = self.options.retries is Retries.COLLAPSE
        self._shelf = Shelf(cassette, self._reading, self._names, collapse=collapse)
        self._bindings = Bindings(self.options.names)
        self._binder = Binder(self._shelf, self._bindings)
        self._presenter = Presenter(cassette, self._bindings, self.options.latency)
        self._used: set[int] = set()
        self._counts: Counter[Source] = Counter()

    # Asking

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The answer to a request, or why there is none. `now` in Unix seconds. Never raises, never waits."""
        if self.options.verifier is not None:
            wrong = self.options.verifier(request, payload, now)
            if wrong is not None:
                return self._counted(invalid(self.question(request, payload), wrong))
        with self._lock:
            question = self._reading.head(request)
            fault = self._fault(question)
            if fault is not None and fault.instead:
                return self._counted(faults.in_place(fault, question, request, now))
            found = self._answer(question, request, payload, now)
            if fault is not None and isinstance(found, Answer):
                found = faults.spoiled(fault, found)
            return self._counted(found)

    def question(self, request: Request, payload: Payload = NOTHING) -> Question:
        """What a request asks, as it is matched; for logs."""
        with self._lock:
            return self._reading.read(request, payload)

    def _fault(self, question: Question) -> faults.Fault | None:
        return next((one for one in self.options.faults if one.strikes(question)), None)

    def _counted(self, found: Answer | Miss) -> Answer | Miss:
        self._counts[Source.MISS if isinstance(found, Miss) else found.source] += 1
        return found

    def _answer(self, head: Question, request: Request, payload: Payload, now: float) -> Answer | Miss:
        if not self._bindings.is_empty:
            head = self._bindings.recorded(head, now)
            payload = self._bindings.document(payload)
        question = with_payload(head, request, payload) if payload.size else head
        line = self._line(question, request)
        if line is None and self.options.binding is Binding.RANDOM:
            bound = self._binder.bound(question, now)
            if bound is not None:
                question = bound
                line = self._line(question, request)
        found: Entry | Reason | None = None
        if line is not None:
            found = self._chosen(line, question)
            if isinstance(found, Entry):
                return self._played(found, question, request, payload, now)
        return self._otherwise(found, line, question, request, payload, now)

    def _line(self, question: Question, request: Request) -> Line | None:
        line = self._shelf.line(question, request)
        if line is None or not question.handed:
            return line
        return line if self._binder.same_upload(line, question) else None

    def _chosen(self, line: Line, question: Question) -> Entry | Reason | None:
        if line.entries[0].writes:
            return chosen_write(line, self.options.repeats)
        found = chosen_read(line, question, self.options.repeats)
        if found is None and line.entries[0].story.at < 0:
            found = first_read(line)
            found.story.begin(found.seq)
        return found

    def _played(
        self, entry: Entry, question: Question, request: Request, payload: Payload, now: float
    ) -> Answer | Miss:
        answer = self._presenter.answer(entry, now)
        if answer is None:
            derived = derive(question, request, self._shelf, self.cassette, now) if self.options.derive else None
            if derived is None:
                return self._missed(Reason.BODY_NOT_KEPT, question, request, payload, entry)
            return self._derived(derived, now)
        entry.played += 1
        for story in entry.changes:
            story.moved(entry.seq)
        entry.stamp = entry.story.round
        if question.handed:
            self._binder.learn_upload(entry, question)
        return answer

    def _otherwise(
        self,
        found: Reason | Entry | None,
        line: Line | None,
        question: Question,
        request: Request,
        payload: Payload,
        now: float,
    ) -> Answer | Miss:
        """What is answered where no recorded answer of the present state is left."""
        if isinstance(found, Reason):
            return self._missed(found, question, request, payload, line.entries[-1] if line else None)
        if self.options.derive:
            derived = derive(question, request, self._shelf, self.cassette, now)
            if derived is not None:
                return self._derived(derived, now)
            if question.operation in LISTS:
                answer = self._list(question, request, now)
                if answer is not None:
                    return answer
        if line is None:
            return self._missed(Reason.NO_MATCH, question, request, payload, None)
        state = made_by(line.entries[0].story.last_write, self._shelf, self.cassette) if question.key else None
        other = of_other_state(line, state, self.options.repeats)
        if isinstance(other, Reason):
            return self._missed(other, question, request, payload, line.entries[-1])
        return self._played(other, question, request, payload, now)

    def _derived(self, derived: Derived, now: float) -> Answer:
        if derived.call is not None:
            self._used.add(derived.call.id)
        return self._presenter.derived(derived, now)

    def _list(self, question: Question, request: Request, now: float) -> Answer | None:
        """A list that was recorded, or that is within one, written as this client wants it."""
        alike = self._shelf.listings.get(listed(question), {})
        for recorded, line in islice(alike.items(), LISTS_LOOKED_AT):
            if not contains(recorded, question):
                continue
            entry = self._chosen(line, recorded)
            if not isinstance(entry, Entry) or entry.call.response is None or entry.call.response.status != 200:
                continue
            body = self.cassette.answer(entry.call)
            if body.size > LONGEST or body.size < entry.call.response_info.sent.size:
                continue
            written = rewritten(b"".join(body.windows()), entry.head, question)
            if written is not None:
                self._used.add(entry.call.id)
                note = f"the list of call {entry.call.id}, as it is asked for"
                return self._presenter.rewritten(entry, written, note, now)
        return None

    def _missed(
        self, reason: Reason, question: Question, request: Request, payload: Payload, entry: Entry | None
    ) -> Miss:
        return explained(
            reason, question, request, payload, entry, self._shelf, self.cassette, self._names, self.options
        )

    # What became of it

    def bind(self, then: str, now: str) -> None:
        """An id (upload, version, token, ETag without quotes) that a live server gave in place of the recorded one."""
        with self._lock:
            self._bindings.bind(then.encode(), now.encode())

    def add(self, call: Taped) -> None:
        """A call that was just recorded beside the others: it has been asked for, and may be again."""
        with self._lock:
            entry = self._shelf.add(call)
            entry.played += 1
            for story in entry.changes:
                story.moved(entry.seq)
            entry.stamp = entry.story.round

    def rewind(self) -> None:
        """Begin anew: nothing was asked yet, nothing is bound but the names that were given."""
        with self._lock:
            for entry in self._shelf.entries:
                entry.played = entry.stamp = 0
            for story in self._shelf.stories.values():
                story.rewind()
            self._bindings.clear()
            self._binder.clear()
            self._used.clear()
            self._counts.clear()

    @property
    def counts(self) -> dict[Source, int]:
        """How many calls were answered, by where the answer came from; misses among them."""
        with self._lock:
            return dict(self._counts)

    def unplayed(self) -> list[Taped]:
        """The recorded calls that nobody has asked for, and that served for no other answer."""
        with self._lock:
            return [one.call for one in self._shelf.entries if not one.played and one.call.id not in self._used]

    def play_counts(self) -> dict[int, int]:
        """How often each recorded call was given as an answer, by its id."""
        with self._lock:
            return {entry.call.id: entry.played for entry in self._shelf.entries}


def with_notes(answer: Answer, *notes: str) -> Answer:
    """An answer with more to say of where it comes from."""
    return replace(answer, notes=(*answer.notes, *notes))
