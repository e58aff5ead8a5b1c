"""One call for people: its summary, its heads, as much of its bodies as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inspector.s3.chunked import is_aws_chunked
from inspector.store.bodies import decoded, is_text
from inspector.store.reader import Recording
from inspector.store.stored import Forwarded, Stored
from inspector.view import render
from inspector.view.pretty import hex_lines, pretty
from inspector.wire.exchange import BodyInfo, Exchange, Request, Timing
from inspector.wire.headers import Headers

_FIRST_CHUNKS = 8


def summary(stored: Stored) -> Iterator[str]:
    """What there is to know of a call besides its bytes."""
    row, facts = stored.row, stored.facts
    code = f" {render.safe(facts.error_code)}" if facts.error_code else ""
    yield f"#{row.id}  {render.operation(row)}  {render.status(row)}{code}  {render.subject(row)}"
    for name, text in _facts(stored):
        if text:
            yield f"  {name:<9} {text}"


def _facts(stored: Stored) -> Iterator[tuple[str, str]]:
    row, facts, exchange = stored.row, stored.facts, stored.exchange
    yield "message", render.safe(facts.error_message or "")
    if exchange.failure:
        yield "failure", render.safe(f"{exchange.failure.kind}: {exchange.failure.text}")
    yield "session", str(row.session)
    yield "started", render.date_and_time(row.started_at)
    yield "client", _words(facts.client, _labelled("attempt", render.attempt(row)), facts.invocation_id)
    yield (
        "auth",
        _words(
            facts.auth,
            _labelled("key id", facts.key_id),
            _labelled("region", facts.region),
            _labelled("payload", facts.payload),
            "presigned" if facts.presigned else None,
        ),
    )
    yield "upload", _words(facts.upload_id, _labelled("part", facts.part_number))
    yield "version", _words(facts.version_id)
    yield "request id", _words(facts.request_id)
    yield "from", _words(exchange.client_address, _labelled("to", exchange.server_address))
    yield "timing", timing(exchange.timing, row.ttfb_ms, row.duration_ms)
    yield "request", _body(stored.request_info)
    yield "response", _body(stored.response_info)
    yield "altered", _words(*exchange.alterations)
    yield "interim", " ".join(map(str, exchange.interim))
    yield "redacted", _words(*stored.redacted)
    yield "fidelity", "" if row.fidelity == "wire" else "rebuilt from a lossy import"
    yield "replay of", "" if row.replay_of is None else f"#{row.replay_of}"
    yield "marked", "yes" if row.marked else ""
    yield "note", render.safe(row.note or "")


def _words(*parts: str | None) -> str:
    return "  ".join(render.safe(part) for part in parts if part)


def _labelled(label: str, value: object) -> str | None:
    return f"{label} {value}" if value else None


def timing(moments: Timing, ttfb: float | None, total: float | None) -> str:
    """Where the time went, phase by phase."""
    phases = (
        ("tcp", moments.tcp_ms),
        ("tls", moments.tls_ms),
        ("send", _between(moments.request_start, moments.request_end)),
        ("wait", ttfb),
        ("receive", _between(moments.response_start, moments.response_end)),
        ("all", total),
    )
    return "  ".join(f"{name} {render.duration(value)}" for name, value in phases if value is not None)


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start) * 1000


def _body(info: BodyInfo) -> str:
    if not info.sent.size:
        return ""
    parts = [f"{info.sent.size} bytes", f"sha256 {info.sent.sha256}"]
    if info.decoded:
        parts.append(f"payload {info.decoded.size} bytes in {info.chunk_count} chunks")
    if info.checksum:
        parts.append(f"{info.checksum[0]} should be {info.checksum[1]}")
    if info.truncated:
        parts.append(f"kept {info.stored_size} bytes ({info.truncated})")
    if info.redacted:
        parts.append("stored with secrets replaced")
    if info.framing_error:
        parts.append(f"broken framing: {info.framing_error}")
    return render.safe("  ".join(parts))


# Heads


def request_head(exchange: Exchange) -> bytes:
    """The head of the request as HTTP/1 writes it."""
    return request_bytes(exchange.request)


def request_bytes(request: Request) -> bytes:
    """A request's head as HTTP/1 writes it."""
    authority = b":authority: %b\r\n" % request.authority if request.authority else b""
    first = b"%b %b %b\r\n" % (request.method, request.target, request.http_version.encode())
    return first + authority + _header_lines(request.headers)


def forwarded_lines(forwarded: Forwarded) -> Iterator[str]:
    """What an endpoint sent on in place of the request, for reading."""
    request = forwarded.request
    place = f"{request.scheme}://{render.safe(request.host)}:{request.port}"
    body = "the body as it came" if forwarded.signatures is None else "its chunks signed again one by one"
    yield ""
    yield f"[signed again and sent on to {place}, {body}]"
    yield from head_lines(request_bytes(request).removesuffix(b"\r\n"))


def response_head(exchange: Exchange) -> bytes:
    """The head of the answer as HTTP/1 writes it; nothing when none came."""
    response = exchange.response
    if response is None:
        return b""
    first = b"%b %d %b" % (response.http_version.encode(), response.status, response.reason)
    return first.rstrip() + b"\r\n" + _header_lines(response.headers)


def _header_lines(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers) + b"\r\n"


def head_lines(head: bytes) -> Iterator[str]:
    """A head for a terminal: a line each, what could move the cursor escaped."""
    return (render.safe_bytes(line) for line in head.removesuffix(b"\r\n").split(b"\r\n"))


# Bodies


def body_lines(opened: Recording, stored: Stored, request: bool, limit: int | None) -> Iterator[str]:
    """A body for a terminal: its framing, then its text or its bytes, at most `limit` bytes of it."""
    body = opened.body(stored.request_body if request else stored.response_body)
    headers = headers_of(stored, request)
    if request and is_aws_chunked(headers):
        yield from framing(opened, stored)
    payload = taken(decoded(body, headers, request), limit)
    if not payload:
        payload = taken(body, limit)
    if is_text(payload):
        yield from render.safe_lines(pretty(payload.decode("utf-8", "replace"))).split("\n")
    else:
        yield from hex_lines(payload)


def headers_of(stored: Stored, request: bool) -> Headers:
    """The headers of one side."""
    exchange = stored.exchange
    if request:
        return exchange.request.headers
    return exchange.response.headers if exchange.response else ()


def framing(opened: Recording, stored: Stored) -> Iterator[str]:
    """The chunks and trailers of an aws-chunked request."""
    info = stored.request_info
    sizes = [str(chunk.size) for _, chunk in zip(range(_FIRST_CHUNKS), opened.chunks(stored.row.id), strict=False)]
    more = " ..." if info.chunk_count > len(sizes) and sizes else ""
    yield f"[aws-chunked: {info.chunk_count} chunks" + (f" of {' '.join(sizes)}{more} bytes]" if sizes else "]")
    for name, value in info.trailers:
        yield f"[trailer {render.safe_bytes(name)}: {render.safe_bytes(value)}]"


def taken(windows: Iterable[bytes], limit: int | None) -> bytes:
    """The first `limit` bytes."""
    got = bytearray()
    for window in windows:
        got += window
        if limit is not None and len(got) >= limit:
            return bytes(got[:limit])
    return bytes(got)
