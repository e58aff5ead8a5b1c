"""The head of a request as a server has it: where it is meant to go, by the tunnel, the target or the Host line."""

from __future__ import annotations

from functools import lru_cache

from inspector.wire.exchange import Request
from inspector.wire.headers import Headers

_BODIES = (b"content-length", b"transfer-encoding")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_head(
    method: bytes, target: bytes, version: str, headers: Headers, scheme: str, tunnel: tuple[str, int] | None
) -> Request:
    """A request, its target as sent. Header names are in lower case. `scheme` is the connection's, `version` `1.1`.

    `tunnel` is the host and port of the CONNECT that the connection came through.
    """
    authority = b""
    if target[:1] != b"/" and b"://" in target[:8]:
        scheme, authority, target = _absolute(target)
    host, port = tunnel or _place(authority or _host_line(headers), scheme)
    return Request(method, scheme, host, port, target, headers, "HTTP/" + version, authority)


def is_direct(target: bytes, tunnel: tuple[str, int] | None) -> bool:
    """Whether a request came to the server's own address, and not as to a proxy."""
    return tunnel is None and target[:1] == b"/"


def has_body(headers: Headers) -> bool:
    """Whether a request has a body, if an empty one (RFC 9112 §6.3). Names in lower case."""
    return any(name in _BODIES for name, _ in headers)


def _absolute(target: bytes) -> tuple[str, bytes, bytes]:
    """Scheme, authority and origin-form of an absolute-form target (RFC 9112 §3.2.2)."""
    scheme, _, rest = target.partition(b"://")
    authority, slash, path = rest.partition(b"/")
    if not slash and b"?" in authority:
        authority, _, query = authority.partition(b"?")
        return scheme.decode("latin-1").lower(), authority, b"/?" + query
    return scheme.decode("latin-1").lower(), authority, b"/" + path


def _host_line(headers: Headers) -> bytes:
    for name, value in headers:
        if name == b"host":
            return value
    return b""


@lru_cache(maxsize=256)
def _place(written: bytes, scheme: str) -> tuple[str, int]:
    """Host and port that a request without a tunnel was meant for."""
    host, colon, port = written.decode("latin-1").rpartition(":")
    if colon and port.isdigit() and len(port) <= 5 and not host.endswith(":"):
        return host.strip("[]").lower(), int(port)
    return written.decode("latin-1").strip("[]").lower(), _DEFAULT_PORTS.get(scheme, 80)
