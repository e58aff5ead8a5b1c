"""Where a request goes: by which way, trusting whom; and why it did not come to an answer."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from inspector.wire.exchange import Failure


class SendError(Exception):
    """No whole answer came; `failure` says why, in the kinds of `wire.exchange.Failure`.

    `unheard`: not a byte of an answer came over a connection that had stood before: the server may have closed it
    while it was idle, and never seen the request.
    """

    def __init__(self, kind: str, text: str, *, unheard: bool = False) -> None:
        super().__init__(text)
        self.failure = Failure(kind, text)
        self.unheard = unheard


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy on the way. `auth`: `user:password`."""

    host: str
    port: int
    auth: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect: `host`:`port` by TLS with `host` as its name, or in the clear where `tls` is None.

    `to` leads elsewhere, with the name as it was (curl's --connect-to); then no proxy is taken.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    to: tuple[str, int] | None = None
    proxy: Proxy | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A connection as it was opened: the server's `address:port`, and how long TCP and TLS took in milliseconds."""

    address: str
    tcp_ms: float | None = None
    tls_ms: float | None = None
