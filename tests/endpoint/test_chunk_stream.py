"""Signed chunks go on as they came, with other signatures: whoever checks them with the other key finds them right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.endpoint.chunk_stream import LARGEST_CHUNK, BrokenStream, ChunkStream
from inspector.endpoint.gate import Admitted, unseen
from inspector.endpoint.sign_on import Forwarder
from inspector.endpoint.upstream import read_upstream
from inspector.s3.framing import Encoder, framed_size
from inspector.s3.resigned import with_signatures
from inspector.sigv4 import steps
from inspector.sigv4.chunks import chain_of, declared_mode
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, chunk_signer, sign_header
from inspector.wire.exchange import Request
from inspector.wire.headers import get

VECTORS = Path(__file__).parent.parent / "sigv4" / "vectors" / "streams.jsonl"
STREAMS: list[dict[str, Any]] = [
    vector for line in VECTORS.read_text("utf-8").splitlines() if (vector := json.loads(line))["algorithm"] == "hmac"
]
CLIENT = Key("0015a0000000000000000000b", b"K001secret+with/chars")
FORWARDER = Forwarder(read_upstream("https://s3.us-west-004.backblazeb2.com"), Key("0041", b"K004another"))
NOW = 1_795_363_200.0
SIGNED = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def vector_request(vector: dict[str, Any]) -> Request:
    method, target, _ = vector["head"][0].split(" ")
    lines = (line.partition(": ") for line in vector["head"][1:])
    headers = tuple((name.encode(), value.encode()) for name, _, value in lines)
    return Request(method.encode(), "http", "127.0.0.1", 80, target.encode(), headers)


def vector_body(vector: dict[str, Any]) -> bytes:
    text, times = vector["payload"]
    payload, body, position = text.encode() * times, b"", 0
    for size, signature in vector["chunks"]:
        body += b"%x;chunk-signature=%b\r\n" % (size, signature.encode())
        body += payload[position : position + size] + (b"\r\n" if size else b"")
        position += size
    return bytes(body + vector["tail"].encode())


def stream_between(head: Request, client: Key) -> tuple[ChunkStream, Request]:
    """From a client's head: what takes its body, and the head that goes on."""
    declared = get(head.headers, b"x-amz-content-sha256") or b""
    sent = FORWARDER.forwarded(Admitted(head, client, b"us-west-004", declared), NOW)
    return between(head, client, sent, FORWARDER.key), sent


def between(head: Request, client: Key, sent: Request, key: Key) -> ChunkStream:
    signed = unseen(head)
    verifier = chain_of(signed, client)
    assert verifier is not None
    return ChunkStream(verifier, chunk_signer(sent, key), declared_mode(signed).endswith(b"-TRAILER"))


def through(stream: ChunkStream, pieces: Iterable[bytes]) -> bytes:
    out = b"".join(one for piece in pieces for one in stream.feed(piece))
    stream.finish()
    return out


def pieces_of(body: bytes, size: int) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def upload(payload: bytes, chunk_size: int, trailers: bool = False) -> tuple[Request, bytes]:
    """A head and a body as a client of ours makes them."""
    mode = SIGNED + (b"-TRAILER" if trailers else b"")
    lines = ((b"Host", b"127.0.0.1:8900"), (b"X-Amz-Decoded-Content-Length", b"%d" % len(payload)))
    bare = Request(b"PUT", "http", "127.0.0.1", 8900, b"/photos/a", lines)
    head = sign_header(bare, CLIENT, Stamp(amz_date(NOW), b"us-west-004"), mode)
    signer = chunk_signer(head, CLIENT)
    encoder = Encoder(lambda data: signer.chunk(steps.sha256_hex(data)), chunk_size)
    checksum = [(b"x-amz-checksum-crc32", b"AAAAAA==")]

    def tail() -> list[tuple[bytes, bytes]]:
        return [*checksum, (b"x-amz-trailer-signature", signer.trailer(checksum))] if trailers else []

    return head, b"".join((*encoder.feed(payload), *encoder.finish(tail)))


@pytest.mark.parametrize("vector", STREAMS, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("size", [1 << 20, 4099])
def test_what_clients_send_is_signed_again(vector: dict[str, Any], size: int) -> None:
    """minio-go, the Java SDK and the CRT: as long as before, nothing but signatures changed, and those hold again."""
    head = vector_request(vector)
    stream, sent = stream_between(head, CLIENT)
    body = vector_body(vector)
    anew = through(stream, pieces_of(body, size))
    assert len(anew) == len(body)
    assert anew != body
    assert through(between(sent, FORWARDER.key, head, CLIENT), [anew]) == body
    made = stream.taken()
    signatures = [made[at : at + 32].hex().encode() for at in range(0, len(made), 32)]
    assert b"".join(with_signatures(pieces_of(body, size), signatures)) == anew


@given(st.binary(max_size=5000), st.integers(1, 700), st.integers(1, 900), st.booleans())
def test_any_cut_of_any_payload(payload: bytes, chunk_size: int, piece: int, trailers: bool) -> None:
    """However the bytes come in, the payload goes on, under the length that was promised."""
    head, body = upload(payload, chunk_size, trailers)
    stream, _ = stream_between(head, CLIENT)
    anew = through(stream, pieces_of(body, piece))
    lengths = [(b"x-amz-checksum-crc32", 8), (b"x-amz-trailer-signature", 64)] if trailers else []
    assert len(anew) == framed_size(len(payload), signed=True, trailers=lengths, chunk_size=chunk_size)


def altered(body: bytes) -> bytes:
    """The payload's last byte is another."""
    end = body.rindex(b"\r\n0;chunk-signature=")
    return body[: end - 1] + b"?" + body[end:]


BROKEN = [
    (altered, "the signature of chunk 3 (100 bytes from byte 200 on) does not match"),
    (lambda body: body.replace(b"chunk-signature=", b"chunk-signature=0", 1), "no size with a signature"),
    (lambda body: body.replace(b"64;", b"64", 1), "no size with a signature"),
    (lambda body: b"%x" % (LARGEST_CHUNK + 1) + body[2:], "16777216 bytes at most: use smaller chunks, or proxy mode"),
    (lambda body: b"x" * 5000, "no size stands before chunk 1"),
    (lambda body: body[:200], "the body ends before its final chunk, behind 1 whole chunks"),
    (lambda body: body + b"more", "bytes follow the end"),
    (lambda body: body.replace(b"x-amz-checksum-crc32:A", b"x-amz-checksum-crc32:B"), "of the trailers does not match"),
    (lambda body: body[: body.index(b"x-amz-trailer")] + b"\r\n", "the signature of the trailers is missing"),
    (lambda body: body[: body.index(b"x-amz-checksum")] + b"x" * 17_000, "bytes of trailers"),
]


@pytest.mark.parametrize(("spoil", "words"), BROKEN)
def test_what_does_not_hold_goes_no_further(spoil: Any, words: str) -> None:
    """It says what is wrong, and gives nothing of what is."""
    head, body = upload(b"p" * 300, 100, trailers=True)
    stream, _ = stream_between(head, CLIENT)
    with pytest.raises(BrokenStream, match=words.replace("(", r"\(").replace(")", r"\)")):
        through(stream, pieces_of(spoil(body), 64))


def test_another_secret_fails_at_once() -> None:
    """Not a byte of the payload goes on."""
    head, body = upload(b"p" * 300, 100)
    stream, _ = stream_between(head, Key(CLIENT.key_id, b"another"))
    with pytest.raises(BrokenStream, match="chunk 1"):
        next(stream.feed(body))
