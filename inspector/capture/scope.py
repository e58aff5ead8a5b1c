"""Which hosts are read. Everything else passes through unread and is only counted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from fnmatch import translate

B2_HOSTS = ("*.backblazeb2.com", "backblazeb2.com", "*.backblaze.com")
"""S3 endpoints, native API and download hosts; upload pods are `pod-….backblaze.com`."""


def is_ip_address(host: str) -> bool:
    """Whether a host is named by its address, `[::1]` included."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


class Scope:
    """The hosts that are decrypted and recorded: B2's own and those that match one of `globs`, or all."""

    def __init__(self, globs: Iterable[str], *, everything: bool) -> None:
        patterns = "|".join(translate(glob.lower()) for glob in (*B2_HOSTS, *globs))
        self._pattern = re.compile(patterns)
        self._everything = everything
        self._known: dict[str, bool] = {}

    def holds(self, host: str) -> bool:
        """Whether calls to this host are read."""
        if self._everything:
            return True
        known = self._known.get(host)
        if known is None:
            known = self._known[host] = self._pattern.match(host.lower().rstrip(".")) is not None
        return known
