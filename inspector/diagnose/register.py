"""The register of rules and causes. A rule looks at a call and says what it sees; a cause says what that means."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import lru_cache

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Cause, Seen

RULES = ("transport",)
"""Modules of `rules/`, one a family; families do not know each other."""

CAUSES = ("signature",)
"""Modules of `causes/`: each has a table `CAUSES`."""

Rule = Callable[[Call], Iterator[Seen]]

_RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Enter a rule: a function from a call to what it sees in it. It needs no secret, and never raises."""
    _RULES.append(function)
    return function


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, family by family."""
    for family in RULES:
        importlib.import_module(f"inspector.diagnose.rules.{family}")
    return tuple(_RULES)


@lru_cache(maxsize=1)
def all_causes() -> dict[str, Cause]:
    """Every cause by its slug."""
    causes: dict[str, Cause] = {}
    for family in CAUSES:
        for cause in importlib.import_module(f"inspector.diagnose.causes.{family}").CAUSES:
            if cause.slug in causes:
                raise ValueError(f"two causes are called {cause.slug}")
            causes[cause.slug] = cause
    return causes
