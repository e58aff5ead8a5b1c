"""A miss, explained: the reason in a word, what came nearest, and the command that records it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inspector.replay.match.question import Question
from inspector.replay.play.asked import Asked
from inspector.replay.play.cassette import Cassette
from inspector.replay.play.miss import Miss, Near, Reason
from inspector.replay.play.near import named, nearest
from inspector.replay.play.options import Options, Wrong
from inspector.replay.play.shelf import Shelf
from inspector.replay.play.story import Entry

_WHY = {
    Reason.NOTHING_SIMILAR: "nothing like it was recorded",
    Reason.NO_MATCH: "it was not recorded so",
    Reason.BODY_DIFFERS: "it was recorded with another body",
    Reason.PATH_STYLE_DIFFERS: "it was recorded in another style of addressing",
    Reason.ALREADY_PLAYED: "it was answered as often as it was recorded",
    Reason.OUT_OF_ORDER: "it was recorded in another state of the object",
    Reason.BODY_NOT_KEPT: "its body was not kept in the recording",
}


def invalid(question: Question, wrong: Wrong) -> Miss:
    """A request that is signed wrongly."""
    message = f"{_what(question)}: {wrong.words} (--verify-signatures)"
    advice = "Record the call and let `b2-inspector explain` prove what was signed instead."
    return Miss(Reason.SIGNATURE_INVALID, question, message, (), advice, wrong.status, wrong.code)


class Surroundings(NamedTuple):
    """What a miss is explained from."""

    shelf: Shelf
    cassette: Cassette
    names: Sequence[str]
    options: Options


def explained(reason: Reason, asked: Asked, entry: Entry | None, around: Surroundings) -> Miss:
    """Why there is no answer. `entry` is the recorded call that would have been it."""
    near: tuple[Near, ...] = ()
    if entry is not None:
        near = (Near(entry.call, (), f"{named(entry.head)}, call {entry.call.id}"),)
    else:
        near = nearest(asked, around.shelf, around.cassette, around.names)
        reason = _reason(near)
    advice = _advice(reason, around.options)
    message = f"{_what(asked.head)} is not in {around.cassette.name}: {_WHY[reason]}"
    if entry is None and near:
        message += f" (nearest: call {near[0].call.id}, {near[0].words})"
    return Miss(reason, asked.head, f"{message}. {advice}", near, advice)


def _reason(near: Sequence[Near]) -> Reason:
    if not near:
        return Reason.NOTHING_SIMILAR
    only = {"payload": Reason.BODY_DIFFERS, "style": Reason.PATH_STYLE_DIFFERS}
    return only.get(near[0].parts[0], Reason.NO_MATCH) if len(near[0].parts) == 1 else Reason.NO_MATCH


def _advice(reason: Reason, options: Options) -> str:
    if reason is Reason.BODY_NOT_KEPT:
        return f"Record it with --keep-body all: {options.record_command}"
    if reason is Reason.ALREADY_PLAYED:
        return "Allow repeats, or record it as often as it is asked for."
    return f"Record it: {options.record_command}"


def _what(question: Question) -> str:
    key = question.key.decode("utf-8", "backslashreplace")
    where = "/".join(part for part in (question.bucket, key) if part)
    return f"{named(question)} {where}".strip()
