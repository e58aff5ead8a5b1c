"""The player: from a request and its payload to the recorded answer, or to why there is none. Safe for any threads."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import NamedTuple, cast

from inspector.replay.match.dimensions import DEFAULT, named
from inspector.replay.match.native import AUTHORIZE
from inspector.replay.match.payload import KEPT, LONGEST_DOCUMENT, NOTHING, Payload
from inspector.replay.match.question import Question, Reading, Remembered, speaks_json, with_arguments, with_payload
from inspector.replay.play import deletions, faults, recut
from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.asked import Asked
from inspector.replay.play.binding import Binder
from inspector.replay.play.bindings import Bindings
from inspector.replay.play.cassette import Cassette, Taped
from inspector.replay.play.choosing import chosen_read, chosen_write, of_other_state
from inspector.replay.play.deletions import derive_deletion
from inspector.replay.play.derive import derive
from inspector.replay.play.derived import Derived
from inspector.replay.play.listing import LISTS
from inspector.replay.play.lists import Lists
from inspector.replay.play.made import made_by
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.missing import Surroundings, explained, invalid
from inspector.replay.play.options import Binding, Options, Repeats, Retries
from inspector.replay.play.present import Presenter
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Line, first_read
from inspector.replay.play.veils import Veils
from inspector.wire.exchange import Request

_WRITTEN_OTHERWISE = LISTS | recut.OPERATIONS | deletions.OPERATIONS
"""Operations that clients ask for in other forms."""


class _Missed(NamedTuple):
    """Nothing was found; `entry` is the recorded call that would have been the answer."""

    reason: Reason
    asked: Asked
    entry: Entry | None


class Player:
    """Plays a cassette. `ask` is the whole of it; the rest tells what became of the cassette."""

    def __init__(self, cassette: Cassette, options: Options | None = None) -> None:
        self.cassette = cassette
        self.options = options or Options()
        self._lock = Lock()
        self._reading = Reading()
        self._names = named(self.options.match_on)
        # Where more must be the same than what is meant, the same meaning in another form is no answer.
        self._by_meaning = set(self._names) <= set(DEFAULT)
        # Whether a question alone, and nothing that was answered before, can decide for an answer.
        self._keeps = self._names == DEFAULT and not self.options.faults and self.options.repeats is not Repeats.NONE
        collapse = self.options.retries is Retries.COLLAPSE
        self._shelf = Shelf(cassette, self._reading, self._names, collapse=collapse)
        self._bindings = Bindings(self.options.names)
        again = self.options.repeats is Repeats.ALL
        self._binder = Binder(self._shelf, self._bindings, again=again)
        self._veils = Veils(self._shelf, self._bindings)
        self._presenter = Presenter(cassette, self._bindings, self._veils, self.options.latency)
        self._lists = Lists(self._shelf, cassette, self._chosen, self.options.repeats)
        self._recut = recut.Recut(self._shelf, cassette)
        self._surroundings = Surroundings(self._shelf, cassette, self._names, self.options)
        self._lies: dict[tuple[str, bytes], bytes] = {}  # of what is stored wrongly, the tags that would be right
        self._used: set[int] = set()
        self._counts: Counter[Source] = Counter()
        self._answered: Counter[int] = Counter()
        self._steady: list[tuple[Remembered, Entry]] = []  # with counts that are in no other yet

    @property
    def looked_into(self) -> int:
        """Bytes of a payload that are looked into; of a scrubbed recording's more, for pseudonyms stand in them."""
        return LONGEST_DOCUMENT if self._veils.are_there else KEPT

    # Asking

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The answer to a request, or why there is none. `now` in Unix seconds. Never waits.

        Raises:
            what the cassette raises when it cannot be read.
        """
        wrong = self.options.verifier(request, payload, now) if self.options.verifier else None
        with self._lock:
            found = self._found(request, payload, now) if wrong is None else None
            self._counts[found.source if isinstance(found, Answer) else Source.MISS] += 1
        if isinstance(found, Answer):
            return found
        if found is not None:  # explained outside of the lock: that reads bodies
            return explained(found.reason, found.asked, found.entry, self._surroundings)
        assert wrong is not None
        return invalid(self.question(request, payload), wrong)

    def _found(self, request: Request, payload: Payload, now: float) -> Answer | _Missed:
        heard = self._reading.remembered(request)
        if heard.steady is not None and not payload.size and self._speaks_as_recorded:
            heard.times += 1
            return cast(Answer, heard.steady)
        found = self._looked_for(heard, request, payload, now)
        if isinstance(found, Answer) and found.call is not None:
            self._answered[found.call.id] += 1
        return found

    def _looked_for(self, heard: Remembered, request: Request, payload: Payload, now: float) -> Answer | _Missed:
        question = self._head(heard, request, payload)
        fault = next((one for one in self.options.faults if one.strikes(question)), None)
        if fault is not None and fault.instead:
            return faults.in_place(fault, question, request, now)
        self._honest(question)
        found = self._answer(Asked(question, request, payload, now, heard))
        if fault is None or not isinstance(found, Answer):
            return found
        spoiled = faults.spoiled(fault, found)
        self._lie(question, found, spoiled)
        return spoiled

    def _lie(self, question: Question, found: Answer, spoiled: Answer) -> None:
        """A server that stored other bytes tells their tag to whoever asks later, too."""
        true, false = faults.tag_of(found), faults.tag_of(spoiled)
        if true and false and true != false:
            self._lies[question.bucket, question.key] = true
            self._bindings.bind(true, false)

    def _honest(self, question: Question) -> None:
        """An upload takes the place of what was stored wrongly."""
        if self._lies and question.operation in faults.UPLOADS:
            true = self._lies.pop((question.bucket, question.key), None)
            if true is not None:
                self._bindings.unbind(true)

    def _head(self, heard: Remembered, request: Request, payload: Payload) -> Question:
        """The question of a request without its payload; of the native API with the arguments, which are all of it."""
        head = heard.question
        if not speaks_json(head):
            return head
        question = with_arguments(head, request, payload.document() or b"")
        if question.operation != AUTHORIZE:
            return question
        return question._replace(settings=self._shelf.credentials.recorded(question.settings))

    def question(self, request: Request, payload: Payload = NOTHING) -> Question:
        """What a request asks, as it is matched; for logs."""
        with self._lock:
            return self._reading.read(request, payload)

    @property
    def _speaks_as_recorded(self) -> bool:
        """Whether no name, id or secret of now stands for a recorded one."""
        return self._bindings.is_empty and not self._veils.is_lifted

    def _answer(self, asked: Asked) -> Answer | _Missed:
        head, payload, now = asked.head, asked.payload, asked.now
        if not self._bindings.is_empty:
            asked.question = self._bindings.recorded(head, now)
            asked.payload = self._bindings.document(payload)
        self._complete(asked)
        line = self._line(asked)
        if line is None and self.options.binding is Binding.RANDOM:
            bound = self._binder.bound(head._replace(payload=asked.question.payload), now)
            if bound is not None:
                asked.question = bound
                self._complete(asked)
                line = self._line(asked)
            if line is None and payload.size:
                line = self._named_inside(asked)
        if line is None:
            line = self._unveiled(asked)
        asked.rename = self._renames(asked)
        if asked.rename:
            self._bindings.speaks(head)
        found = None if line is None else self._chosen(line, asked.question)
        if not isinstance(found, Entry):
            return self._otherwise(found, line, asked)
        if line is not None and self._is_steady(line, asked):
            self._note(asked.heard, found)
        return self._played(found, asked)

    def _is_steady(self, line: Line, asked: Asked) -> bool:
        """Whether a question has the one answer, whatever comes between: no write of its object was recorded."""
        return (
            self._keeps
            and line.is_single
            and asked.question is asked.heard.question
            and not (asked.payload.size or asked.question.handed or asked.rename)
            and self._presenter.answer(line.entries[0], rename=False) is not None
            and self._speaks_as_recorded
        )

    def _note(self, heard: Remembered, entry: Entry) -> None:
        """From now on this head has this answer."""
        if len(self._steady) >= Reading.MOST:
            self._forget()
        heard.steady = entry.prepared
        self._steady.append((heard, entry))

    def _settle(self) -> None:
        """Count what was given without a look at the entries."""
        for heard, entry in self._steady:
            entry.played += heard.times
            self._answered[entry.call.id] += heard.times
            heard.times = 0

    def _forget(self) -> None:
        """Look for every answer anew."""
        self._settle()
        self._steady.clear()
        self._reading.forget()

    @staticmethod
    def _complete(asked: Asked) -> None:
        if asked.payload.size:
            asked.question = with_payload(asked.question, asked.request, asked.payload)

    def _renames(self, asked: Asked) -> bool:
        """Whether the answer is to have names of now: not for who asks under recorded ones, which ids do not tell."""
        if asked.head.api == "b2":
            return not self._bindings.is_empty
        if self._bindings.is_empty or self._bindings.has_ids:
            return not self._bindings.is_empty
        return not asked.head.bucket or asked.question[:10] != asked.head[:10]

    def _line(self, asked: Asked) -> Line | None:
        line = self._shelf.line(asked.question, asked.request)
        if line is None or not asked.question.handed:
            return line
        return line if self._binder.same_upload(line, asked.question) else None

    def _named_inside(self, asked: Asked) -> Line | None:
        """The recorded answers to a question whose payload has names of now in it, as a manifest has."""
        renamed = self._binder.renamed(asked.head, asked.payload, asked.now)
        if renamed is None:
            return None
        question, payload = asked.question, asked.payload
        asked.question, asked.payload = self._bindings.recorded(asked.head, asked.now), renamed
        self._complete(asked)
        line = self._line(asked)
        if line is None:
            asked.question, asked.payload = question, payload
        else:
            self._veils.renamed(renamed, payload)
        return line

    def _unveiled(self, asked: Asked) -> Line | None:
        """The recorded answers to a question in whose recording pseudonyms stand for secrets."""
        line = self._veils.line(asked)
        return line if line is None or self._binder.same_upload(line, asked.question) else None

    def _chosen(self, line: Line, question: Question) -> Entry | Reason | None:
        if line.entries[0].writes:
            return chosen_write(line, self.options.repeats)
        found = chosen_read(line, question, self.options.repeats)
        if found is None and line.entries[0].story.at < 0:
            found = first_read(line)
            found.story.begin(found.seq)
        return found

    def _played(self, entry: Entry, asked: Asked) -> Answer | _Missed:
        answer = self._presenter.answer(entry, asked.rename)
        if answer is None:
            return self._derive(asked) or _Missed(Reason.BODY_NOT_KEPT, asked, entry)
        _come(entry)
        if asked.head.metadata and entry.head.metadata != asked.head.metadata:
            self._veils.learn(entry.head.metadata, asked.head.metadata)
        if asked.question.handed:
            self._binder.learn_upload(entry, asked.question)
        return answer

    def _otherwise(self, found: Reason | None, line: Line | None, asked: Asked) -> Answer | _Missed:
        """What is answered where no recorded answer of the present state is left."""
        if found is not None:
            return _Missed(found, asked, line.entries[-1] if line else None)
        derived = self._derive(asked)
        if derived is not None:
            return derived
        if line is None:
            return _Missed(Reason.NO_MATCH, asked, None)
        write = line.entries[0].story.last_write
        state = made_by(write, self._shelf, self.cassette) if asked.question.key else None
        other = of_other_state(line, state, self.options.repeats)
        if isinstance(other, Reason):
            return _Missed(other, asked, line.entries[-1])
        return self._played(other, asked)

    def _derive(self, asked: Asked) -> Answer | None:
        """An answer that follows from the recording."""
        if not self.options.derive:
            return None
        operation = asked.question.operation
        if operation in _WRITTEN_OTHERWISE and not self._by_meaning:
            return None
        if operation in LISTS:
            return self._list(asked)
        if operation in recut.OPERATIONS:
            derived = self._recut.derive(asked)
        elif operation in deletions.OPERATIONS:
            derived = derive_deletion(asked, self._shelf)
        else:
            derived = derive(asked.question, asked.request, self._shelf, self.cassette, asked.now)
        return None if derived is None else self._followed(derived, asked)

    def _followed(self, derived: Derived, asked: Asked) -> Answer:
        self._used.update(derived.used if derived.call is None else (derived.call.id, *derived.used))
        if derived.write is not None:
            _come(derived.write)
        for story, seq in derived.moves:
            story.settle(seq)
        return self._presenter.derived(derived, asked.rename)

    def _list(self, asked: Asked) -> Answer | None:
        """A list that was recorded, or that is within one, written as this client wants it."""
        found = self._lists.find(asked.question)
        if found is None:
            return None
        self._used.update(entry.call.id for entry in found.entries)
        return self._presenter.rewritten(found.entries[0], found.body, found.note, asked.rename)

    # What became of it

    def bind(self, then: str, now: str) -> None:
        """An id (upload, version, token, ETag without quotes) that a live server gave in place of the recorded one."""
        with self._lock:
            self._bindings.bind(then.encode(), now.encode())

    def add(self, call: Taped) -> None:
        """A call that was just recorded beside the others: it has been asked for, and may be again."""
        with self._lock:
            self._forget()
            _come(self._shelf.add(call))

    def rewind(self) -> None:
        """Begin anew: nothing was asked yet, nothing is bound but the names that were given."""
        with self._lock:
            self._forget()
            for entry in self._shelf.entries:
                entry.played = entry.stamp = 0
            for story in self._shelf.stories.values():
                story.rewind()
            self._bindings.clear()
            self._binder.clear()
            self._veils.clear()
            self._recut.clear()
            self._shelf.credentials.clear()
            self._lies.clear()
            self._used.clear()
            self._counts.clear()
            self._answered.clear()

    @property
    def counts(self) -> dict[Source, int]:
        """How many calls were answered, by where the answer came from; misses among them."""
        with self._lock:
            return dict(self._counts)

    def answered(self) -> Counter[int]:
        """How many answers came from each recorded call, by its id: given as they were, adapted or spoiled."""
        with self._lock:
            self._settle()
            return +self._answered

    def unplayed(self) -> list[Taped]:
        """The recorded calls that nobody has asked for, and that served for no other answer."""
        with self._lock:
            self._settle()
            left_away = self._shelf.passing() if self.options.retries is Retries.COLLAPSE else set()
            asked = self._used | left_away
            return [one.call for one in self._shelf.entries if not one.played and one.call.id not in asked]

    def play_counts(self) -> dict[int, int]:
        """How often each recorded call was given as an answer, by its id."""
        with self._lock:
            self._settle()
            return {entry.call.id: entry.played for entry in self._shelf.entries}


def _come(entry: Entry) -> None:
    """A recorded call has been asked for."""
    entry.played += 1
    for story in entry.changes:
        story.moved(entry.seq)
    entry.stamp = entry.story.round
