"""A call as a test looks at it, and as its hooks may change it: vcrpy's names for what a request and an answer have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from inspector.formats.fixture.bodies import Inline
from inspector.formats.fixture.model import Call
from inspector.pytest_plugin.settings import Filters, Settings
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers
from inspector.wire.query import pairs

_PORTS = {"http": 80, "https": 443}


class SaidRequest:
    """A request: `method`, `uri`, `headers`, `body` (bytes; what aws-chunked framing held). May be changed."""

    def __init__(self, request: Request, body: bytes) -> None:
        port = "" if request.port == _PORTS.get(request.scheme) else f":{request.port}"
        self.method = request.method.decode("latin-1")
        self.uri = f"{request.scheme}://{request.host}{port}{request.target.decode('latin-1')}"
        self.headers: dict[str, str] = _dictionary(request.headers)
        self.body = body

    def __repr__(self) -> str:
        return f"<{self.method} {self.uri}>"

    @property
    def url(self) -> str:
        """The same as `uri`."""
        return self.uri

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return urlsplit(self.uri).scheme

    @property
    def host(self) -> str:
        """The host without its port."""
        return urlsplit(self.uri).hostname or ""

    @property
    def port(self) -> int:
        """The port, said or usual."""
        parts = urlsplit(self.uri)
        return parts.port or _PORTS.get(parts.scheme, 0)

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return urlsplit(self.uri).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The parameters, decoded."""
        return parse_qsl(urlsplit(self.uri).query, keep_blank_values=True)


def _dictionary(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def said_response(call: Call) -> dict[str, Any]:
    """An answer as vcrpy has it: `status`, `headers` (a list of values each), `body["string"]`."""
    if call.response is None:
        return {"status": {"code": 0, "message": ""}, "headers": {}, "body": {"string": b""}}
    headers: dict[str, list[str]] = {}
    for name, value in call.response.headers:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    status = {"code": call.response.status, "message": call.response.reason.decode("latin-1")}
    return {"status": status, "headers": headers, "body": {"string": call.response_body.read()}}


# Filters: the same on what is recorded and on what is asked, so that what is left away is never missed


def filtered(request: Request, settings: Settings) -> Request:
    """A request without what the filters name, or with what they put in its place."""
    if not settings.filter_headers and not settings.filter_query_parameters:
        return request
    headers = _filtered_lines(request.headers, settings.filter_headers) if settings.filter_headers else request.headers
    target = request.target
    if settings.filter_query_parameters:
        target = _filtered_target(target, settings.filter_query_parameters)
    return replace(request, headers=headers, target=target)


def filtered_call(call: Call, settings: Settings) -> Call | None:
    """A call as it is recorded; None where a hook says that it is not to be."""
    request = filtered(call.request, settings)
    response = call.response
    if response is not None and settings.filter_headers:
        response = replace(response, headers=_filtered_lines(response.headers, settings.filter_headers))
    call = replace(call, request=request, response=response)
    if settings.before_record_request is not None:
        said = settings.before_record_request(SaidRequest(call.request, call.request_body.read()))
        if said is None:
            return None
        call = replace(call, request=_changed(call.request, said), request_body=_body(said.body))
    if settings.before_record_response is not None and call.response is not None:
        answer = settings.before_record_response(said_response(call))
        if answer is None:
            return None
        call = _answered(call, answer)
    return call


def _filtered_lines(headers: Headers, names: Filters) -> Headers:
    table = _table(names)
    kept = []
    for name, value in headers:
        other = table.get(name.decode("latin-1").lower(), _keep)(name, value)
        if other is not None:
            kept.append((name, other))
    return tuple(kept)


def _filtered_target(target: bytes, names: Filters) -> bytes:
    table = _table(names)
    path, _, query = target.partition(b"?")
    kept = []
    for pair in pairs(query):
        name = unquote(pair.name.decode("latin-1"))
        other = table.get(name.lower(), _keep)(pair.name, pair.value or b"")
        if other is not None:
            kept.append(pair.name if pair.value is None else pair.name + b"=" + other)
    return path + (b"?" + b"&".join(kept) if kept else b"")


_Filter = Callable[[bytes, bytes], bytes | None]


def _keep(_: bytes, value: bytes) -> bytes | None:
    return value


def _table(names: Iterable[str | tuple[str, Any]]) -> dict[str, _Filter]:
    return {_name(one).lower(): _filter(one) for one in names}


def _name(one: str | tuple[str, Any]) -> str:
    return one if isinstance(one, str) else one[0]


def _filter(one: str | tuple[str, Any]) -> _Filter:
    """vcrpy's three: a name alone, a name with its new value (None: away), a name with a function."""
    value = None if isinstance(one, str) else one[1]
    if callable(value):
        return lambda name, was: _encoded(value(name.decode("latin-1"), was.decode("latin-1"), None))
    new = _encoded(value)
    return lambda name, was: new


def _encoded(value: Any) -> bytes | None:
    return None if value is None else str(value).encode()


def _changed(request: Request, said: SaidRequest) -> Request:
    parts = urlsplit(said.uri)
    target = quote(parts.path or "/", safe="!-~%/") + (f"?{parts.query}" if parts.query else "")
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in said.headers.items())
    return replace(
        request,
        method=said.method.encode(),
        scheme=parts.scheme,
        host=parts.hostname or request.host,
        port=parts.port or _PORTS.get(parts.scheme, request.port),
        target=target.encode("latin-1"),
        headers=headers if headers != tuple(_latin(request.headers)) else request.headers,
    )


def _latin(headers: Headers) -> Iterable[tuple[bytes, bytes]]:
    return ((name.encode("latin-1"), value.encode("latin-1")) for name, value in _dictionary(headers).items())


def _body(body: Any) -> Inline:
    return Inline(body if isinstance(body, bytes) else str(body or "").encode())


def _answered(call: Call, answer: dict[str, Any]) -> Call:
    assert call.response is not None
    lines = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, values in answer["headers"].items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    status = answer["status"]
    response = replace(
        call.response, status=int(status["code"]), reason=str(status["message"]).encode("latin-1"), headers=tuple(lines)
    )
    return replace(call, response=response, response_body=_body(answer["body"]["string"]))
