"""Calls as HAR 1.2, which this project and others read again.

http://www.softwareishard.com/blog/har-12-spec/. `encoding: base64` is the standard's for answers; for `postData` it is
what mitmproxy and Chrome's importers write and read.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from inspector.formats.out.shown import Shown, is_text, url
from inspector.wire.exchange import Exchange
from inspector.wire.headers import Headers, get
from inspector.wire.query import pairs


def har_pieces(calls: Iterable[Shown], version: str) -> Iterator[str]:
    """A HAR in pieces, an entry at a time; `version` is this program's."""
    creator = json.dumps({"name": "b2-inspector", "version": version})
    yield f'{{"log": {{"version": "1.2", "creator": {creator}, "entries": [\n'
    for number, call in enumerate(calls):
        yield ("" if number == 0 else ",\n") + json.dumps(entry(call), ensure_ascii=False)
    yield "\n]}}\n"


def entry(call: Shown) -> dict[str, Any]:
    """One call as a HAR entry."""
    exchange = call.exchange
    return {
        "startedDateTime": datetime.fromtimestamp(exchange.timing.request_start, UTC).isoformat(),
        "time": _time(exchange),
        "request": _request(call),
        "response": _response(call),
        "cache": {},
        "timings": _timings(exchange),
        "serverIPAddress": exchange.server_address.rpartition(":")[0].strip("[]"),
        "connection": exchange.server_connection,
    }


def _request(call: Shown) -> dict[str, Any]:
    request = call.request
    value: dict[str, Any] = {
        "method": _text(request.method),
        "url": _text(url(request)),
        "httpVersion": request.http_version,
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [
            {"name": _text(unquote_to_bytes(pair.name)), "value": _text(unquote_to_bytes(pair.value or b""))}
            for pair in pairs(request.query)
        ],
        "headersSize": -1,
        "bodySize": -1 if call.request_body is None else len(call.request_body),
    }
    if call.request_body:
        mime = _text(get(request.headers, b"content-type") or b"")
        value["postData"] = {"mimeType": mime, **_content(call.request_body)}
    return value


def _response(call: Shown) -> dict[str, Any]:
    response = call.exchange.response
    if response is None:
        failure = call.exchange.failure
        error = {"_error": f"{failure.kind}: {failure.text}"} if failure else {}
        return {**_NO_ANSWER, **error}
    body = call.response_body or b""
    mime = _text(get(response.headers, b"content-type") or b"")
    return {
        "status": response.status,
        "statusText": _text(response.reason),
        "httpVersion": response.http_version,
        "cookies": [],
        "headers": _headers(response.headers),
        "content": {"size": len(body), "mimeType": mime, **(_content(body) if body else {})},
        "redirectURL": _text(get(response.headers, b"location") or b""),
        "headersSize": -1,
        "bodySize": -1 if call.response_body is None else len(body),
    }


_NO_ANSWER: dict[str, Any] = {
    "status": 0,
    "statusText": "",
    "httpVersion": "",
    "cookies": [],
    "headers": [],
    "content": {"size": 0, "mimeType": ""},
    "redirectURL": "",
    "headersSize": -1,
    "bodySize": -1,
}


def _content(body: bytes) -> dict[str, str]:
    """Text as it is, anything else in base64."""
    if is_text(body):
        return {"text": body.decode()}
    return {"text": b64encode(body).decode(), "encoding": "base64"}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": _text(name), "value": _text(value)} for name, value in headers]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()


def _time(exchange: Exchange) -> float:
    timing = exchange.timing
    end = timing.response_end or timing.response_start or timing.request_end or timing.request_start
    return round((end - timing.request_start) * 1000, 3)


def _timings(exchange: Exchange) -> dict[str, float]:
    timing = exchange.timing
    sent, first, last = timing.request_end, timing.response_start, timing.response_end
    return {
        "blocked": -1,
        "dns": -1,
        "connect": round((timing.tcp_ms or 0) + (timing.tls_ms or 0), 3) if timing.tcp_ms is not None else -1,
        "ssl": -1 if timing.tls_ms is None else timing.tls_ms,
        "send": _between(timing.request_start, sent),
        "wait": _between(sent, first),
        "receive": _between(first, last),
    }


def _between(start: float | None, end: float | None) -> float:
    return 0 if start is None or end is None else max(0.0, round((end - start) * 1000, 3))
