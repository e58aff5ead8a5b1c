"""Calls for tests of findings: a request as text or as signed by hand, with the answer it got."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from inspector.diagnose.call import Call, Earlier
from inspector.facts import facts_of
from inspector.s3.errors import read_error
from inspector.s3.sentences import error_body
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Exchange, Fidelity, Request, Response, Timing
from inspector.wire.headers import Headers
from tests.support.calls import known

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC, 20261122T120000Z."""


@dataclass(frozen=True)
class Answer:
    """What came back: `status` None when nothing did. `at` is the server's clock, None for an answer without a Date."""

    status: int | None = 403
    code: str | None = None
    message: str = ""
    at: float | None = NOON + 1
    headers: Headers = field(default=())

    def head(self, length: int) -> Response | None:
        """The head of the answer, whose body has so many bytes."""
        if self.status is None:
            return None
        date = () if self.at is None else ((b"Date", formatdate(self.at, usegmt=True).encode()),)
        lines = (*date, (b"Content-Length", str(length).encode()), (b"Server", b"nginx"), *self.headers)
        return Response(self.status, lines)

    @property
    def body(self) -> bytes:
        """The body of the answer, as B2 writes it."""
        return error_body(self.code, self.message) if self.code else b""


def request_of(text: str, authority: bytes = b"") -> Request:
    """The head of a request out of its text; the body, if any, is not part of it."""
    first, *lines = text.partition("\n\n")[0].strip("\n").split("\n")
    method, _, rest = first.encode("latin-1").partition(b" ")
    target, _, version = rest.rpartition(b" ")
    headers = tuple(_header(line.encode("latin-1")) for line in lines)
    host = next((value for name, value in headers if name.lower() == b"host"), authority).decode()
    name = host.partition(":")[0]
    return Request(method, "https", name, 443, target, headers, version.decode(), authority)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name, value.lstrip(b" ")


def answered(
    signed: SignedRequest,
    answer: Answer,
    *,
    body: bytes = b"",
    at: float = NOON,
    earlier: tuple[Earlier, ...] = (),
    around: Surroundings = NOTHING_AROUND,
    fidelity: Fidelity = Fidelity.WIRE,
) -> Call:
    """A call: what was asked, and how it was answered. `at` is the recorder's clock."""
    said = b"" if signed.request.method == b"HEAD" else answer.body
    response = answer.head(len(answer.body))
    facts = facts_of(signed.request, response, body, said)
    return Call(
        exchange=Exchange("", signed.request, Timing(at), response, fidelity=fidelity),
        facts=facts,
        signed=signed,
        request_body=body,
        response_body=said,
        error=read_error(said),
        around=around,
        earlier=earlier,
    )


def asked(
    text: str, answer: Answer, body: bytes = b"", info: BodyInfo | None = None, authority: bytes = b"", **more: Any
) -> Call:
    """A call whose request is given as text. `info` is what is known of its body, else what can be."""
    request = request_of(text, authority)
    info = info or (known(body) if body else EMPTY_BODY)
    return answered(signed_request(request, info, body), answer, body=body, **more)


def before(call: Call) -> Earlier:
    """A call, as one that came before another."""
    return Earlier(call.exchange, call.facts, call.authorization, call.signed.body)
