"""What is promised and not there yet is refused by name, so that nobody takes it for a typing error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from inspector.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

VERBS = {
    "scan": ("secrets in a recording", "secrets are replaced before they are recorded"),
    "scrub": ("a copy of a recording without its secrets", "secrets are replaced before they are recorded"),
}
"""Verb: what it will do, and what helps until then."""

_FLAGS = {"--secret-stdin": "recording needs no secret: leave it away"}


def unbuilt_verb(name: str) -> click.Command | None:
    """A command that refuses `name`, whatever stands behind it; None for a verb that was never promised."""
    if name not in VERBS:
        return None
    purpose, hint = VERBS[name]

    def refuse(**_: Any) -> None:
        raise UsageError(f"`{name}` ({purpose}) is known, but not built yet", hint)

    anything = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)
    settings = {"ignore_unknown_options": True, "help_option_names": []}
    return click.Command(name, callback=refuse, params=[anything], context_settings=settings, hidden=True)


def unbuilt_options(function: F) -> F:
    """Add the options of everything that captures that are promised: hidden, refused where they are used."""
    for name in _FLAGS:
        function = click.option(name, is_flag=True, hidden=True, expose_value=False, callback=_refuse)(function)
    return function


def _refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        name = param.opts[0]
        raise UsageError(f"{name} is known, but not built yet", _FLAGS[name])
