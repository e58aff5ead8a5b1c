"""The host that a request addresses, without its port."""

from __future__ import annotations

from inspector.wire.exchange import Request


def host_name(request: Request) -> str:
    """The host that the server goes by, lower case, without port, IPv6 brackets or final dot.

    It is the signed host (Host line, else authority); the host that the client connected to only where the request
    names none. Behind an endpoint override or `--connect-to` the two differ, and a server reads the line.
    """
    written = request.signed_host or request.host.encode("utf-8", "replace")
    return _name(written.strip().decode("utf-8", "replace").lower())


def _name(written: str) -> str:
    if written.startswith("["):
        return written[1:].partition("]")[0]
    name, _, port = written.rpartition(":")
    if ":" in name or not _is_port(port):
        name = written
    return name.removesuffix(".")


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit())
