"""What is asked of the stand-in: a request with its facts and signature, and what B2 is set up to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.facts import Facts, facts_of
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.wire.exchange import Request
from inspector.wire.headers import get


@dataclass(frozen=True, slots=True)
class Account:
    """What B2 knows of the caller.

    `keys`: the application keys that are valid; empty: any well-formed one is, and no signature can be checked.
    `capabilities`: what they may do, None for everything. `public`: the buckets that anyone may read.
    """

    keys: Sequence[Key] = ()
    capabilities: frozenset[str] | None = None
    public: frozenset[str] = frozenset()

    def key(self, key_id: str) -> Key | None:
        """The key of that id."""
        return next((key for key in self.keys if key.key_id == key_id), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request head, read. `now` in Unix seconds."""

    request: Request
    facts: Facts
    signed: SignedRequest
    now: float

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header, name in lower case."""
        return get(self.request.headers, name)


def asked(request: Request, now: float) -> Asked:
    """Read a request head."""
    return Asked(request, facts_of(request, None, b"", b""), signed_request(request), now)
