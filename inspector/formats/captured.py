"""What a reader yields: exchanges with their bodies, and a word for everything else that the file held.

A reader is a function of a binary stream and a moment (Unix seconds, taken where the file names none). It yields in
the file's order and raises `FormatError` where the file breaks, after everything before the break was yielded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from inspector.wire.exchange import Exchange, Response
from inspector.wire.problem import Problem
from inspector.wire.uid import uuid7

PIECE_BYTES = 1024 * 1024
"""The size of the pieces in which a large body is handed on."""

Body = bytes | Iterable[bytes]
"""A body, whole or in pieces that can be taken once."""

# What an import knows to be lost or changed on one side of an exchange; part of `Exchange.alterations`.
BODY_MISSING = "{side}-body-missing"
BODY_DECODED = "{side}-body-decoded"
BODY_REBUILT = "{side}-body-rebuilt"
BODY_LOSSY = "{side}-body-lossy"
TRAILERS_LOST = "{side}-trailers-lost"
MESSAGES_LOST = "websocket-messages-lost"


def answer_as_kept(exchange: Exchange) -> Response | None:
    """The answer whose body is kept: without a content coding that whoever captured it took off."""
    response = exchange.response
    if response is None or BODY_DECODED.format(side="response") not in exchange.alterations:
        return response
    return replace(response, headers=tuple(one for one in response.headers if one[0].lower() != b"content-encoding"))


@dataclass(frozen=True, slots=True)
class Captured:
    """An exchange of a foreign file. A gap is how many bytes of a body are known to be missing from the file."""

    exchange: Exchange
    request_body: Body = b""
    response_body: Body = b""
    request_gap: int = 0
    response_gap: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """Something in the file that is no exchange: `what` groups it ("tcp flow"), `detail` says more."""

    what: str
    detail: str = ""


OUR_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""The uid of a call that this project wrote into another's format: it stays."""

Item = Captured | Passed | Problem
Reader = Callable[[BinaryIO, float], Iterator[Item]]


def pieces(body: Body) -> Iterator[bytes]:
    """A body in pieces, none of them empty."""
    if isinstance(body, bytes):
        yield from (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
    else:
        yield from (piece for piece in body if piece)


class Uids:
    """Uids that are the same whenever the same file is read, and different for equal calls within it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind.encode()
        self._seen: dict[bytes, int] = {}

    def make(self, started: float, *identity: bytes) -> str:
        """The uid of the call that began at `started` and is told from others by `identity`."""
        digest = hashlib.sha256(self._kind)
        for part in identity:
            digest.update(b"%d:" % len(part) + part)
        key = digest.digest()[:16]
        count = self._seen[key] = self._seen.get(key, -1) + 1
        return uuid7(started, hashlib.sha256(b"%b%d" % (key, count)).digest())
