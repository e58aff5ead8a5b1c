"""`export --as fixture`: a recording as text for git, its large bodies beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click

from inspector.cli.output import announce
from inspector.errors import UsageError
from inspector.store.reader import Recording


def export_fixture(opened: Recording, ids: Sequence[int], output: Path | None, known: tuple[bytes, ...]) -> None:
    """Write the fixture of these calls.

    Raises:
        UsageError: it needs files beside it, and no file is named.
        Refused: something in it looks like a credential.
    """
    from inspector.formats.fixture.bodies import DIRECTORY
    from inspector.formats.fixture.write import write
    from inspector.replay.taken import taken

    missing: list[int] = []
    calls = list(taken(opened, ids, missing))
    day = datetime.fromtimestamp(calls[0].start, UTC).date() if calls else date(2000, 1, 1)
    ready = write(calls, recorded=day, known=known)
    if output is not None:
        changed = ready.save(output)
        announce(f"{len(calls)} calls are in {output}" + ("" if changed else ", as they were"))
        if ready.files:
            announce(f"{len(ready.files)} bodies are in {output.parent / DIRECTORY}")
    elif ready.files:
        raise UsageError(f"{len(ready.files)} bodies are too large for the text", "name a file: -o NAME.http")
    else:
        click.echo(ready.text, nl=False)
    if missing:
        numbers = " ".join(f"#{number}" for number in missing)
        announce(f"left out, because a body is not kept whole: {numbers}")
