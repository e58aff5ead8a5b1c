"""Cassettes: what vcrpy (with pytest-recording) writes for Python, and VCR for Ruby.

Facts
-----
A cassette is no wire: request headers are a mapping (of repeated lines the first is kept), names are sorted, a body
that is text is a string, else `!!binary`; boto3's are pickled `io.BytesIO` objects, whose state is read here as data
(vcrpy 9.4.2, request.py, serializers/compat.py). Host and moments are not kept; the URI says the host. VCR for Ruby
has `http_interactions`, `recorded_at` in RFC 2822 or RFC 3339, and bodies in `string` or `base64_string`. Old
cassettes of vcrpy's httpx stub have `status_code` and `content`. Everything is `rebuilt`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from inspector.errors import UsageError
from inspector.formats.address import request_of_url
from inspector.formats.captured import BODY_DECODED, BODY_LOSSY, BODY_MISSING, Captured, Passed, Uids
from inspector.formats.moments import parsed_moment, told_moment
from inspector.formats.yaml_values import Items, Tagged
from inspector.wire.exchange import Exchange, Fidelity, Request, Response, Timing
from inspector.wire.headers import Headers, get

NAMES = ("interactions", "http_interactions")

_GZIP = b"\x1f\x8b"
_BUFFERS = ("_io.BytesIO", "_io.StringIO", "io.BytesIO", "io.StringIO")
_MOST_LINES = 1000
_MOST_HEADER_BYTES = 1024 * 1024


class _Unusable(Exception):
    """An interaction that is none."""


def read(stream: BinaryIO, when: float) -> Iterator[Captured | Passed]:
    """The exchanges of a cassette; `when` (Unix seconds) is taken where it names no moment.

    Raises:
        FormatError: it is no cassette, or it is hostile; with the line.
    """
    uids = Uids("vcr")
    for number, item in enumerate(Items(stream, NAMES), 1):
        try:
            yield _captured(item, when, uids)
        except _Unusable as error:
            yield Passed("malformed interaction", f"interaction {number}: {error}")


def _captured(item: Any, when: float, uids: Uids) -> Captured:
    whole = _mapping(item, "an interaction")
    asked, answered = _mapping(whole.get("request"), "its request"), _mapping(whole.get("response"), "its response")
    body, lost = _body("request", asked.get("body"))
    request = _request(asked)
    response = _response(answered)
    answer, answer_lost = _body("response", answered.get("body", answered.get("content")))
    coding = (get(response.headers, b"content-encoding") or b"").lower()
    if coding == b"gzip" and answer and not answer.startswith(_GZIP):
        answer_lost = (*answer_lost, BODY_DECODED.format(side="response"))
    started = parsed_moment(whole.get("recorded_at"), told_moment(request, response, when))
    identity = (request.method, request.target, repr(request.headers).encode(), body[:65536], answer[:65536])
    exchange = Exchange(
        uid=uids.make(started, *identity),
        request=request,
        response=response,
        timing=Timing(started),
        alterations=(*lost, *answer_lost),
        fidelity=Fidelity.REBUILT,
    )
    return Captured(exchange, body, answer)


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    value = value.value if isinstance(value, Tagged) else value
    if not isinstance(value, dict):
        raise _Unusable(f"{what} is no mapping")
    return value


def _request(part: Mapping[str, Any]) -> Request:
    method, uri = part.get("method"), part.get("uri", part.get("url"))
    if not isinstance(method, str) or not isinstance(uri, str) or not method.isascii() or not method.isalpha():
        raise _Unusable("it has no method and uri")
    headers = _headers(part.get("headers"))
    try:
        request = request_of_url(uri, method.upper().encode(), headers)
    except UsageError:
        raise _Unusable("its uri is none of HTTP") from None
    if get(headers, b"host") is not None:
        return request
    # The cassette has no Host line: what the URI says is the authority, as with HTTP/2.
    host = get(request.headers, b"host") or b""
    return Request(request.method, request.scheme, request.host, request.port, request.target, headers, authority=host)


def _response(part: Mapping[str, Any]) -> Response:
    status = part.get("status", part.get("status_code"))
    code, message = (status.get("code"), status.get("message")) if isinstance(status, dict) else (status, "")
    if not isinstance(code, str) or not code.isascii() or not code.isdigit() or not 100 <= int(code) <= 999:
        raise _Unusable("its answer has no status")
    reason = _bytes(message).replace(b"\r", b" ").replace(b"\n", b" ")
    return Response(int(code), _headers(part.get("headers")), reason)


def _headers(value: Any) -> Headers:
    """Lines out of a mapping from a name to a value or to several."""
    lines: list[tuple[bytes, bytes]] = []
    size = 0
    for name, values in value.items() if isinstance(value, dict) else ():
        raw = name.encode("utf-8", "surrogatepass")
        for one in values if isinstance(values, list) else (values,):
            if isinstance(one, Tagged | list | dict) or one is None or not raw or set(raw) & set(b":\r\n"):
                continue
            text = _bytes(one).replace(b"\r", b"").replace(b"\n", b" ")
            size += len(raw) + len(text)
            if len(lines) >= _MOST_LINES or size > _MOST_HEADER_BYTES:
                raise _Unusable(f"it has more than {_MOST_LINES} header lines, or more than a megabyte of them")
            lines.append((raw, text))
    return tuple(lines)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _body(side: str, value: Any) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a body in any of the ways in which cassettes write one, and what is lost of it."""
    if isinstance(value, Tagged):
        return _pickled(side, value)
    if isinstance(value, dict):
        if isinstance(value.get("base64_string"), str):
            return _from_base64(side, value["base64_string"])
        return _body(side, value.get("string"))
    if isinstance(value, list):  # the pieces of an iterator
        if all(isinstance(piece, str | bytes) for piece in value):
            return b"".join(map(_bytes, value)), ()
        return b"", (BODY_MISSING.format(side=side),)
    return _bytes(value), (BODY_LOSSY.format(side=side),) if isinstance(value, str) and "\ufffd" in value else ()


def _pickled(side: str, value: Tagged) -> tuple[bytes, tuple[str, ...]]:
    """The content of a buffer that was pickled: (bytes, position, ...). Nothing is called; other objects are lost."""
    state = value.value.get("state") if isinstance(value.value, dict) else None
    if value.tag.endswith(_BUFFERS) and isinstance(state, list) and state and isinstance(state[0], str | bytes):
        position = int(state[1]) if len(state) > 1 and isinstance(state[1], str) and state[1].isdecimal() else 0
        return _bytes(state[0])[position:], ()
    return b"", (BODY_MISSING.format(side=side),)


def _from_base64(side: str, text: str) -> tuple[bytes, tuple[str, ...]]:
    try:
        return base64.b64decode(text), ()
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace"), (BODY_LOSSY.format(side=side),)
