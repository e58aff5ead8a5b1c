"""An admitted request, addressed to the upstream and signed for it in the way in which the client signed it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.endpoint import quick
from inspector.endpoint.gate import Admitted
from inspector.endpoint.upstream import Upstream, addressed
from inspector.sigv4.key import Key
from inspector.sigv4.sign import LONGEST_EXPIRY, UNSIGNED_PAYLOAD, Stamp, amz_date, presign
from inspector.wire.exchange import Request

DEFAULT_REGION = b"us-east-1"


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
        request = addressed(admitted.request, self.upstream)
        if admitted.key is None:
            return request
        region = (self.upstream.region or "").encode() or admitted.region or DEFAULT_REGION
        if admitted.expires is None:
            payload = admitted.payload or UNSIGNED_PAYLOAD
            headers = quick.signed(request, self.key, amz_date(now), region, payload)
            place = request.scheme, request.host, request.port
            return Request(request.method, *place, request.target, headers, request.http_version, request.authority)
        named = admitted.payload if admitted.payload_in_query else None
        expires = min(max(admitted.expires, 1), LONGEST_EXPIRY)
        return presign(request, self.key, Stamp(amz_date(now), region), expires, payload=named)


def without_expect(request: Request) -> Request:
    """The request without its Expect line: the proxy answers 100-continue by itself."""
    kept = tuple(line for line in request.headers if line[0].lower() != b"expect")
    return request if len(kept) == len(request.headers) else replace(request, headers=kept)
