"""A request without what authorizes it, and its lines and parameters exchanged without touching any other byte."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    for name in AUTHORIZING:
        request = with_line(request, name, None)
    return without_query_authorization(request)


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
    wanted = name.lower()
    places = [place for place, (there, _) in enumerate(request.headers) if there.lower() == wanted]
    if not places and value is None:
        return request
    kept: list[Header] = [line for at, line in enumerate(request.headers) if at not in places]
    if value is not None:
        written = wanted if request.http_version.startswith("HTTP/2") else name
        place = places[0] if places else len(kept)
        kept.insert(place, (request.headers[place][0] if places else written, value))
    return replace(request, headers=tuple(kept))
