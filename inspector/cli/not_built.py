"""Options that are promised and not there yet are refused by name, so that nobody takes them for a typing error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from inspector.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = {"--secret-stdin": "recording needs no secret: leave it away"}


def unbuilt_options(function: F) -> F:
    """Add the options of everything that captures that are promised: hidden, refused where they are used."""
    for name in _FLAGS:
        function = click.option(name, is_flag=True, hidden=True, expose_value=False, callback=_refuse)(function)
    return function


def _refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        name = param.opts[0]
        raise UsageError(f"{name} is known, but not built yet", _FLAGS[name])
