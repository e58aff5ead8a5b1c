"""Who may pass: the signature of a request, checked against what the client sent, before anything is sent on.

A request that B2 would refuse for its authorization is refused in B2's words: signing it again would repair it, and a
recorder that mends a program cannot show why it fails. What is no matter of the authorization is left to the upstream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from inspector.dialect.asked import Account, Asked, asked
from inspector.dialect.refusal import Refusal, said, unsaid
from inspector.dialect.refuse import expired, foreign_authorization, key_id, old_signature, signed_headers
from inspector.endpoint import quick
from inspector.facts import Facts
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.canonical import declared_payload
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import text_bytes, verify
from inspector.wire.exchange import EMPTY_BODY, EMPTY_DIGESTS, BodyInfo, Request

UNSEEN = BodyInfo(sent=EMPTY_DIGESTS, stored_size=0, truncated="incomplete")
"""A body of which no byte has come yet."""

LARGEST_SKEW = 900.0
"""Seconds that a header's signature lives before and after its moment (AWS documentation, "Authenticating Requests");
B2's own limit has not been published."""

MISMATCH = "signature-mismatch"

NATIVE = (
    "an endpoint signs S3 calls; B2's native API has tokens, and answers with hosts of its own: record it as through a"
    " proxy, b2-inspector run -- CMD (b2-inspector)"
)

_CHECKED = ("sigv4-header", "sigv4-query", "sigv4-streaming")
_BODIES = (b"content-length", b"transfer-encoding")
_NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may pass.

    `key`: the one its signature was verified with; None: it is not signed. `region` is that of its scope, `payload`
    what it says of its payload where that is signed. `expires`: seconds that a presigned URL lives, None for a header;
    `payload_in_query`: the URL itself names the payload.
    """

    request: Request
    key: Key | None
    region: bytes = b""
    payload: bytes | None = None
    expires: int | None = None
    payload_in_query: bool = False


class Gate:
    """Knows the keys that clients may sign with."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._account = Account(tuple(keys))
        self._keys = {key.key_id: key for key in reversed(self._account.keys)}

    def admit(self, request: Request, now: float) -> Admitted | Refusal:
        """Whether a request may pass, by its head alone. `now` in Unix seconds. Never raises.

        A refusal with the cause `MISMATCH` is of a signature that does not match, for whatever reason.
        """
        usual = quick.verified(request, self._keys, now, LARGEST_SKEW)
        return Admitted(request, *usual) if usual is not None else self._look_closer(request, now)

    def _look_closer(self, request: Request, now: float) -> Admitted | Refusal:
        signed = unseen(request)
        scheme = signed.authorization.scheme
        if scheme == "none":
            return Admitted(request, None)
        key = self._keys.get(signed.authorization.key_id or "")
        if key is None or scheme not in _CHECKED:
            return self._foreign(asked(request, now))
        call = Asked(request, _NO_FACTS, signed, now)
        refusal = signed_headers(call, self._account) or expired(call, self._account) or skewed(signed, now)
        if refusal is None and verify(signed, key).verdict != "verified":
            refusal = said("signature-failed", MISMATCH)
        return refusal or _admitted(signed, key)

    def _foreign(self, call: Asked) -> Refusal:
        """What B2 says to a key that it does not know, and to what is no SigV4; our own words to its native API."""
        if call.facts.api == "b2":
            return Refusal(400, "bad_request", NATIVE, "", "unknown", native=True)
        for rule in (old_signature, foreign_authorization, key_id):
            refusal = rule(call, self._account)
            if refusal is not None:
                return refusal
        return unsaid(403, "AccessDenied", "auth-foreign", f"auth {call.signed.authorization.scheme}")


def _admitted(signed: SignedRequest, key: Key) -> Admitted:
    authorization = signed.authorization
    part = authorization.part("payload")
    return Admitted(
        signed.request,
        key,
        text_bytes(authorization.region),
        declared_payload(authorization),
        (authorization.expires or 1) if authorization.presigned else None,
        part is not None and part.place.startswith("query "),
    )


def unseen(request: Request) -> SignedRequest:
    """A request of which only the head has come."""
    has_body = any(name.lower() in _BODIES and value.strip() != b"0" for name, value in request.headers)
    return SignedRequest(request, read_authorization(request), UNSEEN if has_body else EMPTY_BODY)


def skewed(signed: SignedRequest, now: float) -> Refusal | None:
    """A signature in the header that is too old, or from the future."""
    authorization = signed.authorization
    if authorization.presigned or authorization.timestamp is None:
        return None
    try:
        moment = datetime.strptime(authorization.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None  # a Date header, or nothing that is a date: the signature decides
    if abs(now - moment) <= LARGEST_SKEW:
        return None
    minutes = abs(now - moment) / 60
    where = "behind" if moment < now else "ahead of"
    return unsaid(
        403, "RequestTimeTooSkewed", "clock-skew", f"the request's time is {minutes:.0f} min {where} the clock"
    )
