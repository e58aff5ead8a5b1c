"""Calls as WireMock's stub mappings, in one file: put it into `mappings`, or post it to `/__admin/mappings/import`.

A stub asks for method, URL (asked for by its parameters, WireMock takes requests that have more of them), and body:
XML and JSON by meaning, the rest byte for byte. Calls that
ask for the same with other answers become a scenario, as WireMock records them: one after the other, the last one
stays. The host is not asked for (a stub server has its own); it stands in `metadata` with all else that WireMock has
no place for, so that `import` gives the calls back.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from inspector.formats.captured import answer_as_kept
from inspector.formats.out.shown import Shown, is_text, url
from inspector.wire.headers import Headers, get

OURS = "b2-inspector"

_NOT_SAID_AGAIN = frozenset((b"transfer-encoding", b"connection", b"keep-alive", b"content-length"))
"""What the server says by itself of the bytes that it sends; of a HEAD the length stays, for there are none."""


def mappings(calls: Callable[[], Iterable[Shown]]) -> Iterator[str]:
    """A file of stubs in pieces, a stub at a time. The calls are gone through twice: who comes last has to be known."""
    left = Counter(_key(_request(call)) for call in calls())
    met: Counter[str] = Counter()
    yield '{"mappings": [\n'
    number = 0
    for call in calls():
        stub = mapping(call, number)
        key = _key(stub["request"])
        met[key] += 1
        if left[key] > 1:
            stub |= _scenario(key, met[key], left[key])
        yield (",\n" if number else "") + json.dumps(stub, ensure_ascii=True)
        number += 1
    yield f'\n], "meta": {{"total": {number}}}}}\n'


def _key(asked: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _scenario(key: str, step: int, count: int) -> dict[str, str]:
    """The place of a stub among those with the same request: each is the first once, and the last one stays."""
    state = "Started" if step == 1 else f"answered {step - 1}"
    then = {} if step == count else {"newScenarioState": f"answered {step}"}
    return {"scenarioName": f"request {key}", "requiredScenarioState": state, **then}


def mapping(call: Shown, number: int) -> dict[str, Any]:
    """One call as a stub; `number` is its place among the others."""
    return {
        "id": str(UUID(hashlib.sha256(call.exchange.uid.encode()).hexdigest()[:32])),
        "name": f"{call.facts.operation or _text(call.request.method)} {call.request.path.decode('utf-8', 'replace')}",
        "request": _request(call),
        "response": _response(call),
        "insertionIndex": number,
        "metadata": {OURS: _ours(call)},
    }


def _request(call: Shown) -> dict[str, Any]:
    asked: dict[str, Any] = {"method": _text(call.request.method), "url": _text(call.request.target)}
    if call.request_body:
        asked["bodyPatterns"] = [_pattern(call.request.headers, call.request_body)]
    return asked


def _pattern(headers: Headers, body: bytes) -> dict[str, Any]:
    kind = (get(headers, b"content-type") or b"").lower()
    if is_text(body):
        text = body.decode()
        if b"xml" in kind or text.lstrip().startswith("<?xml"):
            return {"equalToXml": text}
        if b"json" in kind:
            return {"equalToJson": text}
    return {"binaryEqualTo": b64encode(body).decode()}


def _response(call: Shown) -> dict[str, Any]:
    response = answer_as_kept(call.exchange)
    if response is None:
        return {"fault": "CONNECTION_RESET_BY_PEER"}
    head = call.request.method == b"HEAD"
    given: dict[str, Any] = {"status": response.status}
    if response.reason:
        given["statusMessage"] = _text(response.reason)
    headers: dict[str, Any] = {}
    for name, value in response.headers:
        if name.lower() not in _NOT_SAID_AGAIN or (head and name.lower() == b"content-length"):
            headers.setdefault(_text(name), []).append(_text(value))
    given["headers"] = {name: values[0] if len(values) == 1 else values for name, values in headers.items()}
    body = call.response_body
    if body:
        given |= {"body": body.decode()} if is_text(body) else {"base64Body": b64encode(body).decode()}
    return given


def _ours(call: Shown) -> dict[str, Any]:
    """What WireMock has no place for."""
    exchange, response = call.exchange, call.exchange.response
    told: dict[str, Any] = {
        "uid": exchange.uid,
        "url": _text(url(call.request)),
        "started": datetime.fromtimestamp(exchange.timing.request_start, UTC).isoformat(),
        "request_headers": _lines(call.request.headers),
    }
    if response is not None:
        told["response_headers"] = _lines(response.headers)
    if exchange.timing.response_end is not None:
        told["ended"] = exchange.timing.response_end
    if call.request_body is None:
        told["request_body_missing"] = True
    return told


def _lines(headers: Headers) -> list[list[str]]:
    return [[_text(name), _text(value)] for name, value in headers]


def _text(raw: bytes) -> str:
    """Bytes that are no UTF-8 as lone surrogates, which JSON holds escaped, and `import` reads back."""
    return raw.decode("utf-8", "surrogateescape")
