"""The register of rules and causes. A rule looks at a call and says what it sees; a cause says what that means."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import cleandoc
from typing import overload

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Cause, Seen

RULES = (
    "head",
    "schemes",
    "credential",
    "keys",
    "scope",
    "clock",
    "presigned",
    "signed_headers",
    "payload",
    "forms",
    "entitlement",
    "caps",
    "resource",
    "multipart",
    "server",
    "checksums",
    "unsupported",
    "transport",
    "natives",
    "surprises",
    "endpoint",
    "probed",
)
"""Modules of `rules/`, one a family, a cause before its consequences; families do not know each other."""

CAUSES = (
    "signature_key",
    "signature_scope",
    "signature_time",
    "signature_host",
    "signature_path",
    "signature_query",
    "signature_headers",
    "signature_payload",
    "signature_presigned",
    "signature_schemes",
    "signature_homemade",
    "signature_verdicts",
    "witness",
    "b2_checksums",
    "b2_unsupported",
    "b2_transport",
    "b2_native",
    "b2_surprises",
    "keys",
    "entitlement",
    "caps",
    "resource",
    "server",
)
"""Modules of `causes/`: each has a table `CAUSES`, and a docstring that heads its chapter."""

Look = Callable[[Call], Iterator[Seen]]
When = Callable[[Call], bool]


def always(call: Call) -> bool:
    """Every call is looked at."""
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its name and the calls it looks at. Calling it gives what it sees; it needs no secret."""

    name: str
    family: str
    words: str
    look: Look
    when: When

    def __call__(self, call: Call) -> Iterator[Seen]:
        if self.when(call):
            yield from self.look(call)


_RULES: list[Rule] = []


@overload
def rule(look: Look) -> Rule: ...
@overload
def rule(*, when: When) -> Callable[[Look], Rule]: ...
def rule(look: Look | None = None, *, when: When = always) -> Rule | Callable[[Look], Rule]:
    """Enter a rule: a function from a call to what it sees in it, which never raises. Its docstring says it in words.

    `when` is what must hold of a call for the rule to be asked: most rules have nothing to say about calls that went
    well.
    """

    def enter(look: Look) -> Rule:
        words = cleandoc(look.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        if not words:
            raise ValueError(f"the rule {look.__name__} does not say what it is")
        entered = Rule(look.__name__, look.__module__.rpartition(".")[2], words, look, when)
        _RULES.append(entered)
        return entered

    return enter if look is None else enter(look)


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, family by family."""
    for family in RULES:
        importlib.import_module(f"inspector.diagnose.rules.{family}")
    return tuple(sorted(_RULES, key=lambda one: RULES.index(one.family)))


@dataclass(frozen=True, slots=True)
class Chapter:
    """The causes of one family. `title` and `words` are its module's docstring."""

    family: str
    title: str
    words: str
    causes: tuple[Cause, ...]


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """Every family of causes."""
    return tuple(_chapter(family) for family in CAUSES)


def _chapter(family: str) -> Chapter:
    module = importlib.import_module(f"inspector.diagnose.causes.{family}")
    title, _, words = cleandoc(module.__doc__ or "").partition("\n\n")
    return Chapter(family, title.rstrip("."), words, tuple(module.CAUSES))


@lru_cache(maxsize=1)
def all_causes() -> dict[str, Cause]:
    """Every cause by its slug, family by family."""
    causes: dict[str, Cause] = {}
    for chapter in chapters():
        for cause in chapter.causes:
            if cause.slug in causes:
                raise ValueError(f"two causes are called {cause.slug}")
            causes[cause.slug] = cause
    return causes
