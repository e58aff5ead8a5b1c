"""A recorder in endpoint mode before some upstream, and what it recorded.

with endpoint(directory, "https://s3.us-west-004.backblazeb2.com", KEYS, connect_to=[...], upstream_ca=...) as running:
    boto3.client("s3", endpoint_url=running.http, ...)
    (call,) = running.calls(1)
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.capture.proxy import EndpointOptions, Proxy, ProxyOptions
from inspector.store.reader import Recording
from inspector.store.stored import Forwarded, Stored
from inspector.wire.uid import uuid7


@dataclass
class Endpoint:
    """A running endpoint; `http` and `https` are its URLs, `authority` the PEM that https clients trust."""

    proxy: Proxy
    recording: Path
    said: list[str] = field(default_factory=list)

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    @property
    def https(self) -> str:
        return f"https://127.0.0.1:{self.proxy.port}"

    @property
    def authority(self) -> str:
        return str(self.proxy.authority.certificate)

    def calls(self, count: int, after: int = 0) -> list[Stored]:
        """The calls, once there are so many and all have ended."""
        found: list[Stored] = []
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with Recording(self.recording) as opened:
                found = [one for row in opened.exchanges(after=after) if (one := opened.exchange(row.id))]
            if len(found) >= count and all(one.row.state != "open" for one in found):
                break
            time.sleep(0.05)
        assert len(found) == count, [(one.row.operation, one.row.status, one.row.failure_text) for one in found]
        return found

    def forwarded(self, number: int) -> Forwarded | None:
        with Recording(self.recording) as opened:
            return opened.forwarded(number)

    def body(self, number: int | None) -> bytes:
        with Recording(self.recording) as opened:
            return opened.body(number).read()


@contextmanager
def endpoint(
    directory: Path,
    home: Path,
    upstream: str,
    key: tuple[str, str],
    clients: Sequence[tuple[str, str]] = (),
    **options: Any,
) -> Iterator[Endpoint]:
    """A recorder in endpoint mode. `clients` empty: clients sign with `key`."""
    said: list[str] = []
    recording = directory / "calls.db"
    asked = ProxyOptions(
        recording,
        uuid7(time.time(), os.urandom(10)),
        "record",
        endpoint=EndpointOptions(upstream, key, list(clients) or [key]),
        **options,
    )
    proxy = Proxy(asked, home, os.environ, said.append)
    try:
        proxy.wait_until_ready()
        yield Endpoint(proxy, recording, said)
    finally:
        proxy.stop()
