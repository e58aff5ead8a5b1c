"""A request's head in the user's editor."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace

import click

from inspector.errors import UsageError
from inspector.wire.exchange import Request
from inspector.wire.headers import Header


def edited(request: Request) -> Request:
    """The request as the user leaves it. Lines end with a line feed in the file; all other bytes are the head's own.

    Raises:
        UsageError: the editor failed, or what it left is no head.
    """
    lines = [b"%b %b" % (request.method, request.target), *(b"%b: %b" % line for line in request.headers)]
    handle, path = tempfile.mkstemp(suffix=".http", prefix="b2-inspector-")  # readable for this user alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"\n".join(lines) + b"\n")
        click.edit(filename=path)
        with open(path, "rb") as left:
            return parsed(request, left.read())
    except click.ClickException as error:
        raise UsageError(f"the editor failed: {error.message}", "Name one that works: EDITOR=nano") from None
    finally:
        os.unlink(path)


def parsed(request: Request, text: bytes) -> Request:
    """A request with the head that stands in `text`: `METHOD TARGET`, then a header a line.

    Raises:
        UsageError: it is none.
    """
    lines = text.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    method, space, target = lines[0].partition(b" ")
    if not method or not space or not target:
        raise UsageError("the first line is not METHOD TARGET", "as in: GET /bucket/key?versionId=4_z")
    return replace(request, method=method, target=target, headers=tuple(map(_header, lines[1:])))


def _header(line: bytes) -> Header:
    name, colon, value = line.partition(b":")
    if not colon or not name.strip():
        raise UsageError(f"{line[:80].decode('utf-8', 'replace')!r} is no header line", "NAME: VALUE")
    return name, value.removeprefix(b" ")
