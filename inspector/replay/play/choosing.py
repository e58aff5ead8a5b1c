"""Which of the recorded answers to one question is given: by the state of what it is about, then in order."""

from __future__ import annotations

from inspector.replay.match.question import Question
from inspector.replay.play.made import Known
from inspector.replay.play.miss import Reason
from inspector.replay.play.options import Repeats
from inspector.replay.play.story import END, Entry, Line, first_again, next_write
from inspector.wire.headers import get


def chosen_write(line: Line, repeats: Repeats) -> Entry | Reason:
    """The write to answer."""
    entry = next_write(line)
    if entry is not None:
        return entry
    return first_again(line) if repeats is Repeats.ALL else Reason.ALREADY_PLAYED


def chosen_read(line: Line, question: Question, repeats: Repeats) -> Entry | Reason | None:
    """The read to answer; None where none was recorded in the present state."""
    story = line.entries[0].story
    fresh, steady = line.within(*(story.window() if _changes(question) else (-1, END)))
    if fresh is not None:
        return fresh
    if steady is not None and repeats is Repeats.NONE:
        return Reason.ALREADY_PLAYED
    return steady


def _changes(question: Question) -> bool:
    """Whether what is read may change: a version of an object does not."""
    return not any(name == b"versionId" for name, _ in question.query)


def of_other_state(line: Line, state: Known | None, repeats: Repeats) -> Entry | Reason:
    """A read that was recorded in another state of its object, where nothing that is known speaks against it."""
    story = line.entries[0].story
    later, later_steady = line.within(story.at, END)
    _, before = line.within(-1, story.at + 1)
    candidates = [later] if repeats is Repeats.NONE else [later, before, later_steady]
    for entry in candidates:
        if entry is not None and _agrees(entry, state):
            return entry
    return Reason.ALREADY_PLAYED if repeats is Repeats.NONE and later is None else Reason.OUT_OF_ORDER


def _agrees(entry: Entry, state: Known | None) -> bool:
    answer = entry.call.response
    if state is None or answer is None:
        return True
    if not state.exists or answer.status == 404:
        return not state.exists and answer.status == 404
    etag = get(answer.headers, b"etag")
    return etag is None or state.etag is None or etag.strip().removeprefix(b"W/").strip(b'"') == state.etag
