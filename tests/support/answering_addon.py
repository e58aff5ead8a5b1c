"""A mitmproxy addon for tests: answers every request itself, so that no upstream is needed, and notes who came."""

from __future__ import annotations

import json
import os
from typing import Any

from mitmproxy import http, tls


def note(**fields: Any) -> None:
    with open(os.environ["ANSWERING_LOG"], "a", encoding="utf-8") as log:
        log.write(json.dumps(fields) + "\n")


def running() -> None:
    from mitmproxy import ctx

    note(kind="listening", port=ctx.master.addons.get("proxyserver").listen_addrs()[0][1])


def tls_failed_client(data: tls.TlsData) -> None:
    note(kind="refused", host=data.conn.sni, text=str(data.conn.error))


def request(flow: http.HTTPFlow) -> None:
    note(
        kind="call",
        method=flow.request.method,
        url=flow.request.pretty_url,
        connection=flow.client_conn.id,
        headers=dict(flow.request.headers),
    )
    body = b"<ListBucketResult><Name>bkt</Name></ListBucketResult>" if flow.request.method == "GET" else b""
    flow.response = http.Response.make(200, body, {"content-type": "application/xml", "etag": '"e"'})
