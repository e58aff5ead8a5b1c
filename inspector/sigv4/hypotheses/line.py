"""A line of the canonical request that is made of something sent: another thing may be sent, or another line made.

What path and query have in common. A *source* says what the line was made of, where that is not what arrived (a prefix
more, a parameter less); a *rendering* says how it was written, where that is not by the rule (encoded twice, unsorted).
Each is one deviation. Both stand on one axis, where the solver cannot multiply them: that is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Generic, NamedTuple, TypeVar

from inspector.sigv4.hypotheses.model import Change, Problem, Value
from inspector.sigv4.hypotheses.register import hypothesis

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """What a line may have been made of. `reason` completes "the path was signed as '...',".

    `values` are those of other axes that go with it. Where `weight` is more than 1, renderings are not tried on it.
    """

    made_of: T
    reason: str
    values: Mapping[str, Value] = field(default_factory=dict)
    weight: int = 1


class Rendered(NamedTuple):
    """How a line may have been written; `reason` and `values` as in `Source`."""

    text: bytes
    reason: str
    values: Mapping[str, Value] = {}


Sources = Callable[[Problem], Iterator[Source[T]]]
Renderings = Callable[[Problem, T], Iterator[Rendered]]
Words = Callable[[bytes, bytes, str], str]
"""From what the rule makes of the source, what was signed, and the reason, to the sentence for the reader."""


class Line(Generic[T]):
    """One such line: its axis, what it is made of, the rule by which it is, and the words for it."""

    def __init__(
        self, axis: str, sent: Callable[[Problem], T], rule: Callable[[Problem, T], bytes], words: Words
    ) -> None:
        self.axis, self.sent, self.rule, self.words = axis, sent, rule, words
        self._renderings: dict[str, Renderings[T]] = {}

    def source(self, cause: str) -> Callable[[Sources[T]], Sources[T]]:
        """Enter a hypothesis of what the line was made of, written by the rule or in any other way."""

        def enter(function: Sources[T]) -> Sources[T]:
            @wraps(function)
            def changes(problem: Problem) -> Iterator[Change]:
                for source in function(problem):
                    yield from self._remade(problem, cause, source)

            hypothesis(cause)(changes)
            return function

        return enter

    def rendering(self, cause: str) -> Callable[[Renderings[T]], Renderings[T]]:
        """Enter a hypothesis of how the line was written."""

        def enter(function: Renderings[T]) -> Renderings[T]:
            @wraps(function)
            def changes(problem: Problem) -> Iterator[Change]:
                base = problem.parts[self.axis]
                for text, reason, values in function(problem, self.sent(problem)):
                    if text != base or values:
                        yield Change({**values, self.axis: text}, self.words(base, text, reason))

            self._renderings[cause] = function
            hypothesis(cause)(changes)
            return function

        return enter

    def _remade(self, problem: Problem, cause: str, source: Source[T]) -> Iterator[Change]:
        base = self.rule(problem, source.made_of)
        yield Change({**source.values, self.axis: base}, self.words(base, base, source.reason), source.weight)
        if source.weight > 1:
            return
        for other, render in self._renderings.items():
            for text, reason, values in render(problem, source.made_of):
                if text != base:
                    words = self.words(base, text, f"{source.reason} and {reason}")
                    yield Change({**source.values, **values, self.axis: text}, words, 2, f"{cause}+{other}")
