"""The call that is looked at: an exchange with all that is known of it, as a plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.facts import Facts
from inspector.s3.errors import ErrorText
from inspector.s3.probed import NOTHING_PROBED, ProbedFacts
from inspector.sigv4.authorization import Authorization
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Exchange, Fidelity, Request, Response
from inspector.wire.outcome import went_wrong


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call of the same session that began before the one that is looked at. `body` is its request's."""

    exchange: Exchange
    facts: Facts
    authorization: Authorization
    body: BodyInfo = EMPTY_BODY
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a multipart upload. `size`: bytes of its body's payload; `etag` as the answer has it.

    `worked`: it was answered, and well.
    """

    operation: str
    started_at: float
    part: int | None = None
    size: int = 0
    worked: bool = False
    etag: str | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange, its facts, its bodies' first 64 KiB, and what the recording knows around it.

    `error` is the answer's error body; its code and message are the facts'. `around` is what signatures are searched
    with. `earlier` are calls of the session before this one, the nearest first: attempts of the same call, and what
    led to it (a redirect). `upload` are calls of its multipart upload, the first one first: those before it
    where it failed, all that are recorded where it began the upload. `id` is that of the recording, None for a request
    from elsewhere. `probed` is what was asked of B2 itself.
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
    earlier: tuple[Earlier, ...] = ()
    upload: tuple[Step, ...] = ()
    probed: ProbedFacts = NOTHING_PROBED

    @property
    def request(self) -> Request:
        """The request's head."""
        return self.exchange.request

    @property
    def response(self) -> Response | None:
        """The answer's head, None when none came."""
        return self.exchange.response

    @property
    def authorization(self) -> Authorization:
        """What the request says of its signer."""
        return self.signed.authorization

    @property
    def status(self) -> int | None:
        """The answer's status, None when none came."""
        return self.exchange.response.status if self.exchange.response else None

    @property
    def failed(self) -> bool:
        """Whether the call failed: no answer, or one that says so."""
        return went_wrong(self.status, self.exchange.failure) or self.facts.error_code is not None

    @property
    def succeeded(self) -> bool:
        """Whether an answer came and says nothing of an error. A call without an answer has neither failed nor not."""
        return self.status is not None and not self.failed

    @property
    def rebuilt(self) -> bool:
        """Whether the bytes come from a source that did not keep them as they travelled."""
        return self.exchange.fidelity is Fidelity.REBUILT
