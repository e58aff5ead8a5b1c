"""mitmproxy's spellings (`~m PUT ~c 403`), each with ours.

Source: https://docs.mitmproxy.org/stable/concepts/filters/. An argument there is always a regular expression; where
ours is a plain word (`~m PUT`, `~c 403`) it is taken as one.
"""

from __future__ import annotations

from inspector.store.filters.tree import EVERYTHING, Node, Op, Or, Term

FLAGS: dict[str, Node] = {
    "all": EVERYTHING,
    "http": EVERYTHING,
    "e": Term("is", Op.IS, "error"),
    "q": Term("is", Op.IS, "pending"),
    "s": Term("is", Op.IS, "done"),
    "marked": Term("is", Op.IS, "marked"),
    "replay": Or((Term("is", Op.IS, "replay"), Term("is", Op.IS, "synthetic"))),
    "replayq": Term("is", Op.IS, "replay"),
    "replays": Term("is", Op.IS, "synthetic"),
}
"""Operators without an argument."""

FIELDS: dict[str, str] = {
    "m": "method",
    "c": "status",
    "d": "host",
    "u": "url",
    "h": "header",
    "hq": "req.header",
    "hs": "resp.header",
    "b": "body",
    "bq": "req.body",
    "bs": "resp.body",
    "t": "type",
    "tq": "req.type",
    "ts": "resp.type",
    "comment": "note",
    "src": "src",
    "dst": "dst",
    "marker": "mark",
}
"""Operators with an argument, and the field that takes it."""

PLAIN = frozenset({"method", "status"})
"""Fields whose argument is a word and not a regular expression."""

NO_MEANING = frozenset({"a", "tcp", "udp", "dns", "websocket", "meta"})
"""mitmproxy's operators for what a recording does not hold."""
