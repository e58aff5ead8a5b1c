"""The host that a request addresses, without its port."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

from inspector.wire.exchange import Request


def host_name(request: Request) -> str:
    """The host that the server goes by, lower case, without port, IPv6 brackets or final dot.

    It is the signed host (Host line, else authority); the host that the client connected to only where the request
    names none. Behind an endpoint override or `--connect-to` the two differ, and a server reads the line.
    """
    return _name(request.signed_host or request.host.encode("utf-8", "replace"))


@lru_cache(maxsize=256)
def _name(line: bytes) -> str:
    written = line.strip().decode("utf-8", "replace").lower()
    if written.startswith("["):
        return written[1:].partition("]")[0]
    name, _, port = written.rpartition(":")
    if ":" in name or not _is_port(port):
        name = written
    return name.removesuffix(".")


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit())


def is_near(name: str) -> bool:
    """Whether a host is one that a server of one's own has: an address, `localhost`, a name without dots."""
    if "." not in name or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
