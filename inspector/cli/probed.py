"""What `doctor --probe` wrote, for the verbs that reason about B2."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from inspector.cli.common import say
from inspector.errors import UsageError
from inspector.paths import probed_file
from inspector.s3.probed import NOTHING_PROBED, ProbedFacts, read_probed

LARGEST = 4 << 20
"""Bytes of a file of answers that are read; one has some 60 KB."""

probed_option = click.option(
    "--probed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Answers of B2 that doctor --probe wrote, instead of those in the data directory.",
)


def probed_at_hand(environ: Mapping[str, str], given: Path | None = None) -> ProbedFacts:
    """The answers in the file that was named, else in the data directory; nothing where there are none.

    Raises:
        UsageError: the file that was named holds none.
    """
    path = given or probed_file(environ)
    found = _read(path)
    if given is not None and found is None:
        raise UsageError(
            f"{given} holds no answers of doctor --probe", "doctor --probe BUCKET --output FILE writes one"
        )
    if given is not None and found is not None and not found.of_b2:
        say(f"{given}: it was not B2 that answered, so nothing of it is taken for B2's")
    return found or NOTHING_PROBED


def _read(path: Path) -> ProbedFacts | None:
    try:
        with path.open("rb") as file:
            return read_probed(file.read(LARGEST))
    except OSError:
        return None
