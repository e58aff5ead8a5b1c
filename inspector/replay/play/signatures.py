"""`--verify-signatures`: a client that signs wrongly is refused, as B2 would refuse it.

A replay needs no signature, and most replay tools accept any: a client whose signing broke stays green until it meets
the service. Checked are the signature, its age, and that the body is the one that was signed, chunk by chunk where it
is signed so. What is not signed at all passes: that it was anonymous is part of what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable

from inspector.dialect.refusal import Refusal
from inspector.endpoint.gate import UNSEEN, Gate
from inspector.replay.match.payload import Payload
from inspector.replay.play.options import Verifier, Wrong
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_BODY, Request

_NOT_OURS = ("none", "b2-native", "other")


def verifier(keys: Iterable[Key]) -> Verifier:
    """A verifier for clients that sign with these keys. The intake of bodies must be made with `verify=True`."""
    known = {key.key_id: key for key in keys}
    gate = Gate(known.values())

    def wrong(request: Request, payload: Payload, now: float) -> Wrong | None:
        authorization = read_authorization(request, payload.head)
        if authorization.scheme in _NOT_OURS:
            return None
        key = known.get(authorization.key_id or "")
        if key is None:
            words = f"no secret is known for the key id {authorization.key_id}, which signed it"
            return Wrong(403, "InvalidAccessKeyId", words)
        admitted = gate.admit(request, now) if authorization.scheme.startswith("sigv4-") else None
        if isinstance(admitted, Refusal) and authorization.scheme != "sigv4-post":
            return Wrong(admitted.status, admitted.code, admitted.message)
        body = payload.info or (UNSEEN if payload.size else EMPTY_BODY)
        signed = SignedRequest(request, authorization, body, lambda: payload.chunks)
        found = verify(signed, key)
        if found.verdict == "mismatch":
            return Wrong(403, "SignatureDoesNotMatch", "Signature validation failed")
        if found.body == "mismatch":
            return Wrong(400, "XAmzContentSHA256Mismatch", "the body is not the one whose hash was signed")
        return None

    return wrong
