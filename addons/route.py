"""Send what is meant for one address to another (`--connect-to`), and let upstream failures reach the client as such.

    mitmdump -s addons/record.py -s addons/route.py \
        --set b2_connect_to=s3.us-west-004.backblazeb2.com:443:127.0.0.1:9000

Host header, SNI and signature stay as the client made them. It takes two places to keep connection reuse: rewriting
only the address in `server_connect` opens a new connection for each request, and mitmproxy allows five to an address;
rewriting only the request sends no SNI.
"""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy import addonmanager, ctx, flow, http
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy import server_hooks

from inspector.capture.routes import Route, parse_route
from inspector.errors import UsageError


class ConnectTo:
    """`--connect-to HOST:PORT:ADDR:PORT`, in curl's spelling."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def load(self, loader: addonmanager.Loader) -> None:
        loader.add_option("b2_connect_to", Sequence[str], [], "HOST:PORT:ADDR:PORT, as with curl. Repeatable.")

    def configure(self, updated: set[str]) -> None:
        if "b2_connect_to" in updated:
            try:
                self.routes = [parse_route(spec) for spec in ctx.options.b2_connect_to]
            except UsageError as error:
                raise OptionsError(str(error)) from error

    def _target(self, host: str, port: int) -> tuple[str, int] | None:
        return next((route.target for route in self.routes if route.takes(host, port)), None)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        target = self._target(flow.request.host, flow.request.port)
        if target is not None:
            # `data`, because the property would rewrite the Host header with it.
            flow.request.data.host, flow.request.data.port = target

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        address = data.server.address
        target = self._target(address[0], address[1]) if address else None
        if target is not None:
            data.server.address = target
            data.server.sni = data.client.sni
            data.server.via = None


class HonestFailures:
    """A reset upstream is a closed connection for the client, not the proxy's own 502 page.

    Retries of SDKs depend on it: they retry a 502 and a closed connection differently.
    """

    def error(self, flow_: http.HTTPFlow) -> None:
        flow_.error = flow.Error(flow.Error.KILLED_MESSAGE)

    def http_connect_error(self, flow_: http.HTTPFlow) -> None:
        """The upstream of a CONNECT cannot be reached: close the client's connection instead of answering 502."""
        close_client(flow_)


def close_client(flow_: http.HTTPFlow) -> None:
    """Close both ends of a flow's connection at once."""
    server = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(flow_.client_conn.id) if server else None
    for transport in list(handler.transports.values()) if handler else []:
        if transport.writer is not None:
            transport.writer.close()


addons = [ConnectTo(), HonestFailures()]
