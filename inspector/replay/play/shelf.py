"""The recorded calls of a cassette by what they ask: one look for each call, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property

from inspector.native.body import read_object, text_of
from inspector.native.operations import arguments_of
from inspector.replay.match.dimensions import DEFAULT, DIMENSIONS
from inspector.replay.match.native import AUTHORIZE
from inspector.replay.match.payload import LONGEST_DOCUMENT, NOTHING, Payload
from inspector.replay.match.question import Question, Reading, speaks_json, with_arguments, with_payload
from inspector.replay.play.cassette import Cassette, Taped, is_whole
from inspector.replay.play.credentials import Credentials
from inspector.replay.play.listing import LISTS, LONGEST, keys_of, listed
from inspector.replay.play.native_scopes import MAKING, touched_natively
from inspector.replay.play.scopes import Scope, Touched, names_in_body, touched
from inspector.replay.play.story import Entry, Line, Story, mark_attempts
from inspector.wire.exchange import Request

Key = Hashable

SHORT = 64 * 1024
"""Bytes that are read of an answer that says what was made."""

MOST_LISTS = 200
"""Buckets whose lists are read for what is not there."""


class Group:
    """Calls whose heads ask the same. What their payloads are is learnt when one of them is asked for."""

    __slots__ = ("_alike", "_collapse", "_lines", "entries")

    def __init__(self, collapse: bool) -> None:
        self.entries: list[Entry] = []
        self._collapse = collapse
        self._alike = True  # in all that chooses between calls which are otherwise the same
        self._lines: dict[Hashable, Line] | None = None

    def line(self, question: Question, completed: Callable[[Entry], Question], by_payload: bool) -> Line | None:
        """The answers to a question, those that agree in what need not be the same before all others."""
        lines = self._lines
        if lines is None:
            lines = self._lines = self._arranged(completed, by_payload)
        payload = question.payload if by_payload else ""
        if self._alike:
            return lines.get(payload)
        return (
            lines.get((payload, question.handed, question.metadata))
            or lines.get((payload, question.handed))
            or lines.get(payload)
        )

    def add(self, entry: Entry) -> None:
        """One more."""
        self.entries.append(entry)
        self._lines = None

    def _arranged(self, completed: Callable[[Entry], Question], by_payload: bool) -> dict[Hashable, Line]:
        said = [(entry, completed(entry)) for entry in self.entries]
        payloads: dict[str, list[Entry]] = {}
        for entry, question in said:
            payloads.setdefault(question.payload if by_payload else "", []).append(entry)
        for entries in payloads.values():
            mark_attempts(entries)
        self._alike = len({(question.handed, question.metadata) for _, question in said}) == 1
        lines: dict[Hashable, Line] = {}
        for entry, question in said:
            if self._collapse and entry.passing:
                continue
            payload = question.payload if by_payload else ""
            lines.setdefault(payload, Line()).add(entry)
            if not self._alike:
                lines.setdefault((payload, question.handed), Line()).add(entry)
                lines.setdefault((payload, question.handed, question.metadata), Line()).add(entry)
        return lines


class Shelf:
    """All entries, by head and by scope. Not to be used by two threads at a time."""

    def __init__(self, cassette: Cassette, reading: Reading, names: tuple[str, ...], *, collapse: bool = False) -> None:
        self._collapse = collapse
        self._cassette = cassette
        self._reading = reading
        self._plain = names == DEFAULT
        self._dimensions = [DIMENSIONS[name] for name in names if name != "payload"]
        self.by_payload = "payload" in names
        self.entries: list[Entry] = []
        self.stories: dict[Scope, Story] = {}
        self.uploads: set[bytes] = set()
        self.first_of_bucket: dict[str, Entry] = {}
        self._groups: dict[Key, Group] = {}
        self.credentials = Credentials()
        self._large: dict[str, bytes] = {}
        for call in cassette.calls:
            self._put(call)

    def add(self, call: Taped) -> Entry:
        """Put one more call at the end."""
        for derived in ("by_operation", "listings", "ranges", "whole_lists"):
            self.__dict__.pop(derived, None)
        return self._put(call)

    def _put(self, call: Taped) -> Entry:
        head = self._reading.head(call.request)
        if head.api == "b2":
            head = self._native(call, head)
        reach = self._touched(call, head)
        entry = Entry(len(self.entries), call, head, self.story(reach.scope), reach)
        self.entries.append(entry)
        if not reach.writes:
            entry.story.first_read = min(entry.story.first_read, entry.seq)
        if reach.changes and call.succeeded:
            entry.changes = tuple(self.story(scope) for scope in reach.changes)
            for story in entry.changes:
                story.add_write(entry.seq, entry)
        if head.api == "s3" and head.bucket not in self.first_of_bucket and call.succeeded:
            self.first_of_bucket[head.bucket] = entry
        if call.upload_id:
            self.uploads.add(call.upload_id.encode())
        self.uploads.update(value for name, value in head.handed if name == b"uploadId")
        key = self._key(head, call.request)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(self._collapse)
        group.add(entry)
        return entry

    def story(self, scope: Scope) -> Story:
        """The story of a scope."""
        found = self.stories.get(scope)
        if found is None:
            found = self.stories[scope] = Story()
        return found

    def objects(self, bucket: str) -> Iterator[tuple[bytes, Story]]:
        """The objects of a bucket that were written, each with its story."""
        for scope, story in self.stories.items():
            if isinstance(scope, tuple) and scope[:2] == ("object", bucket) and story.entries:
                yield scope[2], story

    def read(self, request: Request) -> Question:
        """The question of a head."""
        return self._reading.head(request)

    def group(self, head: Question, request: Request) -> Group | None:
        """The calls whose heads ask the same."""
        return self._groups.get(self._key(head, request))

    def line(self, question: Question, request: Request) -> Line | None:
        """The recorded answers to a question."""
        group = self.group(question, request)
        return None if group is None else group.line(question, self.completed, self.by_payload)

    def completed(self, entry: Entry) -> Question:
        """The question of an entry, its payload included."""
        if entry.question is None:
            entry.question = with_payload(entry.head, entry.call.request, self.payload(entry.call))
        return entry.question

    def passing(self) -> set[int]:
        """The ids of attempts that failed and were made again."""
        for group in self._groups.values():
            group.line(group.entries[0].head, self.completed, self.by_payload)
        return {entry.call.id for entry in self.entries if entry.passing}

    def payload(self, call: Taped) -> Payload:
        """What a recorded call carried; its bytes are read when they are asked for."""
        digests = call.payload
        if not digests.size:
            return NOTHING
        return Payload(digests.size, digests.sha256, document=lambda: self._document(call))

    @cached_property
    def listings(self) -> dict[Key, dict[Question, Line]]:
        """Lists by where they begin, however they are written and however much of the bucket they are of."""
        found: dict[Key, dict[Question, Line]] = {}
        for entry in self.entries:
            if entry.head.operation in LISTS:
                alike = found.setdefault(listed(entry.head), {})
                alike.setdefault(entry.head, Line()).add(entry)
        return found

    @cached_property
    def whole_lists(self) -> dict[str, list[tuple[bytes, frozenset[bytes], Entry]]]:
        """Of each bucket the lists that leave nothing out below their prefix: that, and the keys."""
        found: dict[str, list[tuple[bytes, frozenset[bytes], Entry]]] = {}
        for entry in self.entries:
            if entry.head.operation not in LISTS or not entry.call.succeeded or len(found) > MOST_LISTS:
                continue
            body = self._cassette.answer(entry.call)
            if body.size <= LONGEST and is_whole(body, entry.call.response_info):
                keys = keys_of(b"".join(body.windows()), entry.head)
                if keys is not None:
                    prefix = dict(entry.head.query).get(b"prefix", b"")
                    found.setdefault(entry.head.bucket, []).append((prefix, keys, entry))
        return found

    @cached_property
    def ranges(self) -> dict[Question, list[Entry]]:
        """Reads of a part of an object, by the object as `known.base_of` has it."""
        found: dict[Question, list[Entry]] = {}
        for entry in self.entries:
            if entry.head.operation == "GetObject" and entry.head.range:
                base = entry.head._replace(range=b"", conditions=(), metadata=(), handed=())
                found.setdefault(base, []).append(entry)
        return found

    @cached_property
    def by_operation(self) -> dict[str, list[Entry]]:
        """The entries of each operation, for what came near."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.head.operation, []).append(entry)
        return found

    def _document(self, call: Taped) -> bytes | None:
        body = self._cassette.payload(call)
        if body.size > LONGEST_DOCUMENT or not is_whole(body, call.request_info):
            return None
        return b"".join(body.windows())

    def _native(self, call: Taped, head: Question) -> Question:
        """The whole question of a call of the native API, which says it in its body; what it makes is remembered."""
        if not speaks_json(head):
            return head
        question = with_arguments(head, call.request, self.payload(call).document() or b"")
        if question.operation == AUTHORIZE:
            self.credentials.add(question.settings, succeeded=call.succeeded)
        if call.succeeded and question.operation == "b2_create_key":
            self.credentials.made.add(self._told(call, "applicationKeyId").encode())
        if call.upload_id and question.operation == "b2_start_large_file":
            self._large[call.upload_id] = question.key
        return question

    def _told(self, call: Taped, name: str) -> str:
        """What a recorded answer in JSON says under a name."""
        answer = read_object(b"".join(self._cassette.answer(call).windows(0, SHORT)))
        return text_of(answer, name) or ""

    def _touched(self, call: Taped, head: Question) -> Touched:
        if head.api == "b2":
            document = (self.payload(call).document() or b"") if speaks_json(head) else b""
            made = self._told(call, "fileId") if head.operation in MAKING and call.succeeded else call.upload_id or ""
            reach = touched_natively(head, arguments_of(head.operation, call.request, document), self._large, made)
            return reach._replace(changes=tuple(self._everywhere(reach.changes)))
        document = (self.payload(call).document() or b"") if names_in_body(head) else b""
        return touched(head, call.request.method.decode("latin-1"), document)

    def _everywhere(self, changes: Iterable[Scope]) -> Iterator[Scope]:
        """Scopes; for a list of no known bucket all lists."""
        for scope in changes:
            if isinstance(scope, tuple) and len(scope) == 3 and not scope[2]:
                yield from [one for one in self.stories if isinstance(one, tuple) and one[:2] == scope[:2]]
            yield scope

    def _key(self, head: Question, request: Request) -> Key:
        if self._plain:
            return head[:10]
        return tuple([dimension(head, request) for dimension in self._dimensions])


def chained(groups: Iterable[Group]) -> Iterator[Entry]:
    """The entries of several groups."""
    return (entry for group in groups for entry in group.entries)
