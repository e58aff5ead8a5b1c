"""Where connections go: `--connect-to`, the proxy that the user already needs; and upstream failures reach the client
as failures, not as the proxy's own pages.

    mitmdump -s addons/record.py -s addons/route.py --set b2_connect_to=api.backblazeb2.com:443:127.0.0.1:9000

Host header, SNI and signature stay as the client made them. It takes two places to keep connection reuse: rewriting
only the address in `server_connect` opens a new connection for each request, and mitmproxy allows five to an address;
rewriting only the request sends no SNI.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence

from mitmproxy import addonmanager, connection, ctx, flow, http
from mitmproxy.exceptions import OptionsError
from mitmproxy.net.http.url import parse_authority
from mitmproxy.proxy import layer, layers, server_hooks
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.mode_specs import UpstreamMode

from inspector.capture.chain import goes_direct
from inspector.capture.routes import Route, parse_route
from inspector.errors import UsageError

_CONNECT = re.compile(rb"CONNECT +(\S+) +HTTP/", re.IGNORECASE)


class Router:
    """`--connect-to HOST:PORT:ADDR:PORT`, in curl's spelling; and which hosts are reached without the user's proxy."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def load(self, loader: addonmanager.Loader) -> None:
        loader.add_option("b2_connect_to", Sequence[str], [], "HOST:PORT:ADDR:PORT, as with curl. Repeatable.")
        loader.add_option("b2_no_proxy", str, "", "Hosts reached without the upstream proxy, as in NO_PROXY.")
        loader.add_option("b2_upstream_auth", str, "", "USER:PASSWORD for the upstream proxy.")

    def configure(self, updated: set[str]) -> None:
        if "b2_connect_to" in updated:
            try:
                self.routes = [parse_route(spec) for spec in ctx.options.b2_connect_to]
            except UsageError as error:
                raise OptionsError(str(error)) from error

    def _target(self, host: str, port: int) -> tuple[str, int] | None:
        return next((route.target for route in self.routes if route.takes(host, port)), None)

    def _direct(self, host: str, port: int) -> bool:
        return self._target(host, port) is not None or goes_direct(ctx.options.b2_no_proxy, host, port)

    # The user's proxy is a mode of mitmproxy, which a connection has as a whole. Hosts that are reached without it need
    # another one: for a tunnel as soon as CONNECT names its end, for plain HTTP with each request.

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        context = nextlayer.context
        if len(context.layers) > 1 or not isinstance(context.client.proxy_mode, UpstreamMode):
            return
        match = _CONNECT.match(nextlayer.data_client())
        if match and self._direct(*_authority(match[1])):
            nextlayer.layer = layers.HttpLayer(context, HTTPMode.regular)

    def http_connect_upstream(self, flow: http.HTTPFlow) -> None:
        self._authenticate(flow.request)

    def _authenticate(self, request: http.Request) -> None:
        """By ourselves: mitmproxy's upstream_auth would tell the password to hosts that are reached directly, too."""
        if ctx.options.b2_upstream_auth:
            credentials = b64encode(ctx.options.b2_upstream_auth.encode())
            request.headers["Proxy-Authorization"] = f"Basic {credentials.decode()}"

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        request = flow.request
        if request.data.method == b"CONNECT" or flow.error is not None:
            return
        if flow.server_conn.via and request.data.scheme == b"http":
            if self._direct(request.host, request.port):
                self._leave_proxy(flow)
            else:
                self._authenticate(request)
        target = self._target(request.host, request.port)
        if target is not None:
            # `data`, because the property would rewrite the Host header with it.
            request.data.host, request.data.port = target

    def _leave_proxy(self, flow: http.HTTPFlow) -> None:
        flow.server_conn = connection.Server(address=(flow.request.host, flow.request.port))
        flow.request.authority = ""  # origin servers are asked in origin form

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        address = data.server.address
        target = self._target(address[0], address[1]) if address and not self._is_proxy(data) else None
        if target is not None:
            data.server.address = target
            data.server.sni = data.client.sni

    def _is_proxy(self, data: server_hooks.ServerConnectionHookData) -> bool:
        """Whether this is the connection to the user's proxy."""
        mode = data.client.proxy_mode
        return isinstance(mode, UpstreamMode) and data.server.address == mode.address


def _authority(raw: bytes) -> tuple[str, int]:
    try:
        host, port = parse_authority(raw, check=True)
    except ValueError:
        return "", 0
    return host, port or 443


class HonestFailures:
    """A reset upstream is a closed connection for the client, not the proxy's own 502 page.

    Retries of SDKs depend on it: they retry a 502 and a closed connection differently. What the client itself has
    done wrong is answered by mitmproxy's 400.
    """

    def error(self, flow_: http.HTTPFlow) -> None:
        if flow_.error is not None and "from server, refusing" in flow_.error.msg:
            close_client(flow_)  # the one page that mitmproxy sends whatever the flow says
        flow_.error = flow.Error(flow.Error.KILLED_MESSAGE)

    def http_connect_error(self, flow_: http.HTTPFlow) -> None:
        """The upstream of a CONNECT cannot be reached: close the client's connection instead of answering 502."""
        if flow_.response is not None and flow_.response.status_code == 502:
            close_client(flow_)


def close_client(flow_: http.HTTPFlow) -> None:
    """Close both ends of a flow's connection at once."""
    server = ctx.master.addons.get("proxyserver")
    handler = server.connections.get(flow_.client_conn.id) if server else None
    for transport in list(handler.transports.values()) if handler else []:
        if transport.writer is not None:
            transport.writer.close()


addons = [Router(), HonestFailures()]
