"""An admitted request, addressed to the upstream and signed for it in the way in which the client signed it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.endpoint.gate import Admitted
from inspector.endpoint.upstream import Upstream, addressed
from inspector.sigv4.canonical import declared_payload
from inspector.sigv4.key import Key
from inspector.sigv4.sign import UNSIGNED_PAYLOAD, Stamp, amz_date, presign, sign_header
from inspector.wire.exchange import Request

DEFAULT_REGION = "us-east-1"
LONGEST_EXPIRY = 604_800


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Sends to one upstream, with one key."""

    upstream: Upstream
    key: Key

    def forwarded(self, admitted: Admitted, now: float) -> Request:
        """What is sent upstream for an admitted request. `now` in Unix seconds.

        A URL stays a URL and a header a header; what the client declared of its body stays declared, for the upstream
        to judge; a request without a signature stays without.
        """
        request = addressed(admitted.signed.request, self.upstream)
        authorization = admitted.signed.authorization
        if admitted.key is None:
            return request
        region = self.upstream.region or authorization.region or DEFAULT_REGION
        stamp = Stamp(amz_date(now), region.encode())
        payload = declared_payload(authorization)
        if not authorization.presigned:
            return sign_header(request, self.key, stamp, payload or UNSIGNED_PAYLOAD)
        part = authorization.part("payload")
        named = payload if part is not None and part.place.startswith("query ") else None
        expires = min(max(authorization.expires or 1, 1), LONGEST_EXPIRY)
        return presign(request, self.key, stamp, expires, payload=named)


def without_expect(request: Request) -> Request:
    """The request without its Expect line: the proxy answers 100-continue by itself."""
    return replace(request, headers=tuple(line for line in request.headers if line[0].lower() != b"expect"))
