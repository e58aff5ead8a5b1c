"""Cassettes out of a few words, for tests: calls as S3 clients make them, with the answers that a server gave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from inspector.facts import facts_of
from inspector.replay.match.payload import Intake, Payload
from inspector.replay.play.answer import Answer
from inspector.replay.play.cassette import Body, Bytes, Taped
from inspector.replay.play.miss import Miss
from inspector.replay.play.player import Player
from inspector.s3.checksums import Digester
from inspector.s3.chunked import Decoder, is_aws_chunked
from inspector.wire.exchange import BodyInfo, Failure, Request, Response
from inspector.wire.headers import Header, Headers, get

HOST = b"s3.us-west-004.backblazeb2.com"
RECORDED_AT = 1_790_000_000.0
NOW = RECORDED_AT + 5 * 3600
DATE = b"Mon, 21 Sep 2026 13:33:20 GMT"


class Call:
    """A call with its bodies."""

    def __init__(self, request: Request, body: bytes, response: Response | None, answer: bytes) -> None:
        self.request = request
        self.body = body
        self.response = response
        self.answer = answer
        self.failure: Failure | None = None
        self.kept: int | None = None
        self.at = RECORDED_AT


def request(
    method: str,
    target: str | bytes,
    *lines: Header,
    host: bytes = HOST,
    scheme: str = "https",
    body: bytes = b"",
) -> Request:
    written = target.encode() if isinstance(target, str) else target
    headers: Headers = ((b"Host", host), (b"Authorization", b"AWS4-HMAC-SHA256 x"), *lines)
    if body and get(headers, b"content-length") is None:
        headers = (*headers, (b"Content-Length", b"%d" % len(body)))
    return Request(method.encode(), scheme, host.decode(), 443, written, headers)


def call(
    method: str,
    target: str | bytes,
    *lines: Header,
    body: bytes = b"",
    status: int = 200,
    answer: bytes = b"",
    headers: Iterable[Header] = (),
    host: bytes = HOST,
) -> Call:
    told: Headers = ((b"Date", DATE), *headers)
    length = len(answer)
    if method != "HEAD" and get(told, b"content-length") is None and status != 204:
        told = (*told, (b"Content-Length", b"%d" % length))
    return Call(request(method, target, *lines, host=host, body=body), body, Response(status, told), answer)


def etag(data: bytes) -> Header:
    return (b"ETag", b'"%b"' % hashlib.md5(data).hexdigest().encode())


def put(key: str, data: bytes, *lines: Header, bucket: str = "b") -> Call:
    return call("PUT", f"/{bucket}/{key}", *lines, body=data, headers=[etag(data)])


def get_(key: str, data: bytes, *lines: Header, bucket: str = "b", query: str = "") -> Call:
    told = [etag(data), (b"Last-Modified", DATE), (b"Content-Type", b"text/plain")]
    return call("GET", f"/{bucket}/{key}{query}", *lines, answer=data, headers=told)


def absent(key: str, method: str = "GET", bucket: str = "b") -> Call:
    body = b"<Error><Code>NoSuchKey</Code><Message>Key not found</Message></Error>" if method == "GET" else b""
    return call(method, f"/{bucket}/{key}", status=404, answer=body, headers=[(b"Content-Type", b"application/xml")])


def digested(data: bytes, headers: Headers, kept: int | None = None) -> BodyInfo:
    sent = Digester()
    sent.update(data)
    decoded = None
    if is_aws_chunked(headers):
        inner = Digester()
        for event in Decoder().feed(data):
            if isinstance(event, memoryview):
                inner.update(event)
        decoded = inner.digests()
    stored = len(data) if kept is None else kept
    return BodyInfo(sent.digests(), stored, None if kept is None else "keep-limit", decoded=decoded)


class Tape:
    """A cassette in memory."""

    name = "test.db"

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = dict(enumerate(calls, 1))
        self.calls = [self._taped(number, one) for number, one in self._calls.items()]

    def payload(self, taped: Taped) -> Body:
        one = self._calls[taped.id]
        intake = Decoder() if is_aws_chunked(one.request.headers) else None
        if intake is None:
            return Bytes(one.body)
        return Bytes(b"".join(event for event in intake.feed(one.body) if isinstance(event, memoryview)))

    def answer(self, taped: Taped) -> Body:
        one = self._calls[taped.id]
        return Bytes(one.answer if one.kept is None else one.answer[: one.kept])

    @staticmethod
    def _taped(number: int, one: Call) -> Taped:
        facts = facts_of(one.request, one.response, one.body, one.answer)
        return Taped(
            id=number,
            request=one.request,
            response=one.response,
            request_info=digested(one.body, one.request.headers),
            response_info=digested(one.answer, (), one.kept),
            failure=one.failure,
            started_at=one.at + number,
            wait=0.05,
            invocation=facts.invocation_id,
            attempt=facts.attempt,
            upload_id=facts.upload_id,
            error_code=facts.error_code,
        )


def taken(asked: Request, body: bytes, pieces: int = 1 << 16) -> Payload:
    intake = Intake(asked)
    for at in range(0, len(body), pieces):
        intake.feed(body[at : at + pieces])
    return intake.finish()


def ask(player: Player, one: Call, now: float = NOW) -> Answer | Miss:
    """Ask what a call asked."""
    return player.ask(one.request, taken(one.request, one.body), now)


def body_of(answer: Answer | Miss) -> bytes:
    assert isinstance(answer, Answer), answer
    data = b"".join(answer.windows())
    assert len(data) == answer.size
    return data


def id_of(answer: Answer | Miss) -> int:
    assert isinstance(answer, Answer), answer
    assert answer.call is not None
    return answer.call.id
