"""A request without what authorizes it, and its lines and parameters exchanged without touching any other byte."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from inspector.sigv4.query_auth import query_fields
from inspector.wire.exchange import Request
from inspector.wire.headers import Header

AUTHORIZING = (
    b"Authorization",
    b"X-Amz-Date",
    b"X-Amz-Content-Sha256",
    b"X-Amz-Security-Token",
    b"X-Amz-Region-Set",
)
"""Headers that belong to an authorization. `Date` does not: HTTP has it for its own sake."""

PRESIGNING = frozenset(
    b"x-amz-" + name
    for name in (
        *(b"algorithm", b"content-sha256", b"credential", b"date", b"expires", b"region-set", b"security-token"),
        *(b"signature", b"signedheaders"),
    )
)
"""Lower-case names of the parameters of a presigned URL. One alone authorizes nothing, and yet would be read in a new
one."""


def unsigned(request: Request) -> Request:
    """The request without any authorization, in header or query, of whatever scheme; all else as it stood.

    A body in aws-chunked framing keeps its frame: who sends the request has to know what to do with it.
    """
    return without_query_authorization(with_lines(request, [(name, None) for name in AUTHORIZING]))


def without_query_authorization(request: Request) -> Request:
    """The request without the parameters of a presigned URL (SigV4, SigV2) or B2's download token."""
    return without_parameters(request, {name.lower() for name in query_fields(request.query)})


def without_parameters(request: Request, names: Collection[bytes]) -> Request:
    """The request without the query parameters of these lower-case names, however they are written."""
    pieces = request.query.split(b"&")
    kept = [piece for piece in pieces if _name(piece) not in names]
    if len(kept) == len(pieces):
        return request
    return replace(request, target=request.path + (b"?" + b"&".join(kept) if kept else b""))


def _name(piece: bytes) -> bytes:
    return unquote_to_bytes(piece.partition(b"=")[0]).lower()


def with_query(request: Request, pieces: Iterable[bytes]) -> Request:
    """The request with these pieces (`name=value`, encoded) at the end of its query."""
    query = b"&".join((request.query, *pieces) if request.query else pieces)
    return replace(request, target=request.path + b"?" + query)


def with_line(request: Request, name: bytes, value: bytes | None) -> Request:
    """The request with one line of this name: in place of the first there was, else at the end; None: with none.

    HTTP/2 has its names in lower case (RFC 9113 §8.2).
    """
    return with_lines(request, ((name, value),))


def with_lines(request: Request, lines: Sequence[tuple[bytes, bytes | None]]) -> Request:
    """As `with_line` for each of some different names, one after the other, in one pass."""
    wanted = {name.lower(): value for name, value in lines}
    kept: list[Header] = []
    found: set[bytes] = set()
    for line in request.headers:
        lower = line[0].lower()
        if lower not in wanted:
            kept.append(line)
        elif lower not in found:
            found.add(lower)
            value = wanted[lower]
            if value is not None:
                kept.append((line[0], value))
    lower_case = request.http_version.startswith("HTTP/2")
    for name, value in lines:
        if value is not None and name.lower() not in found:
            kept.append((name.lower() if lower_case else name, value))
    return request if len(kept) == len(request.headers) and not found else replace(request, headers=tuple(kept))
