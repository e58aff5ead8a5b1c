"""The host that was signed is not the host that arrived: proxies, ports, endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.hypotheses.model import Change, Problem, header
from inspector.sigv4.hypotheses.register import hypothesis

HOST = header("host")


def signed_host(host: bytes) -> Change:
    """The change that says `host` was signed."""
    return Change({HOST: b"host:" + host}, f"the host {host.decode('utf-8', 'replace')!r} was signed")


@hypothesis("host-rewritten")
def rewritten(problem: Problem) -> Iterator[Change]:
    """Something between client and recorder replaced the Host line."""
    for host in problem.around.hosts:
        yield signed_host(host)
