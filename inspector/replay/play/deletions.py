"""Deletions of the same objects, grouped otherwise: one by one, where many were recorded at once, or the other way."""

from __future__ import annotations

from inspector.replay.play.asked import Asked
from inspector.replay.play.derived import Derived
from inspector.replay.play.scopes import deletions_of, object_scope
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry, Story
from inspector.s3.sentences import PROLOGUE, escape

OPERATIONS = frozenset(("DeleteObject", "DeleteObjects"))
_XML = (b"Content-Type", b"application/xml")


def derive_deletion(asked: Asked, shelf: Shelf) -> Derived | None:
    """The answer to a deletion of objects each of which was deleted in the recording; None where one was not."""
    question = asked.question
    if question.query or question.conditions or question.settings:
        return None
    if question.operation == "DeleteObject":
        keys, quiet = [question.key], True
    else:
        document = asked.payload.document() or b""
        named = deletions_of(document)
        keys, quiet = [key for key, version in named if version is None], b"<Quiet>true</Quiet>" in document
        if len(keys) != len(named):
            return None
    found = [(shelf.stories.get(object_scope(question.bucket, key)), key) for key in keys]
    deletions = [(story, _deletion(story)) for story, _ in found if story is not None]
    entries = [entry for _, entry in deletions if entry is not None]
    if not keys or len(entries) != len(keys):
        return None
    return _derived(asked, keys, quiet, [(story, entry) for story, entry in deletions if entry is not None], shelf)


def _deletion(story: Story) -> Entry | None:
    """The recorded deletion of an object: the next one, or the first."""
    deletions = [entry for entry in story.entries if entry.head.operation in OPERATIONS and not entry.head.query]
    return next((entry for entry in deletions if entry.seq > story.at), deletions[0] if deletions else None)


def _derived(
    asked: Asked, keys: list[bytes], quiet: bool, deletions: list[tuple[Story, Entry]], shelf: Shelf
) -> Derived:
    listed = shelf.story(("list", asked.question.bucket))
    moves = [(story, entry.seq) for story, entry in deletions] + [(listed, entry.seq) for _, entry in deletions]
    ids = tuple(dict.fromkeys(entry.call.id for _, entry in deletions))
    note = f"deleted by call {', '.join(map(str, ids))}"
    call = deletions[0][1].call
    if asked.question.operation == "DeleteObject":
        return Derived(204, (), None, lambda: iter(()), 0, call, note, used=ids, moves=tuple(moves))
    told = "" if quiet else "".join(f"<Deleted><Key>{escape(_text(key))}</Key></Deleted>" for key in keys)
    body = f'{PROLOGUE}<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{told}</DeleteResult>\n'.encode()
    return Derived(200, (_XML,), len(body), lambda: iter((body,)), len(body), call, note, used=ids, moves=tuple(moves))


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")
