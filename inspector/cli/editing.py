"""A request's head in the user's editor."""

from __future__ import annotations

import os
import tempfile

import click

from inspector.errors import UsageError
from inspector.replay.editing import head_text, parsed
from inspector.wire.exchange import Request


def edited(request: Request) -> Request:
    """The request as the user leaves it.

    Raises:
        UsageError: the editor failed, or what it left is no head.
    """
    handle, path = tempfile.mkstemp(suffix=".http", prefix="b2-inspector-")  # readable for this user alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head_text(request))
        click.edit(filename=path)
        with open(path, "rb") as left:
            return parsed(request, left.read())
    except click.ClickException as error:
        raise UsageError(f"the editor failed: {error.message}", "Name one that works: EDITOR=nano") from None
    finally:
        os.unlink(path)
