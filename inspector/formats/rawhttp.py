"""Raw HTTP/1 messages as text: a request, with its answer where the file goes on with one, or several in a row.

Every byte of the request line and the header lines is kept, odd white space included: what a proxy would have
stripped can be seen here.

Facts
-----
The request line is `method SP target SP version` (RFC 9112 §3); a target that wrongly holds spaces is what stands
between the first and the last one (so does AWS's SigV4 test suite, `get-space`). A value may be folded over several
lines (RFC 9112 §5.2). A body is chunked, or as long as Content-Length says (§6.3); where neither is said it goes on
to the next message or to the end of the file. Editors write LF where the wire has CRLF: such a file is `rebuilt`.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import UnsupportedOperation
from typing import BinaryIO

from inspector.errors import FormatError
from inspector.formats.captured import (
    BODY_MISSING,
    PIECE_BYTES,
    TRAILERS_LOST,
    Captured,
    Passed,
    Uids,
)
from inspector.wire.exchange import Exchange, Failure, Fidelity, Request, Response, Timing
from inspector.wire.headers import Header, Headers, get

Data = bytes | mmap.mmap

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([^\r\n]+) (HTTP/\d(?:\.\d)?)(\r?\n|\Z)")
STATUS_LINE = re.compile(rb"(HTTP/\d(?:\.\d)?) (\d{3})(?: ([^\r\n]*))?(\r?\n|\Z)")
_LINE = re.compile(rb"([^\r\n]*)(\r?\n|\r|\Z)")
_NAME = re.compile(_TOKEN)
_BLANK = re.compile(rb"[\r\n]*")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[^\r\n]*\r?\n")
_CHUNK_END = re.compile(rb"\r?\n")
_DATE = re.compile(rb"[Xx]-[Aa]mz-[Dd]ate=(\d{8}T\d{6}Z)")
_BODILESS = (204, 304)


@dataclass(frozen=True, slots=True)
class _Head:
    line: re.Match[bytes]
    headers: Headers
    start: int
    end: int
    crlf: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a body stands: its runs of bytes, where it ends, how many bytes are missing, whether trailers followed."""

    runs: tuple[tuple[int, int], ...] = ()
    end: int = 0
    gap: int = 0
    trailers: bool = False


def read(stream: BinaryIO, when: float) -> Iterator[Captured | Passed]:
    """The exchanges of a file of raw HTTP messages; `when` (Unix seconds) is taken for those that bear no date.

    Bodies are read from the file when they are asked for, so that the stream must stay open.

    Raises:
        FormatError: something that is neither a request nor an answer, with the line where it stands.
    """
    data = _data(stream)
    uids = Uids("raw http")
    position = _after_blank(data, 0)
    while position < len(data):
        item, position = _exchange(data, position, when, uids)
        yield item
        position = _after_blank(data, position)


def _data(stream: BinaryIO) -> Data:
    """The file's bytes without reading them all, where the system can do that."""
    try:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError, UnsupportedOperation):
        return stream.read()


def _after_blank(data: Data, position: int) -> int:
    match = _BLANK.match(data, position)
    assert match is not None
    return match.end()


def _exchange(data: Data, position: int, when: float, uids: Uids) -> tuple[Captured | Passed, int]:
    """The request at `position`, with its answer where one follows, and where both end."""
    head = _head(data, position, REQUEST_LINE)
    if head is None:
        raise _error(data, position, _no_request(data, position))
    body = _span(data, head, None)
    answer, answer_body, interim = _answer(data, _after_blank(data, body.end), head.line[1])
    if head.line[1] == b"CONNECT":
        return Passed("CONNECT request"), answer_body.end
    uid = uids.make(_signed_at(head, when), data[head.start : head.end], next(_body(data, body), b""))
    exchange = replace(
        _build(uid, head, answer, when),
        alterations=_losses("request", body) + _losses("response", answer_body),
        failure=_failure(answer, answer_body),
        interim=interim,
    )
    bodies = _body(data, body), _body(data, answer_body)
    return Captured(exchange, *bodies, body.gap, answer_body.gap), answer_body.end


def _no_request(data: Data, position: int) -> str:
    if STATUS_LINE.match(data, position):
        return "an answer stands here, and no request before it"
    return "here begins neither a request nor an answer"


def _failure(answer: _Head | None, body: _Span) -> Failure | None:
    if answer is None:
        return Failure("unknown", "the file holds no answer")
    return Failure("truncated", "the file ends before the body of the answer does") if body.gap else None


def _answer(data: Data, position: int, method: bytes) -> tuple[_Head | None, _Span, tuple[int, ...]]:
    """The final answer at `position`, if one stands there, and the statuses of the interim ones before it."""
    interim: list[int] = []
    while (head := _head(data, position, STATUS_LINE)) is not None:
        status = int(head.line[2])
        if not 100 <= status < 200 or status == 101:
            return head, _span(data, head, (method, status)), tuple(interim)
        interim.append(status)
        position = _after_blank(data, head.end)
    return None, _Span(end=position), tuple(interim)


# Heads


def _head(data: Data, position: int, pattern: re.Pattern[bytes]) -> _Head | None:
    line = pattern.match(data, position)
    if line is None:
        return None
    headers: list[Header] = []
    crlf = line[line.re.groups] == b"\r\n"
    at = line.end()
    while at < len(data):
        text, at, line_crlf = _line(data, at)
        crlf = crlf and line_crlf
        if not text:
            return _Head(line, tuple(headers), position, at, crlf)
        _add_line(headers, text, data, at)
    return _Head(line, tuple(headers), position, at, False)


def _line(data: Data, at: int) -> tuple[bytes, int, bool]:
    match = _LINE.match(data, at)
    assert match is not None
    return match[1], match.end(), match[2] == b"\r\n"


def _add_line(headers: list[Header], text: bytes, data: Data, at: int) -> None:
    """Add one more line: a field of its own, or the continuation of a folded one. `at` is the end of the line."""
    if text[:1] in (b" ", b"\t") and headers:
        name, value = headers[-1]
        headers[-1] = (name, value + b"\r\n" + text)
        return
    name, colon, value = text.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        raise _error(data, at - 1, "this is no header line: a name, a colon and a value")
    headers.append((name, value.removeprefix(b" ")))


# Bodies


def _span(data: Data, head: _Head, answers: tuple[bytes, int] | None) -> _Span:
    """Where the body of the message with this head stands; `answers`: the method answered and the status."""
    if answers is not None and (answers[0] == b"HEAD" or answers[1] in _BODILESS):
        return _Span(end=head.end)
    coding = get(head.headers, b"transfer-encoding")
    if coding is not None and b"chunked" in coding.lower():
        return _chunked(data, head.end)
    length = _content_length(data, head)
    if length is None:
        end = _undelimited(data, head.end)
        return _Span(((head.end, end),), end)
    end = min(head.end + length, len(data))
    return _Span(((head.end, end),), end, gap=head.end + length - end)


def _content_length(data: Data, head: _Head) -> int | None:
    value = get(head.headers, b"content-length")
    if value is None:
        return None
    if not re.fullmatch(rb"\d{1,18}", value.strip()):
        raise _error(data, head.start, "the Content-Length of this message is no number")
    return int(value)


def _undelimited(data: Data, position: int) -> int:
    """The end of a body whose length nobody says: the next message that begins after a blank line, else the file's."""
    next_message = _after_blank(data, position)
    if next_message == len(data) or REQUEST_LINE.match(data, next_message) or STATUS_LINE.match(data, next_message):
        return position
    return len(data)


def _chunked(data: Data, position: int) -> _Span:
    runs: list[tuple[int, int]] = []
    while (size := _CHUNK_SIZE.match(data, position)) is not None:
        start, length = size.end(), int(size[1], 16)
        if length == 0:
            return _trailers(data, runs, start)
        end = min(start + length, len(data))
        runs.append((start, end))
        if end - start < length:
            return _Span(tuple(runs), end, gap=start + length - end)
        after = _CHUNK_END.match(data, end)
        position = after.end() if after else end
    if position < len(data):
        raise _error(data, position, "this chunk's size is no number: is the body chunked, as its head says?")
    return _Span(tuple(runs), position, gap=1)


def _trailers(data: Data, runs: list[tuple[int, int]], position: int) -> _Span:
    found = False
    while position < len(data):
        text, position, _ = _line(data, position)
        if not text:
            break
        found = True
    return _Span(tuple(runs), position, trailers=found)


def _body(data: Data, span: _Span) -> Iterator[bytes]:
    for start, end in span.runs:
        yield from (data[at : min(at + PIECE_BYTES, end)] for at in range(start, end, PIECE_BYTES))


def _losses(side: str, span: _Span) -> tuple[str, ...]:
    lost = ((BODY_MISSING, span.gap), (TRAILERS_LOST, span.trailers))
    return tuple(name.format(side=side) for name, happened in lost if happened)


# What they make


def _build(uid: str, head: _Head, answer: _Head | None, when: float) -> Exchange:
    exact = head.crlf and (answer is None or answer.crlf)
    return Exchange(
        uid=uid,
        request=_request(head),
        response=_response(answer) if answer else None,
        timing=Timing(request_start=_signed_at(head, when)),
        fidelity=Fidelity.WIRE if exact else Fidelity.REBUILT,
    )


def _request(head: _Head) -> Request:
    method, target, version = head.line[1], head.line[2], head.line[3]
    scheme, authority, target = _split_target(target)
    named = get(head.headers, b"host") or authority
    host, port = _host_and_port(named.strip().decode("latin-1"))
    scheme = scheme or ("http" if port == 80 else "https")
    return Request(
        method=method,
        scheme=scheme,
        host=host,
        port=port or (80 if scheme == "http" else 443),
        target=target,
        headers=head.headers,
        http_version=version.decode(),
        authority=authority,
    )


def _split_target(target: bytes) -> tuple[str, bytes, bytes]:
    """Scheme, authority and origin-form of a target; the first two are empty unless it is in absolute form."""
    match = re.match(rb"(?i)(https?)://([^/?#]*)", target)
    if match is None:
        return "", b"", target
    rest = target[match.end() :]
    return match[1].decode().lower(), match[2], rest if rest[:1] == b"/" else b"/" + rest


def _host_and_port(named: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?", named)
    if match is None:
        return named, None
    return match[1] or match[2] or "", int(match[3]) if match[3] else None


def _response(head: _Head) -> Response:
    version, status, reason = head.line[1], head.line[2], head.line[3]
    return Response(int(status), head.headers, reason=reason or b"", http_version=version.decode())


def _signed_at(head: _Head, when: float) -> float:
    """The moment that the request itself names (X-Amz-Date), else `when`."""
    query = _DATE.search(head.line[2])
    text = query[1] if query else (get(head.headers, b"x-amz-date") or b"").strip()
    try:
        moment = datetime.strptime(text.decode("latin-1"), "%Y%m%dT%H%M%SZ")
    except ValueError:
        return when
    return moment.replace(tzinfo=UTC).timestamp()


def _error(data: Data, position: int, what: str) -> FormatError:
    line = data[:position].count(b"\n") + 1
    return FormatError(
        f"line {line}: {what}",
        "A file of raw HTTP holds a request line, header lines, an empty line and the body; answers may follow.",
    )
