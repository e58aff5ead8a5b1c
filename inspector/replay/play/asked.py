"""A request on its way through the player."""

from __future__ import annotations

from dataclasses import dataclass, field

from inspector.replay.match.payload import Payload
from inspector.replay.match.question import Question, Remembered
from inspector.wire.exchange import Request


@dataclass(slots=True)
class Asked:
    """What is asked: `head` under the names of now, `question` and `payload` under those that were recorded.

    `rename`: the answer is to have the names of now.
    """

    head: Question
    request: Request
    payload: Payload
    now: float
    heard: Remembered
    question: Question = field(init=False)
    rename: bool = False

    def __post_init__(self) -> None:
        self.question = self.head
