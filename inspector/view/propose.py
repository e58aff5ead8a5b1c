"""The authorization that a request which is not signed yet would get."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.sigv4 import steps
from inspector.wire.exchange import Request
from inspector.wire.headers import get

UNSIGNED_NAMES = frozenset(
    (
        *(b"authorization", b"connection", b"content-length", b"expect", b"transfer-encoding", b"user-agent"),
        *(b"accept-encoding", b"te", b"trailer", b"upgrade", b"via", b"x-amzn-trace-id"),
    )
)
"""Headers that signers leave out: those on the way may add or change them. botocore's list (botocore/auth.py,
`SIGNED_HEADERS_BLACKLIST`), and those that belong to a single connection (RFC 9110 §7.6.1)."""

_NO_SIGNATURE = b"0" * 64
_NO_KEY = "KEYID"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request with an authorization whose signature is still to be computed. `missing`: what was not known."""

    request: Request
    missing: tuple[str, ...]


def propose(
    request: Request, key_id: str | None, date: str | None, region: str | None, service: str | None
) -> Proposal:
    """`request` as its signer would send it, but for the signature.

    `date` is YYYYMMDD'T'HHMMSS'Z'; None: that of its x-amz-date. Where something but the key is not known it is left as
    it is, unsigned.
    """
    written = get(request.headers, b"x-amz-date")
    moment = date.encode() if date else written
    needed = {
        "its date is not known: X-Amz-Date, or --date": moment,
        "its region is not known: --region": region,
        "its service is not known: --service": service,
    }
    missing = tuple(what for what, value in needed.items() if not value)
    if missing or not (moment and region and service):
        return Proposal(request, missing)
    headers = [header for header in request.headers if header[0].lower() != b"x-amz-date"]
    headers.append((b"X-Amz-Date", moment.strip()))
    scope = steps.scope(moment.strip()[:8], region.encode(), service.encode())
    names = b";".join(sorted({b"host", *(name.lower() for name, _ in headers)} - UNSIGNED_NAMES))
    value = b"AWS4-HMAC-SHA256 Credential=%b/%b, SignedHeaders=%b, Signature=%b"
    headers.append((b"Authorization", value % ((key_id or _NO_KEY).encode(), scope, names, _NO_SIGNATURE)))
    return Proposal(replace(request, headers=tuple(headers)), ())
