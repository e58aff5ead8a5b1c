"""Where a call is sent: another endpoint, another bucket, in the style that the new host understands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote_from_bytes, urlsplit

from inspector.errors import UsageError
from inspector.s3.addressing import locate
from inspector.sigv4.unsigned import with_line
from inspector.wire.exchange import Request
from inspector.wire.headers import get
from inspector.wire.host import host_name

COPY_SOURCE = b"x-amz-copy-source"
USUAL_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: scheme, host (lower case, no brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def line(self) -> str:
        """The Host line's value: the port only where it is not the usual one (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == USUAL_PORT[self.scheme] else f"{host}:{self.port}"

    def named(self, host: str) -> Endpoint:
        """The same server under another name."""
        return replace(self, host=host)


def read_endpoint(url: str) -> Endpoint:
    """An endpoint's URL, as SDKs take it.

    Raises:
        UsageError: it is no http or https URL, or has a path or a query.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port or USUAL_PORT.get(parts.scheme)
    except ValueError:
        parts, port = urlsplit(""), None
    if port is None or not parts.hostname:
        raise UsageError(f"{url[:200]!r} is no URL of an endpoint", "write https://s3.us-west-004.backblazeb2.com")
    if parts.path.strip("/") or parts.query or parts.username:
        raise UsageError(
            f"{parts.scheme}://{parts.hostname} has more behind or before it than an endpoint has",
            "write scheme, host and port alone; buckets and keys are those of the calls, or of --bucket",
        )
    return Endpoint(parts.scheme, parts.hostname, port)


def moved(request: Request, endpoint: Endpoint | None, bucket: str | None) -> Request:
    """The request for another endpoint (None: its own), another bucket (None: its own), its key untouched.

    A bucket stays in the host where it stood there and the new host is one of S3's; else it goes into the path.
    """
    if endpoint is None and bucket is None:
        return request
    address = locate(request)
    name = host_name(request)
    in_host = address.bucket is not None and address.known_host and name.startswith(f"{address.bucket}.")
    base = name.removeprefix(f"{address.bucket}.") if in_host else name
    there = endpoint or Endpoint(request.scheme, base, request.port)
    target = request.target
    named = bucket if bucket is not None and address.bucket is not None else address.bucket
    if in_host and named is not None and _is_s3(there):
        there = there.named(f"{named}.{there.host}")
    elif in_host and named is not None:
        target = b"/" + _segment(named) + target
    elif bucket is not None and address.bucket is not None:
        target = _with_segment(target, bucket)
    if bucket is not None and address.bucket is not None:
        request = _with_source(request, address.bucket, bucket)
    request = replace(request, scheme=there.scheme, host=there.host, port=there.port, target=target)
    if endpoint is None and not in_host:
        return request
    return with_line(request, b"Host", there.line.encode())


def over_http1(request: Request) -> Request:
    """The request as HTTP/1.1 has it: HTTP/2 names the host outside of the header lines."""
    if not request.http_version.startswith("HTTP/2"):
        return request
    headers = request.headers
    if get(headers, b"host") is None:
        headers = ((b"host", request.authority), *headers)
    return replace(request, headers=headers, http_version="HTTP/1.1", authority=b"")


def _is_s3(endpoint: Endpoint) -> bool:
    return locate(Request(b"GET", endpoint.scheme, endpoint.host, endpoint.port, b"/", ())).known_host


def _segment(bucket: str) -> bytes:
    return quote_from_bytes(bucket.encode(), safe="").encode()


def _with_segment(target: bytes, bucket: str) -> bytes:
    """Another first segment of the path; what follows it keeps its bytes."""
    path, mark, query = target.partition(b"?")
    _, slash, key = path[1:].partition(b"/")
    return b"/" + _segment(bucket) + slash + key + mark + query


def _with_source(request: Request, old: str, new: str) -> Request:
    """A copy within the bucket stays one."""
    source = get(request.headers, COPY_SOURCE)
    if source is None:
        return request
    slash = b"/" if source.startswith(b"/") else b""
    name, more, rest = source.removeprefix(b"/").partition(b"/")
    return with_line(request, COPY_SOURCE, slash + _segment(new) + more + rest) if name == _segment(old) else request
