"""Both connections of a call ended at once, so that what waits to be sent upstream is dropped."""

from __future__ import annotations

from typing import Any


def break_off(master: Any, client: str) -> None:
    """End them, where mitmproxy's `master` still serves the client of this id: no object comes of a broken body."""
    server = master.addons.get("proxyserver")
    handler = server.connections.get(client) if server else None
    for transport in list(handler.transports.values()) if handler else []:
        if transport.writer is not None:
            transport.writer.transport.abort()
