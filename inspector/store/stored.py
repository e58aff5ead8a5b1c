"""One exchange out of its row, whole. Apart from the reader: a list needs none of it, and loads faster without."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from inspector.facts import Facts
from inspector.store.body_info import info_from_json
from inspector.store.rows import Row
from inspector.wire.exchange import BodyInfo, Exchange, Failure, Fidelity, Request, Response, Timing
from inspector.wire.headers import unpack


@dataclass(frozen=True, slots=True)
class Stored:
    """One exchange with all that the recording knows of it, bodies apart.

    `request_body` and `response_body` are for `Recording.body`; `canonical_sha256` is the hex hash of the canonical
    request over the true values, where a redacted header is signed.
    """

    row: Row
    exchange: Exchange
    facts: Facts
    request_info: BodyInfo
    response_info: BodyInfo
    request_body: int | None
    response_body: int | None
    redacted: tuple[str, ...]
    canonical_sha256: str | None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What an endpoint sent on in place of a request, signed for the upstream.

    `signatures` (lower-case hex) stood in its body in place of the client's, those of the chunks and of the trailers;
    None: the body is that of the request, byte for byte.
    """

    request: Request
    signatures: tuple[bytes, ...] | None


def forwarded(method: str, v: dict[str, Any]) -> Forwarded:
    """A row of the table `forwarded`, by column name; `method` is the exchange's."""
    request = Request(
        method=method.encode("latin-1"),
        scheme=v["scheme"],
        host=v["host"],
        port=v["port"],
        target=v["target"],
        headers=unpack(v["request_headers"]),
        http_version=v["http_version"],
        authority=v["authority"],
    )
    raw: bytes | None = v["signatures"]
    if raw is None:
        return Forwarded(request, None)
    return Forwarded(request, tuple(raw[at : at + 32].hex().encode() for at in range(0, len(raw), 32)))


def stored(v: dict[str, Any]) -> Stored:
    """The exchange of a row of the table `exchange`, by column name."""
    return Stored(
        row=Row._make(v[name] for name in Row._fields),
        exchange=_exchange(v),
        facts=_facts(v),
        request_info=info_from_json(v["request_info"]),
        response_info=info_from_json(v["response_info"]),
        request_body=v["request_body"],
        response_body=v["response_body"],
        redacted=tuple(json.loads(v["redacted"] or "[]")),
        canonical_sha256=v["canonical_sha256"],
    )


def _exchange(v: dict[str, Any]) -> Exchange:
    return Exchange(
        uid=v["uid"],
        request=Request(
            method=v["method"].encode("latin-1"),
            scheme=v["scheme"],
            host=v["host"],
            port=v["port"],
            target=v["target"],
            headers=unpack(v["request_headers"]),
            http_version=v["http_version"],
            authority=v["authority"],
        ),
        timing=Timing(
            v["started_at"], v["request_end"], v["response_start"], v["response_end"], v["tcp_ms"], v["tls_ms"]
        ),
        response=_response(v),
        failure=Failure(v["failure"], v["failure_text"] or "") if v["failure"] else None,
        client_address=v["client_address"] or "",
        server_address=v["server_address"] or "",
        client_connection=v["client_connection"] or "",
        server_connection=v["server_connection"] or "",
        alterations=tuple(json.loads(v["alterations"])),
        fidelity=Fidelity(v["fidelity"]),
        interim=tuple(json.loads(v["interim"] or "[]")),
    )


def _response(v: dict[str, Any]) -> Response | None:
    if v["status"] is None:
        return None
    return Response(
        v["status"], unpack(v["response_headers"] or b""), v["reason"] or b"", v["response_http_version"] or ""
    )


def _facts(v: dict[str, Any]) -> Facts:
    """The columns of the same names; the key's exact bytes where its text is not exact."""
    key = v["key_bytes"] if v["key_bytes"] is not None else v["key"]
    return Facts(
        **{name: v[name] for name in Facts.__slots__ if name not in ("key", "presigned")},
        key=key.encode() if isinstance(key, str) else key,
        presigned=bool(v["presigned"]),
    )
