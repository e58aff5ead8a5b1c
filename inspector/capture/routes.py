"""`--connect-to HOST:PORT:ADDR:PORT`, read as curl reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from inspector.errors import UsageError

_SPEC = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*):(?P<port>\d*):(?P<address>\[[^\]]*\]|[^:\[\]]*):(?P<to_port>\d*)")


@dataclass(frozen=True, slots=True)
class Route:
    """What is meant for `host`:`port` goes to `target`.

    As with curl, an empty host or port (0) stands for any. The host may be a glob, because a bucket's name is part of
    the host in virtual-host style (`*.s3.us-west-004.backblazeb2.com`).
    """

    host: str
    port: int
    target: tuple[str, int]

    def takes(self, host: str, port: int) -> bool:
        """Whether a connection to `host`:`port` is meant by this route."""
        return (not self.host or fnmatchcase(host.lower(), self.host)) and self.port in (0, port)


def parse_route(spec: str) -> Route:
    """Read one `--connect-to`.

    Raises:
        UsageError: not four parts, or a port that is none.
    """
    match = _SPEC.fullmatch(spec)
    if match is None or not match["address"] or not match["to_port"]:
        raise UsageError(
            f"cannot read --connect-to {spec!r}",
            "write HOST:PORT:ADDR:PORT, for example s3.us-west-004.backblazeb2.com:443:127.0.0.1:9000",
        )
    ports = int(match["port"] or 0), int(match["to_port"])
    if max(ports) > 65535:
        raise UsageError(f"no such port in --connect-to {spec!r}", "ports go from 1 to 65535")
    address = match["address"].strip("[]")
    return Route(match["host"].strip("[]").lower(), ports[0], (address, ports[1]))


def routed_hosts(specs: Iterable[str]) -> list[str]:
    """The hosts that `--connect-to`s name, as globs; what cannot be read names none."""
    hosts = []
    for spec in specs:
        try:
            hosts.append(parse_route(spec).host or "*")
        except UsageError:
            continue
    return hosts
