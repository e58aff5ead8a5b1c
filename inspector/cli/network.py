"""The options that say by which way calls of our own go, and whom they trust."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])

NETWORK_OPTIONS = (
    click.option(
        "--connect-to",
        multiple=True,
        metavar="HOST:PORT:ADDR:PORT",
        help="Send what is meant for HOST:PORT to ADDR:PORT; Host, SNI and signature stay. Repeatable.",
    ),
    click.option(
        "--upstream-ca",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A CA (PEM) to trust for upstream servers.",
    ),
    click.option("--insecure-upstream", is_flag=True, help="Do not verify the certificates of upstream servers."),
)


def network_options(function: F) -> F:
    """Add `--connect-to`, `--upstream-ca` and `--insecure-upstream`."""
    for option in reversed(NETWORK_OPTIONS):
        function = option(function)
    return function
