"""From a recorded call to bytes on the wire: only the signature is another one, and that verifies."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.signing import EMPTY, HOST, KEY, REGION, signed_call

from inspector.recorder.entry import ingest
from inspector.recorder.unframe import Unframer, framing_of
from inspector.replay.carry import Carrier
from inspector.replay.changes import Changes
from inspector.replay.place import Endpoint
from inspector.replay.prepare import Credentials, Outgoing, Ways, prepared
from inspector.replay.refused import Refused
from inspector.s3.checksums import Digester
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.chunks import verify_chain
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.verify import verify
from inspector.store.reader import Recording
from inspector.store.writer import Writer
from inspector.wire.exchange import BodyInfo, Exchange, Request, Response, SignedChunk, Timing
from inspector.wire.headers import get
from inspector.wire.redaction import Redactor

VECTORS = Path(__file__).parents[1] / "sigv4" / "vectors" / "streams.jsonl"
STREAMS: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
NOW = 1_800_000_000.0
OTHER = Key("004other0000000000000001", b"K004another/secret")
Prepare = Callable[..., Outgoing]


def whatever(key: Key, token: bytes | None = None) -> Callable[[str | None], Credentials | None]:
    return lambda key_id: Credentials(key, token)


@pytest.fixture
def prepare(tmp_path: Path) -> Iterator[Prepare]:
    """Records a call and prepares it to be sent again."""
    opened: list[Recording] = []

    def make(request: Request, body: bytes = b"", *, keep: int | None = None, key: Key = KEY, **given: Any) -> Outgoing:
        path = tmp_path / f"{len(opened)}.db"
        writer = Writer(path)
        with writer.transaction():
            session = writer.begin_session("s", "run", 0.0)
            exchange = Exchange("u", request, Timing(0.0), Response(200, ()))
            ingest(writer, session, Redactor(b"k"), exchange, [body], [], keep=keep)
        writer.close()
        recording = Recording(path)
        opened.append(recording)
        stored = recording.exchange(1)
        assert stored is not None
        pick = given.pop("pick", whatever(key))
        return prepared(recording, stored, Ways(pick, **given), Carrier(), NOW)

    yield make
    for recording in opened:
        recording.close()


def body_of(outgoing: Outgoing) -> bytes:
    """What is sent behind the head; the same when it is asked for a second time."""
    if outgoing.body is None:
        return b""
    data = b"".join(outgoing.body())
    assert b"".join(outgoing.body()) == data
    return data


def as_sent(outgoing: Outgoing) -> SignedRequest:
    """What a server sees of it, to be verified."""
    body = body_of(outgoing)
    table: list[SignedChunk] = []
    digester = Digester()
    digester.update(body)
    fields: dict[str, Any] = {}
    framing = framing_of(outgoing.request.headers)
    if framing is not None:
        unframer = Unframer(framing, table.extend)
        unframer.feed(body)
        fields = unframer.finish()
    info = BodyInfo(digester.digests(), len(body), None, **fields)
    return SignedRequest(outgoing.request, read_authorization(outgoing.request), info, lambda: iter(table))


def verdicts(outgoing: Outgoing, key: Key = KEY) -> tuple[str, str]:
    found = verify(as_sent(outgoing), key)
    return found.verdict, found.body


HARD = [
    b"/photos/a%20b%2Bc~%28e%29%C3%A9//x/../y%252Fz",
    b"/photos/%2f%7E%00?prefix=a+b&x&x=2&=3",
    b"/photos/\xc3\xa9 ",
    b"/?",
]


@pytest.mark.parametrize("presigned", [False, True])
@pytest.mark.parametrize("target", HARD)
def test_every_byte_but_the_authorization_stays(prepare: Prepare, target: bytes, presigned: bool) -> None:
    """Targets with hard characters, repeated lines, odd cases: signed anew in the same way, by another key."""
    unsigned = ((b"X-Amz-Meta-a", b"1"), (b"x-odd", b" v "), (b"X-ODD", b"w"))
    before = signed_call(target, presigned=presigned, headers={b"range": b"bytes=0-9"}, unsigned=unsigned).request
    after = prepare(before, key=OTHER)
    assert verdicts(after, OTHER)[0] == "verified"
    assert after.notes == (f"signed with key id {OTHER.key_id}",)
    fresh = (b"authorization", b"x-amz-date")
    kept = [line for line in before.headers if line[0].lower() not in fresh]
    assert [line for line in after.request.headers if line[0].lower() not in fresh] == kept
    assert [name for name, _ in after.request.headers] == [name for name, _ in before.headers]
    start = target.rstrip(b"?") if presigned else target
    assert after.request.target.startswith(start)
    assert read_authorization(after.request).presigned == presigned
    assert b"range" in read_authorization(after.request).signed_headers


@pytest.mark.parametrize("vector", STREAMS, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("again", [False, True])
def test_signed_streams_are_signed_again_chunk_by_chunk(prepare: Prepare, vector: dict[str, Any], again: bool) -> None:
    """Streams of real clients, as recorded, and with another payload: every chunk verifies, the length is true."""
    head = vector["head"]
    method, target, _ = head[0].split(" ")
    lines = tuple((name.encode(), value.encode()) for name, _, value in (line.partition(": ") for line in head[1:]))
    text, times = vector["payload"]
    payload, raw, at = text.encode() * times, b"", 0
    for size, signature in vector["chunks"]:
        raw += b"%x;chunk-signature=%b\r\n" % (size, signature.encode())
        raw += payload[at : at + size] + (b"\r\n" if size else b"")
        at += size
    raw += vector["tail"].encode()
    request = Request(method.encode(), "http", "127.0.0.1", 80, target.encode(), lines)
    if vector["algorithm"] != "hmac":
        with pytest.raises(Refused, match="SigV4A"):
            prepare(request, raw)
        return
    changes = Changes()
    if again:
        other = Path(str(VECTORS))  # any file will do
        changes = Changes(body=other)
        payload = other.read_bytes()
    after = prepare(request, raw, key=OTHER, changes=changes)
    sent = as_sent(after)
    chain = verify_chain(sent, OTHER)
    assert (verify(sent, OTHER).verdict, chain.verdict) == ("verified", "verified")
    assert chain.trailer == ("verified" if "TRAILER" in str(head) else "none")
    assert sent.body.decoded is not None
    assert sent.body.decoded.sha256 == hashlib.sha256(payload).hexdigest()
    if get(after.request.headers, b"content-length") is not None:
        assert get(after.request.headers, b"content-length") == b"%d" % len(body_of(after))
    if again and sent.body.checksum is not None:  # one vector has made its checksum up
        assert sent.body.checksum[1].encode() in dict(sent.body.trailers).values()
    if not again:
        assert len(body_of(after)) == len(raw)


def test_an_unsigned_trailer_body_goes_as_it_was(prepare: Prepare) -> None:
    """Not a byte of it is signed, and not a byte of it changes; in HTTP's own chunks where it came in them."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    lines = {b"Content-Encoding": b"aws-chunked", b"X-Amz-Trailer": b"x-amz-checksum-crc32"}
    word = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    chunked = ((b"Transfer-Encoding", b"chunked"),)
    before = signed_call(b"/p/k", method=b"PUT", headers=lines, payload=word, unsigned=chunked).request
    assert body_of(prepare(before, body)) == b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    before = replace(before, headers=(*before.headers[:-2], (b"Content-Length", b"%d" % len(body)), before.headers[-1]))
    after = prepare(before, body)
    assert body_of(after) == body
    assert verdicts(after)[0] == "verified"


def test_another_payload_is_spoken_of_truly(prepare: Prepare, tmp_path: Path) -> None:
    """Length, MD5, checksum and hash are those of the file; what is not declared stays undeclared."""
    data = bytes(range(256)) * 9000
    (tmp_path / "new").write_bytes(data)
    lines = {b"Content-MD5": b"x", b"Content-Length": b"3", b"x-amz-checksum-sha256": b"y"}
    before = signed_call(
        b"/p/k", method=b"PUT", headers=lines, payload=hashlib.sha256(b"old").hexdigest().encode()
    ).request
    after = prepare(before, b"old", changes=Changes(body=tmp_path / "new"))
    assert body_of(after) == data
    assert verdicts(after) == ("verified", "match")
    said = dict(after.request.headers)
    assert said[b"Content-Length"] == b"%d" % len(data)
    assert base64.b64decode(said[b"Content-MD5"]) == hashlib.md5(data).digest()
    assert base64.b64decode(said[b"x-amz-checksum-sha256"]) == hashlib.sha256(data).digest()
    assert b"x-amz-checksum-crc32" not in said


def test_what_was_declared_wrongly_is_declared_so_again(prepare: Prepare) -> None:
    """One thing is changed at a time: a client's wrong hash is what one wants to see answered."""
    before = signed_call(b"/p/k", method=b"PUT", headers={b"Content-Length": b"3"}, payload=EMPTY).request
    assert verdicts(prepare(before, b"abc")) == ("verified", "mismatch")


def test_the_region_is_as_it_was_unless_the_call_goes_elsewhere(prepare: Prepare) -> None:
    """A wrong region is part of the call; another endpoint has its own; a named one wins."""
    before = signed_call(b"/p/k", region=b"us-east-1").request
    other = Endpoint("https", "s3.eu-central-003.backblazeb2.com", 443)
    local = Endpoint("http", "127.0.0.1", 9000)
    for changes, expected in (
        (Changes(), "us-east-1"),
        (Changes(endpoint=other), "eu-central-003"),
        (Changes(endpoint=local), "us-east-1"),
        (Changes(endpoint=local, region="x"), "x"),
    ):
        after = prepare(before, changes=changes)
        assert read_authorization(after.request).region == expected
        assert verdicts(after)[0] == "verified"


def test_temporary_keys_bring_their_token(prepare: Prepare) -> None:
    """The recorded token is gone; the new one is signed, in a header or in the URL."""
    for presigned in (False, True):
        token = {} if presigned else {b"X-Amz-Security-Token": b"old-token-of-theirs"}
        before = signed_call(b"/p/k", presigned=presigned, headers=token).request
        after = prepare(before, pick=whatever(KEY, b"new-token/+="))
        assert b"redacted" not in after.head
        assert (b"new-token%2F%2B%3D" if presigned else b"new-token/+=") in after.head
        assert verdicts(after)[0] == "verified"


SSE = b"x-amz-server-side-encryption-customer-key"


def test_a_header_that_was_replaced_is_asked_for_by_name(prepare: Prepare) -> None:
    """Refused without its value; signed over the true one; the pseudonym is never sent. Or left away on purpose."""
    before = signed_call(b"/p/k", headers={SSE: b"c2VjcmV0LWtleS1vZi10aGUtY3VzdG9tZXIhISEhISE="}).request
    with pytest.raises(Refused, match=SSE.decode()):
        prepare(before)
    asked: list[str] = []

    def secret(name: str) -> bytes:
        asked.append(name)
        return b"dHJ1ZQ=="

    after = prepare(before, secret=secret)
    assert asked == [SSE.decode()]
    assert get(after.request.headers, SSE) == b"dHJ1ZQ=="
    assert verdicts(after)[0] == "verified"
    assert get(prepare(before, changes=Changes(unset_headers=frozenset((SSE,)))).request.headers, SSE) is None


REFUSED: list[tuple[str, Request, bytes, int | None, str]] = [
    (
        "cut",
        signed_call(b"/p/k", method=b"PUT", headers={b"Content-Length": b"9"}, payload=b"UNSIGNED-PAYLOAD").request,
        b"123456789",
        4,
        "4 of 9 bytes were kept",
    ),
    (
        "other length",
        signed_call(b"/p/k", method=b"PUT", headers={b"Content-Length": b"9"}, payload=b"UNSIGNED-PAYLOAD").request,
        b"1234",
        None,
        "Content-Length says 9",
    ),
    (
        "native",
        Request(
            b"POST", "https", "api004.backblazeb2.com", 443, b"/b2api/v3/b2_list_buckets", ((b"Authorization", b"4_x"),)
        ),
        b"{}",
        None,
        "tokens, which no recording keeps",
    ),
    (
        "bearer",
        Request(b"GET", "https", "s3.example.com", 443, b"/p/k", ((b"Authorization", b"Bearer abcdefghij"),)),
        b"",
        None,
        "cannot be signed anew",
    ),
]


@pytest.mark.parametrize(("name", "request_", "body", "keep", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_sent_is_refused_with_its_reason(
    prepare: Prepare, name: str, request_: Request, body: bytes, keep: int | None, words: str
) -> None:
    """Each with a next step."""
    with pytest.raises(Refused, match=words) as caught:
        prepare(request_, body, keep=keep)
    assert caught.value.hint


def test_as_it_was_is_as_it_was(prepare: Prepare) -> None:
    """Not a byte differs; how old the signature is, is said. What was replaced cannot be sent so."""
    before = signed_call(b"/p/k?x").request
    after = prepare(before, as_is=True)
    assert (after.request, after.key_id) == (before, None)
    assert "servers refuse those of more than 15 minutes" in after.notes[0]
    presigned = prepare(signed_call(b"/p/k", presigned=True).request, as_is=True)
    assert "expired" in presigned.notes[0]
    with pytest.raises(Refused, match="x-amz-security-token"):
        prepare(signed_call(b"/p/k", headers={b"x-amz-security-token": b"abcdefghijkl"}).request, as_is=True)


def test_an_unsigned_call_stays_unsigned(prepare: Prepare) -> None:
    """Public files are asked for as the public does."""
    before = Request(b"GET", "https", HOST.decode(), 443, b"/p/k", ((b"Host", HOST),))
    assert prepare(before).request == before


def test_no_key_is_a_reason(prepare: Prepare) -> None:
    """With what to set."""
    with pytest.raises(Refused, match="no key") as caught:
        prepare(signed_call(b"/p/k").request, pick=lambda key_id: None)
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


def test_time_is_that_of_the_sending(prepare: Prepare) -> None:
    """The stamp is the moment that is given."""
    after = prepare(signed_call(b"/p/k").request)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(NOW)).encode()
    assert get(after.request.headers, b"x-amz-date") == stamp
    assert read_authorization(after.request).region == REGION.decode()
    assert signed_request(after.request).authorization.key_id == KEY.key_id
