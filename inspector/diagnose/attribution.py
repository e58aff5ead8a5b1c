"""Who changed the bytes. A proof says which bytes were signed; whose doing the difference is, other bytes tell.

A header that only something in between adds (`Via`, `CF-Ray`...) shows that the request came through it. Where one
stands, what such things are known to change is laid at the path's door; without one the cause's own fault holds.
"""

from __future__ import annotations

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Fault
from inspector.diagnose.reading import line

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
