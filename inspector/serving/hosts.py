"""The hosts that are answered for. A call to any other does not get through the door."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.capture.scope import Scope
from inspector.s3.addressing import locate
from inspector.wire.exchange import Request
from inspector.wire.host import host_name

_LOOPBACK = ("localhost", "*.localhost", "127.*", "::1")


class Hosts:
    """The hosts of a recording, and what is the same to a client: their buckets, B2's other hosts, this machine.

    A call is matched whatever the region and the style of addressing, so that another S3 host of B2 or AWS is as good.
    """

    def __init__(self, requests: Iterable[Request]) -> None:
        self.recorded = sorted({name for one in requests for name in (one.host.lower(), host_name(one)) if name})
        globs = [glob for name in self.recorded for glob in (name, f"*.{name}")]
        self._scope = Scope((*globs, *_LOOPBACK), everything=False)

    def holds(self, host: str) -> bool:
        """Whether calls to this host are answered from the recording."""
        return self._scope.holds(host) or _is_s3(host)


def _is_s3(host: str) -> bool:
    return locate(Request(b"GET", "https", host, 443, b"/", ())).known_host
