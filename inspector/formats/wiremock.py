"""WireMock: stub mappings, one a file or many, with the bodies beside them in `__files`; and its request journal.

Facts
-----
A stub says what a request must be like, not what it was: it is a call where it asks for equal things, and passed over
where it asks for a pattern (wiremock.org/docs/request-matching). Bodies of answers stand in `body`, `base64Body`,
`jsonBody`, or in the file `bodyFileName` below `__files`, beside the directory `mappings`. Recorded stubs are
numbered by `insertionIndex`. `metadata` is anybody's: ours holds what the format has no place for. The
journal (`/__admin/requests`) has whole calls. Everything is `rebuilt`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from inspector.errors import FormatError, UsageError
from inspector.formats.address import request_of_url
from inspector.formats.captured import BODY_LOSSY, BODY_MISSING, BODY_REBUILT, OUR_UID, Captured, Passed, Uids
from inspector.formats.moments import parsed_moment, told_moment
from inspector.wire.exchange import Exchange, Failure, Fidelity, Request, Response, Timing
from inspector.wire.headers import Header, Headers, get

LARGEST = 512 * 1024 * 1024
LARGEST_BODY = 1024 * 1024 * 1024
OURS = "b2-inspector"
FILES = "__files"
MAPPINGS = "mappings"

_FIRST = rb"mappings|id|uuid|name|request|requests|response|scenarioName|priority"
START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:' + _FIRST + rb')"')
_SIGNS = (b'"urlPath', b'"url"', b'"urlPattern"', b'"bodyFileName"', b'"base64Body"', b'"responseDefinition"')

_FAULTS = {
    "CONNECTION_RESET_BY_PEER": "upstream-reset",
    "EMPTY_RESPONSE": "upstream-reset",
    "MALFORMED_RESPONSE_CHUNK": "truncated",
    "RANDOM_DATA_THEN_CLOSE": "bad-response",
}
_TEXTS = ("equalTo", "equalToXml", "equalToJson")

Object = Mapping[str, Any]


class _Unusable(Exception):
    """A stub that is no call."""


def looks_like(head: bytes) -> bool:
    """Whether a file begins as WireMock's JSON does: a HAR has none of its words."""
    return START.match(head) is not None and any(sign in head for sign in _SIGNS)


def read(stream: BinaryIO, when: float) -> Iterator[Captured | Passed]:
    """The calls of a file of stubs, or of a journal; `when` (Unix seconds) is taken where nothing names a moment.

    Raises:
        FormatError: it is no JSON, or none of WireMock's.
    """
    name = getattr(getattr(stream, "raw", stream), "name", None)
    files = _files_beside(Path(name)) if isinstance(name, str | Path) else None
    yield from _read(_Reading(when, files, Uids("wiremock")), _stubs(_json(stream)))


def read_directory(directory: Path, when: float) -> Iterator[Captured | Passed]:
    """The calls of a WireMock directory (`mappings` and `__files`), in the order in which they were recorded.

    Raises:
        FormatError: a file in it is none of WireMock's.
    """
    mappings = directory / MAPPINGS if (directory / MAPPINGS).is_dir() else directory
    stubs: list[Any] = []
    paths = sorted(mappings.rglob("*.json"))
    if not paths:
        raise UsageError("the directory holds no mappings of WireMock's", "Name files, or the one above `mappings`.")
    for path in paths:
        with path.open("rb") as stream:
            try:
                stubs += _stubs(_json(stream))
            except FormatError as error:
                raise FormatError(f"{path.name}: {error.message}", error.hint) from None
    yield from _read(_Reading(when, _files_beside(mappings / "x.json"), Uids("wiremock")), stubs)


def _files_beside(path: Path) -> Path | None:
    """The directory `__files` that belongs to a file of mappings."""
    for directory in (path.parent, path.parent.parent):
        if (directory / FILES).is_dir():
            return (directory / FILES).resolve()
    return None


def _json(stream: BinaryIO) -> Any:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FormatError(f"more than {LARGEST >> 20} MiB of stubs in one file", "Import the directory instead.")
    try:
        return json.loads(data.decode("utf-8-sig", "surrogateescape"))
    except RecursionError:
        raise FormatError("nested too deep", "Was it written by WireMock?") from None
    except ValueError as error:
        raise FormatError(f"no JSON: {error}", "Was it saved whole?") from None


def _stubs(value: Any) -> list[Any]:
    """The stubs, or the entries of a journal, that a file holds."""
    if isinstance(value, dict):
        for name in (MAPPINGS, "requests", "serveEvents"):
            if isinstance(value.get(name), list):
                return list(value[name])
        if "request" in value or "response" in value:
            return [value]
    raise FormatError("this is JSON without WireMock's mappings", "A stub has a `request` and a `response`.")


@dataclass(frozen=True, slots=True)
class _Reading:
    when: float
    files: Path | None
    uids: Uids


def _read(reading: _Reading, stubs: list[Any]) -> Iterator[Captured | Passed]:
    for number, stub in enumerate(sorted(stubs, key=_order), 1):
        try:
            yield _captured(_object(stub), reading)
        except _Unusable as error:
            yield Passed("stub that is no call", f"stub {number}: {error}")


def _order(stub: Any) -> float:
    index = stub.get("insertionIndex") if isinstance(stub, dict) else None
    return index if isinstance(index, int | float) else 0


def _captured(stub: Object, reading: _Reading) -> Captured:
    asked = _object(stub.get("request"))
    answered = _object(stub.get("response") or stub.get("responseDefinition"))
    ours = _object(_object(stub.get("metadata")).get(OURS))
    if "proxyBaseUrl" in answered:
        raise _Unusable("it passes the request on")
    request = _request(asked, ours)
    body, lost = _request_body(asked, ours)
    answer, answer_lost = _answer_body(answered, reading.files)
    response, failure = _response(answered, ours)
    started = _started(asked, ours, request, response, reading.when)
    end = ours.get("ended")
    exchange = Exchange(
        uid=ours["uid"] if _is_uid(ours.get("uid")) else _uid(reading, started, stub, request, body),
        request=request,
        response=response,
        timing=Timing(started, response_end=float(end) if isinstance(end, int | float) else None),
        failure=failure,
        alterations=(*lost, *answer_lost),
        fidelity=Fidelity.REBUILT,
    )
    gap = 1 if BODY_MISSING.format(side="response") in answer_lost else 0
    return Captured(exchange, body, answer if response is not None else b"", response_gap=gap)


def _is_uid(value: Any) -> bool:
    return isinstance(value, str) and OUR_UID.fullmatch(value) is not None


def _uid(reading: _Reading, started: float, stub: Object, request: Request, body: bytes) -> str:
    own = str(stub.get("uuid") or stub.get("id") or "").encode("utf-8", "replace")
    return reading.uids.make(started, own, request.method, request.target, body[:65536])


def _started(asked: Object, ours: Object, request: Request, response: Response | None, when: float) -> float:
    logged = asked.get("loggedDate")
    if isinstance(logged, int | float) and not isinstance(logged, bool) and 0 < logged < 1e14:
        return logged / 1000
    return parsed_moment(ours.get("started"), told_moment(request, response, when))


# Requests


def _request(asked: Object, ours: Object) -> Request:
    method = asked.get("method")
    if not isinstance(method, str) or not re.fullmatch(r"[A-Z]{1,20}", method) or method == "ANY":
        raise _Unusable("it names no method")
    headers = _our_headers(ours.get("request_headers")) if "request_headers" in ours else _asked_headers(asked)
    url = ours.get("url") if isinstance(ours.get("url"), str) else asked.get("absoluteUrl")
    if not isinstance(url, str):
        url = _base(asked, headers) + _target(asked)
    try:
        request = request_of_url(url, method.encode(), headers)
    except UsageError:
        raise _Unusable("its URL is none of HTTP") from None
    if get(headers, b"host") is not None:
        return request
    host = get(request.headers, b"host") or b""
    return Request(request.method, request.scheme, request.host, request.port, request.target, headers, authority=host)


def _base(asked: Object, headers: Headers) -> str:
    host = get(headers, b"host")
    named = host.decode("latin-1") if host else _object(asked.get("host")).get("equalTo") or "localhost"
    return f"{'https' if asked.get('scheme') == 'https' else 'http'}://{named}"


def _target(asked: Object) -> str:
    path = asked.get("url", asked.get("urlPath"))
    if not isinstance(path, str) or not path.startswith("/"):
        raise _Unusable("it asks for a pattern, not for a path")
    pairs = []
    for name, wanted in _object(asked.get("queryParameters")).items():
        for one in wanted.get("hasExactly", [wanted]) if isinstance(wanted, dict) else ():
            value = _object(one).get("equalTo")
            if not isinstance(value, str):
                raise _Unusable("it asks for a pattern in the query")
            pairs.append((name, value))
    query = urlencode(pairs, quote_via=quote, errors="surrogatepass")
    return f"{path}?{query}" if query else path


def _our_headers(value: Any) -> Headers:
    lines = [(_raw(row[0]), _raw(row[1])) for row in value if _is_pair(row)] if isinstance(value, list) else []
    return tuple(line for line in lines if _is_line(line))


def _is_pair(row: Any) -> bool:
    return isinstance(row, list) and len(row) == 2 and all(isinstance(word, str) for word in row)


def _is_line(line: Header) -> bool:
    return bool(line[0]) and not set(line[0]) & set(b":\r\n") and not set(line[1]) & set(b"\r\n")


def _asked_headers(asked: Object) -> Headers:
    """Those that are asked for by an equal value, or, in a journal, those that came."""
    lines: list[Header] = []
    for name, wanted in _object(asked.get("headers")).items():
        values = wanted if isinstance(wanted, list) else [wanted]
        for one in values:
            text = one if isinstance(one, str) else _object(one).get("equalTo")
            if isinstance(text, str):
                lines.append((_raw(name), _raw(text)))
    return tuple(line for line in lines if _is_line(line))


def _request_body(asked: Object, ours: Object) -> tuple[bytes, tuple[str, ...]]:
    missing = (BODY_MISSING.format(side="request"),)
    if ours.get("request_body_missing"):
        return b"", missing
    if isinstance(asked.get("bodyAsBase64"), str):
        return _from_base64(asked["bodyAsBase64"], "request")
    patterns = asked.get("bodyPatterns")
    for pattern in patterns if isinstance(patterns, list) else ():
        wanted = _object(pattern)
        if isinstance(wanted.get("binaryEqualTo"), str):
            return _from_base64(wanted["binaryEqualTo"], "request")
        for name in _TEXTS:
            if isinstance(wanted.get(name), str):
                # XML and JSON are compared by meaning: these are bytes like them, not the ones that were sent.
                exact = name == "equalTo" or ours
                return _raw(wanted[name]), () if exact else (BODY_REBUILT.format(side="request"),)
        return b"", missing
    return (_raw(asked["body"]), ()) if isinstance(asked.get("body"), str) else (b"", ())


# Answers


def _response(answered: Object, ours: Object) -> tuple[Response | None, Failure | None]:
    fault = answered.get("fault")
    if isinstance(fault, str):
        return None, Failure(_FAULTS.get(fault, "unknown"), f"WireMock's fault {fault[:40]}")
    status = answered.get("status", 200)
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise _Unusable("its answer has no status")
    if "response_headers" in ours:
        headers = _our_headers(ours["response_headers"])
    else:
        headers = _asked_headers({"headers": answered.get("headers")})
    reason = answered.get("statusMessage")
    return Response(status, headers, _raw(reason if isinstance(reason, str) else "").replace(b"\n", b" ")), None


def _answer_body(answered: Object, files: Path | None) -> tuple[bytes, tuple[str, ...]]:
    for name in ("base64Body", "bodyAsBase64"):
        if isinstance(answered.get(name), str):
            return _from_base64(answered[name], "response")
    if isinstance(answered.get("body"), str):
        return _raw(answered["body"]), ()
    if "jsonBody" in answered:
        return json.dumps(answered["jsonBody"]).encode(), (BODY_REBUILT.format(side="response"),)
    if isinstance(answered.get("bodyFileName"), str):
        data = _file(answered["bodyFileName"], files)
        return (b"", (BODY_MISSING.format(side="response"),)) if data is None else (data, ())
    return b"", ()


def _file(name: str, files: Path | None) -> bytes | None:
    """A file below `__files`; None for one that is not there, too large, or anywhere else, by `..` or by a link."""
    if files is None or "\0" in name:
        return None
    try:
        path = (files / name).resolve()
        if not path.is_relative_to(files) or not path.is_file() or path.stat().st_size > LARGEST_BODY:
            return None
        return path.read_bytes()
    except OSError:
        return None


# Values of any kind


def _object(value: Any) -> Object:
    return value if isinstance(value, dict) else {}


def _raw(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _from_base64(text: str, side: str) -> tuple[bytes, tuple[str, ...]]:
    try:
        return base64.b64decode(text, validate=True), ()
    except (binascii.Error, ValueError):
        return _raw(text), (BODY_LOSSY.format(side=side),)
