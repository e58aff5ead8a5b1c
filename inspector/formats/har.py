"""HAR 1.2 as Chrome, Firefox, mitmproxy, Proxyman, HTTP Toolkit and others write it.

Facts
-----
The standard: http://www.softwareishard.com/blog/har-12-spec/. A HAR is never the wire: names and values of headers
are text, bodies mostly too, so every exchange is `rebuilt`. Chrome leaves Authorization and cookies out unless told
otherwise ("sanitized"), joins repeated header lines by a line feed, gives HTTP/2's pseudo headers among the others
and lists what came from its cache. Slack's client writes headers as [name, value] (mitmproxy's io/har.py). Where
neither a Host line nor `:authority` is given, the URL says the authority. A `status` of 0 is a call without an
answer. `connect` includes `ssl` by the standard; mitmproxy's does not, and its `startedDateTime` is that of the
request, after the connection stood.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from inspector.formats.captured import MESSAGES_LOST, Captured, Item, Passed, Uids
from inspector.formats.entries import EntryReader
from inspector.formats.failures import classify
from inspector.formats.har_body import HarBody, request_body, response_body
from inspector.wire.exchange import Exchange, Failure, Fidelity, Request, Response, Timing
from inspector.wire.headers import Header, Headers, get
from inspector.wire.problem import Problem

Object = Mapping[str, Any]

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_VERSIONS = {
    "h2": "HTTP/2.0",
    "http/2": "HTTP/2.0",
    "http/2.0": "HTTP/2.0",
    "h3": "HTTP/3",
    "http/3": "HTTP/3",
    "http/3.0": "HTTP/3",
    "http/1.0": "HTTP/1.0",
}
"""What programs write for a version, and what mitmproxy, hence this recorder, calls it; all else is HTTP/1.1."""

_BODILESS = (204, 304)


def read(stream: BinaryIO, when: float) -> Iterator[Item]:
    """The exchanges of a HAR; `when` (Unix seconds) is taken for an entry whose moment cannot be read.

    Raises:
        FormatError: the file is not a HAR, or breaks off; with the byte where.
    """
    reader = EntryReader(stream)
    uids = Uids("har")
    creator: str | None = None
    for number, entry in enumerate(reader, 1):
        creator = reader.creator() if creator is None else creator
        yield _item(entry, number, _Context(when, uids, creator))
    yield from _tls_errors(reader.log(), when)


@dataclass(frozen=True, slots=True)
class _Context:
    when: float
    uids: Uids
    creator: str


@dataclass(frozen=True, slots=True)
class _Url:
    scheme: str
    authority: bytes
    host: str
    port: int
    target: bytes


def _item(entry: object, number: int, context: _Context) -> Captured | Passed:
    if not isinstance(entry, dict):
        return Passed("malformed entry", f"entry {number} is no object")
    request, response = _object(entry, "request"), _object(entry, "response")
    method, address = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(address, str) or not method.isascii() or not method:
        return Passed("malformed entry", f"entry {number} has no method and URL")
    if method == "CONNECT":
        return Passed("CONNECT request")
    if entry.get("_fromCache"):
        return Passed("answer from the browser's cache")
    url = _url(address)
    if url is None:
        return Passed("URL that is not HTTP", f"entry {number}: {address.partition(':')[0][:20]}")
    return _captured(entry, request, response, url, context)


def _captured(entry: Object, request: Object, response: Object, url: _Url, context: _Context) -> Captured:
    head = _request(request, url)
    answer = _response(response)
    sent = request_body(request)
    got = _answer_body(response, answer, head.method) if answer else HarBody()
    started = _moment(entry.get("startedDateTime"), context.when)
    exchange = Exchange(
        uid=context.uids.make(started, *_identity(entry, request, response)),
        request=head,
        response=answer,
        timing=_timing(entry, started, answer is not None, context.creator),
        failure=_failure(response, answer),
        server_address=_server_address(entry, url.port),
        server_connection=_text(entry.get("connection")),
        alterations=(*sent.alterations, *got.alterations, *_websocket(entry)),
        fidelity=Fidelity.REBUILT,
    )
    return Captured(exchange, sent.body, got.body, sent.gap, got.gap)


def _identity(entry: Object, request: Object, response: Object) -> Iterator[bytes]:
    """What tells an entry from others, without its bodies, which programs may leave out of a second export."""
    told = (request.get("method"), request.get("url"), request.get("headers"))
    answered = (response.get("status"), response.get("headers"))
    for part in (entry.get("startedDateTime"), entry.get("time"), *told, *answered):
        yield json.dumps(part, sort_keys=True).encode()


# Heads


def _url(address: str) -> _Url | None:
    """The parts of a URL, nothing re-encoded; None for one that is not HTTP."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        return None
    scheme = _SCHEMES[scheme.lower()]
    cut = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    authority = rest[:cut].rpartition("@")[2]
    host, port = _host_and_port(authority, 443 if scheme == "https" else 80)
    target = rest[cut:].partition("#")[0]
    return _Url(scheme, _bytes(authority), host, port, _bytes(target if target.startswith("/") else "/" + target))


def _host_and_port(authority: str, default: int) -> tuple[str, int]:
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal() or authority.endswith("]"):
        host, port = authority.removesuffix(":"), ""
    return host.strip("[]"), int(port) if port and int(port) < 65536 else default


def _request(request: Object, url: _Url) -> Request:
    headers, pseudo = _headers(request.get("headers"))
    authority = pseudo.get(b":authority", b"" if get(headers, b"host") else url.authority)
    return Request(
        method=_bytes(str(request["method"])),
        scheme=url.scheme,
        host=url.host,
        port=url.port,
        target=pseudo.get(b":path", url.target),
        headers=headers,
        http_version=_version(request.get("httpVersion")),
        authority=authority,
    )


def _response(response: Object) -> Response | None:
    """The head of the answer; None where there was none, which HAR says by a status of 0."""
    status = _number(response.get("status"))
    if status is None or not 100 <= status <= 999:
        return None
    headers, _ = _headers(response.get("headers"))
    reason = _bytes(_text(response.get("statusText")).replace("\r", " ").replace("\n", " "))
    return Response(int(status), headers, reason, _version(response.get("httpVersion")))


def _headers(rows: object) -> tuple[Headers, dict[bytes, bytes]]:
    """The header lines in their order, and HTTP/2's pseudo headers apart."""
    headers: list[Header] = []
    pseudo: dict[bytes, bytes] = {}
    for name, value in _pairs(rows):
        if name[:1] == b":":
            pseudo[name.lower()] = value
        elif name and not set(name) & set(b":\r\n"):
            headers += [(name, line.strip(b"\r")) for line in value.split(b"\n")]
    return tuple(headers), pseudo


def _pairs(rows: object) -> Iterator[Header]:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield _bytes(_text(row.get("name"))), _bytes(_text(row.get("value")))
        elif isinstance(row, list) and len(row) == 2:
            yield _bytes(_text(row[0])), _bytes(_text(row[1]))


def _version(value: object) -> str:
    return _VERSIONS.get(_text(value).lower(), "HTTP/1.1")


# What happened


def _answer_body(response: Object, answer: Response, method: bytes) -> HarBody:
    coding = (get(answer.headers, b"content-encoding") or b"").decode("latin-1")
    return response_body(response, coding, method != b"HEAD" and answer.status not in _BODILESS)


def _failure(response: Object, answer: Response | None) -> Failure | None:
    text = _text(response.get("_error"))
    if text:
        return classify(text)
    return None if answer else Failure("unknown", "the HAR holds no answer, and no reason why")


def _websocket(entry: Object) -> tuple[str, ...]:
    return (MESSAGES_LOST,) if entry.get("_webSocketMessages") else ()


def _moment(value: object, default: float) -> float:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return default
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _timing(entry: Object, started: float, answered: bool, creator: str) -> Timing:
    """Moments out of phases; a moment after a phase that nobody measured is not known, except the end (`time`)."""
    timings = _object(entry, "timings")
    opened = {name: _milliseconds(timings.get(name)) for name in ("blocked", "dns", "connect", "ssl")}
    tcp, tls = opened["connect"], opened["ssl"]
    start = started
    if creator != "mitmproxy":
        start += sum(opened[name] or 0 for name in ("blocked", "dns", "connect")) / 1000
        tcp = None if tcp is None else max(0.0, tcp - (tls or 0))
    end = _after(start, timings.get("send"))
    first = _after(end, timings.get("wait")) if answered else None
    last = _after(first, timings.get("receive")) or _after(started, entry.get("time"))
    return Timing(start, end, first, last if answered else None, tcp, tls)


def _after(moment: float | None, phase: object) -> float | None:
    """The moment after a phase of so many milliseconds."""
    length = _milliseconds(phase)
    return None if moment is None or length is None else moment + length / 1000


def _milliseconds(value: object) -> float | None:
    """A phase in milliseconds; None where it did not happen or is not known (-1, null, absent)."""
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _server_address(entry: Object, port: int) -> str:
    address = _text(entry.get("serverIPAddress")).strip("[]")
    if not address:
        return ""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _tls_errors(log: Object, when: float) -> Iterator[Problem]:
    """The clients that refused the proxy's certificate, as HTTP Toolkit lists them (`log._tlsErrors`)."""
    errors = log.get("_tlsErrors")
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            at = _moment(error.get("startedDateTime"), when)
            text = f"TLS failed: {_text(error.get('cause')) or 'no cause given'}"
            yield Problem(at, "tls-refused-by-client", _text(error.get("hostname")), text)


# Values of any kind


def _object(parent: Object, name: str) -> Object:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None  # type: ignore[arg-type]


def _bytes(text: str) -> bytes:
    """UTF-8; a lone surrogate of `surrogateescape` is the byte that it stands for, any other one its own encoding."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
