"""Where an endpoint sends its calls on to, and what a request looks like there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from inspector.errors import UsageError
from inspector.s3.addressing import bucket_of_host, region_of_host
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers
from inspector.wire.host import host_name

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Upstream:
    """An S3 server: `http` or `https`, its host and port; `region` is the one that its host names, if it does."""

    scheme: str
    host: str
    port: int
    region: str | None = None
    authority: bytes = field(init=False)
    """Host and port as a client writes them into the Host line."""

    def __post_init__(self) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        authority = host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"
        object.__setattr__(self, "authority", authority.encode())

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority.decode()}"


def read_upstream(url: str) -> Upstream:
    """An `--upstream`.

    Raises:
        UsageError: not the URL of an S3 server; a bucket or a path in it, which belong to the calls.
    """
    hint = "write it as in --upstream https://s3.us-west-004.backblazeb2.com"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise UsageError("--upstream is no URL", hint) from None
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise UsageError("--upstream is no URL of an S3 server", hint)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("--upstream has more in it than scheme, host and port", hint)
    if bucket_of_host(host) is not None:
        raise UsageError(f"--upstream {host} names a bucket; buckets are named by the calls", hint)
    return Upstream(parts.scheme, host, port or _PORTS[parts.scheme], region_of_host(host))


def addressed(request: Request, upstream: Upstream) -> Request:
    """The request as it is asked of the upstream: in path style, under its host; the key's bytes as they stand.

    A bucket in the client's host (`BUCKET.localhost`, or a name of B2's that leads here) goes to the front of the path.
    """
    bucket = bucket_of_host(host_name(request))
    target = request.target if bucket is None else in_path_style(request.target, bucket)
    version = request.http_version
    authority = upstream.authority if version.startswith("HTTP/2") else b""
    headers = _hosted(request.headers, upstream.authority, line_needed=not authority)
    # Positional, not `replace`: this stands in the way of every call.
    place = upstream.scheme, upstream.host, upstream.port
    return Request(request.method, *place, target, headers, version, authority)


def _hosted(headers: Headers, host: bytes, *, line_needed: bool) -> Headers:
    """The lines with this host in the Host line; one is added where there is none and it takes one."""
    names = [name.lower() for name, _ in headers]
    count = names.count(b"host")
    if count == 1:
        at = names.index(b"host")
        return (*headers[:at], (headers[at][0], host), *headers[at + 1 :])
    rest = tuple(line for line in headers if line[0].lower() != b"host")
    return ((b"Host", host), *rest) if count or line_needed else headers


def in_path_style(target: bytes, bucket: str) -> bytes:
    """The target with a bucket before its path; `/` alone is the bucket itself."""
    path, mark, query = target.partition(b"?")
    return b"/" + bucket.encode() + (b"" if path == b"/" else path) + mark + query
