"""A call as a JSON object with its heads and bodies: bodies as text where they are, else in base64."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from inspector.formats.out.shown import Shown, is_text
from inspector.wire.headers import Headers


def fields(call: Shown) -> dict[str, Any]:
    """What `ls --json` has not: header lines in their order, and bodies. `path` and `key_id` as they may be shown."""
    response = call.exchange.response
    return {
        "path": call.request.target.decode("utf-8", "replace"),
        "key_id": None,
        "request_headers": _lines(call.request.headers),
        **_body("request_body", call.request_body),
        "response_headers": _lines(response.headers) if response else None,
        **_body("response_body", call.response_body),
    }


def _lines(headers: Headers) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("utf-8", "replace")] for name, value in headers]


def _body(name: str, body: bytes | None) -> dict[str, Any]:
    if body is None or is_text(body):
        return {name: None if body is None else body.decode()}
    return {f"{name}_b64": b64encode(body).decode()}
