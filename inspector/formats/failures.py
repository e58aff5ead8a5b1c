"""Other programs' words for a call that failed, and the kind of failure they mean.

Sources: Chromium's net/base/net_error_list.h (`net::ERR_…` in a HAR's `_error`), Firefox's `NS_ERROR_…`, and
mitmproxy's messages (proxy/layers/http/__init__.py, proxy/server.py, flow.py).
"""

from __future__ import annotations

import re

from inspector.wire.exchange import Failure

KINDS = (
    (r"ERR_(CERT|SSL)|SEC_ERROR|certificate|OpenSSL|\bTLS\b", "upstream-tls"),
    (r"Cannot connect to|ERR_(CONNECTION_REFUSED|CONNECTION_TIMED_OUT|CONNECTION_FAILED)", "upstream-unreachable"),
    (r"ERR_(TIMED_OUT|NAME_|ADDRESS_|INTERNET_|PROXY_CONNECTION|TUNNEL_CONNECTION)", "upstream-unreachable"),
    (r"NS_ERROR_(UNKNOWN_HOST|CONNECTION_REFUSED|NET_TIMEOUT|OFFLINE)", "upstream-unreachable"),
    (r"connect call failed|connection refused|getaddrinfo|unreachable|ENOTFOUND|ECONNREFUSED", "upstream-unreachable"),
    (r"ERR_(INCOMPLETE_CHUNKED_ENCODING|CONTENT_LENGTH_MISMATCH)|NS_ERROR_NET_PARTIAL_TRANSFER", "truncated"),
    (r"without sending complete|incomplete", "truncated"),
    (r"by client|client disconnected|client closed|ERR_ABORTED|NS_BINDING_ABORTED", "client-disconnected"),
    (r"ERR_(CONNECTION_RESET|CONNECTION_CLOSED|EMPTY_RESPONSE|HTTP2_|QUIC_)", "upstream-reset"),
    (r"NS_ERROR_NET_(RESET|INTERRUPT)|ECONNRESET|reset|server disconnected|closed connection", "upstream-reset"),
    (r"killed", "recorder-stopped"),
)
"""Regular expressions (any case), the first that is found wins, and the kind of `wire.exchange.Failure`."""


_QUOTED = re.compile(r"""\bb['"].*""", re.DOTALL)


def classify(text: str) -> Failure:
    """The failure that another program described as `text`; kind `unknown` for words that are not in the table.

    Bytes that the text quotes are cut off: they may hold a secret (a rejected header line).
    """
    kind = next((kind for words, kind in KINDS if re.search(words, text, re.IGNORECASE)), "unknown")
    return Failure(kind=kind, text=_QUOTED.sub("(bytes not kept)", text))
