"""Who changed the bytes. A proof says which bytes were signed; whose doing the difference is, other bytes tell.

A header that only something in between adds (`Via`, `CF-Ray`...) shows that the request came through it. Where one
stands, what such things are known to change is laid at the path's door; without one the cause's own fault holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Fault
from inspector.diagnose.reading import line
from inspector.sigv4.alternatives import Alternative

TRACES = (
    b"via",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-forwarded-server",
    b"x-real-ip",
    b"cf-ray",
    b"cf-connecting-ip",
    b"cf-worker",
    b"cdn-loop",
    b"x-amz-cf-id",
    b"x-cloud-trace-context",
    b"x-envoy-external-address",
    b"x-envoy-expected-rq-timeout-ms",
    b"fastly-client-ip",
    b"true-client-ip",
    b"x-azure-ref",
)
"""Request headers that proxies, load balancers and CDNs add, and clients do not (RFC 9110 §7.6.3, RFC 7239, RFC 8586,
and the documentation of Cloudflare, CloudFront, Google's load balancers, Envoy, Fastly, Akamai, Azure). Not among them:
`X-Amzn-Trace-Id`, which AWS's SDKs send themselves inside of Lambda."""

IN_BETWEEN = (
    "host-",
    "path-",
    "query-param",
    "hdr-",
    "presign-method",
    "presign-host",
    "presign-param",
    "payload-body",
)
"""Beginnings of the causes that something in between is known to bring about."""


def trace_of_path(call: Call) -> str | None:
    """The first header line that shows that the request came through something, None without one."""
    found = (line(name, value) for name, value in call.request.headers if name.lower() in TRACES)
    return next(found, None)


def fault_of(call: Call, cause: str) -> Fault | None:
    """The path, where it is known to do this and has left a trace; None: as the cause's table says."""
    return Fault.PATH if cause.startswith(IN_BETWEEN) and trace_of_path(call) else None


class Direction(NamedTuple):
    """Which way round it is: `holds` of what was signed and what arrived, and then whose fault, and what to do."""

    holds: Callable[[bytes, bytes], bool]
    fault: Fault
    fix: str


def _ends_with_port(host: bytes) -> bool:
    return host.rpartition(b":")[2].isdigit()


DIRECTIONS: dict[str, Direction] = {
    "path-slashes-merged": Direction(
        lambda signed, arrived: b"//" in arrived and b"//" not in signed,
        Fault.CLIENT,
        "The signer makes one slash of several, and the request has them all: use a signer that knows S3's rule"
        " (botocore's S3SigV4Auth, a switch such as normalize=False), or keys without double slashes.",
    ),
    "path-double-encoded": Direction(
        lambda signed, arrived: arrived.count(b"%25") > signed.count(b"%25"),
        Fault.CLIENT,
        "Something encoded the path again after it was signed, %20 as %2520: hand the URL to the HTTP library as it is,"
        " in the form that says that it is encoded already, and let proxies pass it on raw.",
    ),
    "host-port-dropped": Direction(
        lambda signed, arrived: _ends_with_port(arrived) and not _ends_with_port(signed),
        Fault.CLIENT,
        "Sign the Host line that is sent: a port other than the scheme's own belongs to it.",
    ),
}
"""Causes with two sides: what the usual fault and fix are not for. A path that was merged cannot have been unmerged."""


def direction_of(cause: str, deviation: Alternative, wire: Mapping[str, bytes]) -> Direction | None:
    """What is so of this side of a cause, None where the cause's table holds."""
    direction = DIRECTIONS.get(cause)
    pairs = [(value, wire.get(axis, b"")) for axis, value in deviation.canonical.items()]
    return direction if direction and any(direction.holds(*pair) for pair in pairs) else None
