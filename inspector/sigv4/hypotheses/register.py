"""The register of hypotheses: each known by the slug of the cause it tests."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc

from inspector.sigv4.hypotheses.model import Change, Hypothesis, Problem

FAMILIES = (
    "key",
    "scope",
    "time",
    "host",
    "endpoint",
    "path",
    "path_encoding",
    "query",
    "query_encoding",
    "presigned",
    "headers",
    "header_writing",
    "header_encoding",
    "header_lists",
    "header_any",
    "payload",
    "line_ends",
    "homemade",
    "dressing",
)
"""Modules of this package, one a family; their order is that of equals in a report."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A hypothesis with its name. `words` say in one sentence what it holds the client, or the path, to have done."""

    cause: str
    family: str
    words: str
    alternatives: Hypothesis

    def changes(self, problem: Problem) -> Iterator[Change]:
        """The changes it holds possible for this request."""
        for change in self.alternatives(problem):
            yield Change(change.values, change.words, change.weight, change.cause or self.cause)


_REGISTER: dict[str, Registered] = {}


def hypothesis(cause: str) -> Callable[[Hypothesis], Hypothesis]:
    """Enter a function into the register, under the slug of its cause. Its docstring says it in words."""

    def enter(function: Hypothesis) -> Hypothesis:
        if cause in _REGISTER:
            raise ValueError(f"two hypotheses for {cause}")
        words = cleandoc(function.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        if not words:
            raise ValueError(f"the hypothesis {cause} does not say what it is")
        _REGISTER[cause] = Registered(cause, function.__module__.rpartition(".")[2], words, function)
        return function

    return enter


def all_hypotheses() -> tuple[Registered, ...]:
    """Every hypothesis, family by family."""
    for family in FAMILIES:
        importlib.import_module(f"inspector.sigv4.hypotheses.{family}")
    return tuple(sorted(_REGISTER.values(), key=lambda one: FAMILIES.index(one.family)))
