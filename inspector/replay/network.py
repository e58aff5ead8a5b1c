"""By which way calls of our own go, and whom they trust: the user's proxy, `--connect-to`, the user's roots."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from inspector.capture.chain import UpstreamProxy, goes_direct
from inspector.capture.presence import left_over
from inspector.capture.routes import parse_route
from inspector.capture.trust import upstream_bundle
from inspector.errors import UsageError
from inspector.paths import data_dir, data_place
from inspector.sending.address import Address, Proxy
from inspector.wire.exchange import Request


class Network:
    """Gives the way for each request. Nothing is read before it is needed: a call in the clear needs no roots.

    Raises:
        UsageError: a `connect_to` cannot be read.
    """

    def __init__(
        self,
        connect_to: Iterable[str] = (),
        upstream_ca: Path | None = None,
        insecure: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._routes = [parse_route(spec) for spec in connect_to]
        self._upstream_ca = upstream_ca
        self._insecure = insecure
        self._environ = environ
        self._address = lru_cache(maxsize=1024)(self._way)

    def address(self, request: Request) -> Address:
        """Where a request goes.

        Raises:
            UsageError: `upstream_ca` holds no certificate; the user's proxy cannot be taken.
            CaptureError: the user's proxy is none.
        """
        return self._address(request.scheme, request.host, request.port)

    def _way(self, scheme: str, host: str, port: int) -> Address:
        to = next((route.target for route in self._routes if route.takes(host, port)), None)
        if scheme != "https":
            return Address(host, port, None, to)
        return Address(host, port, self._tls, to, None if to else self._proxy(host, port))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Not `create_default_context`: from Python 3.13 on that refuses authorities of companies that mitmproxy, and
        with it the recorder, takes (VERIFY_X509_STRICT)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["http/1.1"])
        if self._insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(upstream_bundle(data_dir(self._environ), self._environ, self._upstream_ca))
        return context

    def _proxy(self, host: str, port: int) -> Proxy | None:
        upstream = None if left_over(data_place(self._environ), self._environ) else UpstreamProxy.of(self._environ)
        if upstream is None or goes_direct(upstream.no_proxy, host, port):
            return None
        parts = urlsplit(upstream.url)
        if parts.scheme != "http":
            raise UsageError(
                f"the way to the proxy {upstream.url} is https, which cannot be taken here",
                "name an http:// proxy in HTTPS_PROXY, or go round it: NO_PROXY",
            )
        return Proxy(parts.hostname or "", parts.port or 80, upstream.auth)
