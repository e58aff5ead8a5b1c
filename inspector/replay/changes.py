"""What is asked to be different in a call that is sent again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from inspector.errors import UsageError
from inspector.replay.place import Endpoint, moved
from inspector.sigv4.canonical import encode
from inspector.sigv4.unsigned import with_line
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, Headers

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
Parameter = tuple[bytes, bytes | None]
"""A query parameter, not encoded; None: without an equals sign, as sub-resources are written."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different: all else stays as it was said. `body`: a file whose bytes are the payload instead."""

    endpoint: Endpoint | None = None
    bucket: str | None = None
    region: str | None = None
    set_headers: Headers = ()
    unset_headers: frozenset[bytes] = frozenset()
    set_query: tuple[Parameter, ...] = ()
    body: Path | None = None


def changed(request: Request, changes: Changes) -> Request:
    """The request with its changes, but for the body."""
    request = moved(request, changes.endpoint, changes.bucket)
    kept = tuple(line for line in request.headers if line[0].lower() not in changes.unset_headers)
    if len(kept) != len(request.headers):
        request = replace(request, headers=kept)
    for name, value in changes.set_headers:
        request = with_line(request, name, value)
    for parameter in changes.set_query:
        request = _with_parameter(request, parameter)
    return request


def _with_parameter(request: Request, parameter: Parameter) -> Request:
    """One parameter of the name, in place of the first there was, else at the end."""
    name, value = parameter
    written = encode(name) if value is None else encode(name) + b"=" + encode(value)
    pieces = request.query.split(b"&") if request.query else []
    places = [at for at, piece in enumerate(pieces) if unquote_to_bytes(piece.partition(b"=")[0]) == name]
    if places:
        pieces[places[0]] = written
        pieces = [piece for at, piece in enumerate(pieces) if at not in places[1:]]
    else:
        pieces.append(written)
    return replace(request, target=request.path + b"?" + b"&".join(pieces))


# As people write them


def read_header(text: str) -> Header:
    """`NAME:VALUE` as a line.

    Raises:
        UsageError: it is none.
    """
    name, colon, value = text.encode("utf-8", "surrogateescape").partition(b":")
    if not colon or not _NAME.fullmatch(name) or b"\r" in value or b"\n" in value:
        raise UsageError(f"--set-header {text[:80]!r} is no header line", "write NAME:VALUE, as in: Range:bytes=0-99")
    return name, value.strip(b" \t")


def read_names(texts: Iterable[str]) -> frozenset[bytes]:
    """Header names, lower case.

    Raises:
        UsageError: one is none.
    """
    names = [text.encode("utf-8", "surrogateescape").strip().lower() for text in texts]
    for name in names:
        if not _NAME.fullmatch(name):
            raise UsageError(f"--unset-header {name.decode('utf-8', 'replace')[:80]!r} is no name of a header", "NAME")
    return frozenset(names)


def read_parameter(text: str) -> Parameter:
    """`NAME=VALUE`, or `NAME` alone, in plain text: it is encoded here.

    Raises:
        UsageError: the name is empty.
    """
    name, equals, value = text.encode("utf-8", "surrogateescape").partition(b"=")
    if not name:
        raise UsageError(f"--set-query {text[:80]!r} has no name", "write NAME=VALUE, as in: max-keys=10")
    return name, value if equals else None
