"""The call that is looked at: an exchange with all that is known of it, as a plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.facts import Facts
from inspector.s3.errors import ErrorText
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Exchange, Fidelity


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange, its facts, its bodies' first 64 KiB, and what the recording knows around it.

    `error` is the answer's error body; its code and message are the facts'. `around` is what signatures are searched
    with. `id` is that of the recording, None for a request from elsewhere.
    """

    exchange: Exchange
    facts: Facts
    signed: SignedRequest
    request_body: bytes = b""
    response_body: bytes = b""
    response_info: BodyInfo = EMPTY_BODY
    error: ErrorText | None = None
    around: Surroundings = NOTHING_AROUND
    id: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int | None:
        """The answer's status, None when none came."""
        return self.exchange.response.status if self.exchange.response else None

    @property
    def failed(self) -> bool:
        """Whether the call failed: no answer, or one that says so."""
        return self.exchange.failure is not None or (self.status or 0) >= 400 or self.facts.error_code is not None

    @property
    def rebuilt(self) -> bool:
        """Whether the bytes come from a source that did not keep them as they travelled."""
        return self.exchange.fidelity is Fidelity.REBUILT
