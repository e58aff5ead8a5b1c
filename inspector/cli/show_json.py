"""One call as a JSON object."""

from __future__ import annotations

from base64 import b64encode
from itertools import islice
from typing import Any

from inspector.store.bodies import is_text
from inspector.store.reader import Recording
from inspector.store.rows import list_fields, rfc3339
from inspector.store.stored import Stored
from inspector.view.exchange import headers_of, taken
from inspector.wire.exchange import BodyInfo, Digests
from inspector.wire.headers import Headers

CHUNK_LIMIT = 1000


def show_fields(opened: Recording, stored: Stored, limit: int | None) -> dict[str, Any]:
    """The fields of a list, and everything else; of each body at most `limit` bytes."""
    exchange = stored.exchange
    value = list_fields(stored.row)
    value["attempt_max"] = stored.row.attempt_max
    value["invocation_id"] = stored.facts.invocation_id
    value["version_id"] = stored.facts.version_id
    value["request_id"] = stored.facts.request_id
    value["presigned"] = stored.facts.presigned
    value["failure_text"] = exchange.failure.text if exchange.failure else None
    value["client_address"] = exchange.client_address or None
    value["server_address"] = exchange.server_address or None
    value["client_connection"] = exchange.client_connection or None
    value["server_connection"] = exchange.server_connection or None
    value["interim"] = list(exchange.interim)
    value["redacted"] = list(stored.redacted)
    value["canonical_sha256"] = stored.canonical_sha256
    value["timing"] = _timing(stored)
    value["request"] = _request(opened, stored, limit)
    value["forwarded"] = _forwarded(opened, stored)
    value["response"] = _response(opened, stored, limit)
    return value


def _forwarded(opened: Recording, stored: Stored) -> dict[str, Any] | None:
    """What an endpoint sent on in place of the request; `chunk_signatures` null where its body is the request's."""
    forwarded = opened.forwarded(stored.row.id)
    if forwarded is None:
        return None
    request, signatures = forwarded.request, forwarded.signatures
    return {
        "scheme": request.scheme,
        "host": request.host,
        "port": request.port,
        "path": request.target.decode("utf-8", "replace"),
        "authority": request.authority.decode("utf-8", "replace") or None,
        **_headers(request.headers),
        "chunk_signatures": None if signatures is None else [one.decode() for one in signatures[:CHUNK_LIMIT]],
    }


def _timing(stored: Stored) -> dict[str, Any]:
    timing = stored.exchange.timing
    moments = {
        "request_start": timing.request_start,
        "request_end": timing.request_end,
        "response_start": timing.response_start,
        "response_end": timing.response_end,
    }
    times: dict[str, Any] = {name: None if at is None else rfc3339(at) for name, at in moments.items()}
    return {**times, "tcp_ms": timing.tcp_ms, "tls_ms": timing.tls_ms}


def _request(opened: Recording, stored: Stored, limit: int | None) -> dict[str, Any]:
    request = stored.exchange.request
    body = _body(opened, stored.request_body, stored.request_info, limit)
    chunks = islice(opened.chunks(stored.row.id), CHUNK_LIMIT)
    body["chunks"] = [{"size": c.size, "sha256": c.sha256, "signature": c.signature} for c in chunks]
    return {
        "authority": request.authority.decode("utf-8", "replace") or None,
        **_headers(headers_of(stored, True)),
        "body": body,
    }


def _response(opened: Recording, stored: Stored, limit: int | None) -> dict[str, Any] | None:
    response = stored.exchange.response
    if response is None:
        return None
    return {
        "http_version": response.http_version,
        "reason": response.reason.decode("utf-8", "replace"),
        **_headers(response.headers),
        "body": _body(opened, stored.response_body, stored.response_info, limit),
    }


def _headers(headers: Headers) -> dict[str, Any]:
    """[name, value] in their order; `headers_b64` beside them when the text is not exact."""
    shown = [[part.decode("utf-8", "replace") for part in header] for header in headers]
    if [[part.encode() for part in header] for header in shown] == [list(header) for header in headers]:
        return {"headers": shown}
    return {"headers": shown, "headers_b64": [[b64encode(part).decode() for part in header] for header in headers]}


def _body(opened: Recording, body: int | None, info: BodyInfo, limit: int | None) -> dict[str, Any]:
    """What is known of a body, and its bytes: `text` when all that is given is UTF-8, else `base64`."""
    data = taken(opened.body(body), limit)
    value: dict[str, Any] = {
        **_digests(info.sent),
        "stored_size": info.stored_size,
        "given_size": len(data),
        "truncated": info.truncated,
        "redacted": info.redacted,
        "decoded": _digests(info.decoded) if info.decoded else None,
        "trailers": [[part.decode("utf-8", "replace") for part in trailer] for trailer in info.trailers],
        "checksum": list(info.checksum) if info.checksum else None,
        "chunk_count": info.chunk_count,
        "framing_error": info.framing_error,
    }
    try:
        if is_text(data):
            return {**value, "text": data.decode()}
    except UnicodeDecodeError:
        pass
    return {**value, "base64": b64encode(data).decode()}


def _digests(digests: Digests) -> dict[str, Any]:
    return {"size": digests.size, "sha256": digests.sha256, "md5": digests.md5, "crc32": digests.crc32}
