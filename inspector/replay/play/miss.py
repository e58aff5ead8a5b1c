"""A question that the recording has no answer to: why, what came nearest, and how to record it.

The words for the reason are vcrpy's where it has them, which users of pytest-recording know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inspector.replay.match.question import Question
from inspector.replay.play.cassette import Taped


class Reason(str, Enum):
    """Why there is no answer."""

    CASSETTE_NOT_FOUND = "cassette_not_found"
    """There is no recording yet (the door says so: a player always has one)."""
    NOTHING_SIMILAR = "nothing_similar"
    """Nothing in the recording is like it."""
    NO_MATCH = "no_match"
    """Calls like it were recorded; they differ in what `Near.parts` says."""
    BODY_DIFFERS = "body_differs"
    """The same call was recorded with another payload."""
    ALREADY_PLAYED = "already_played"
    """It was recorded, and answered as often as it was recorded; repeats are not allowed."""
    OUT_OF_ORDER = "out_of_order"
    """It was recorded, but of another state of the object, which is not the one that it has now."""
    BODY_NOT_KEPT = "body_not_kept"
    """It was recorded, but its answer's body was cut off or left away in the recording."""
    PATH_STYLE_DIFFERS = "path_style_differs"
    """Only the style of addressing differs, and `match_on` says that it counts."""
    SIGNATURE_INVALID = "signature_invalid"
    """The client signed wrongly, and signatures are verified."""


@dataclass(frozen=True, slots=True)
class Near:
    """A recorded call that came near. `parts` are the dimensions that differ; `words` say how, in S3's terms:
    `same UploadPart, part 3, body differs at byte 4,096 (decoded)`.
    """

    call: Taped
    parts: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Miss:
    """No answer. `near`: at most three recorded calls, the nearest first. `advice`: the command that records it, or
    what else to do. `message` is all of it in one line, for an error's text. `status` is what the client is told.
    """

    reason: Reason
    question: Question
    message: str
    near: tuple[Near, ...] = ()
    advice: str = ""
    status: int = 400
    code: str = "RecordingMiss"
