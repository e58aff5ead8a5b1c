"""What the encoder frames, the decoder reads; its length is known beforehand."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.s3.chunked import Chunk, Decoder, End, Event, Trailer
from inspector.s3.framing import Encoder, framed_size

TRAILERS = [(b"x-amz-checksum-crc32", b"AAAAAA=="), (b"x-amz-trailer-signature", b"f" * 64)]


def sign(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def read(body: bytes) -> tuple[bytes, list[Event]]:
    decoder = Decoder()
    events = decoder.feed(body) + decoder.finish()
    data = b"".join(bytes(event) for event in events if isinstance(event, memoryview))
    return data, [event for event in events if not isinstance(event, memoryview)]


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 33), st.booleans(), st.integers(0, 2))
@example([b"a" * 64], 16, True, 1)
@example([], 8, False, 0)
def test_round_trip(runs: list[bytes], size: int, signed: bool, trailers: int) -> None:
    """Any payload in any runs: chunks of the size asked for, each with its signature, then the trailers."""
    encoder = Encoder(sign if signed else None, size)
    pieces = [piece for run in runs for piece in encoder.feed(run)]
    body = b"".join([*pieces, *encoder.finish(lambda: TRAILERS[:trailers])])
    payload = b"".join(runs)
    data, events = read(body)
    assert data == payload
    parts = [payload[start : start + size] for start in range(0, len(payload), size)] + [b""]
    chunks: list[Event] = [Chunk(len(part), sign(part).decode() if signed else None) for part in parts]
    assert events == [*chunks, *(Trailer(*line) for line in TRAILERS[:trailers]), End(len(body))]
    lengths = [(name, len(value)) for name, value in TRAILERS[:trailers]]
    assert framed_size(len(payload), signed=signed, trailers=lengths, chunk_size=size) == len(body)


def test_trailers_are_asked_for_at_the_end() -> None:
    """A checksum is known, and the chain of signatures complete, only when all data has passed."""
    signed: list[bytes] = []
    encoder = Encoder(lambda data: signed.append(data) or b"0" * 64, 4)  # type: ignore[func-returns-value]
    body = b"".join([*encoder.feed(b"abcdef"), *encoder.finish(lambda: [(b"x-count", b"%d" % len(signed))])])
    assert signed == [b"abcd", b"ef", b""]
    assert body.endswith(b"x-count:3\r\n\r\n")


def test_a_chunk_holds_something() -> None:
    """An empty chunk would end the body."""
    with pytest.raises(ValueError, match="a chunk of 0 bytes"):
        Encoder(chunk_size=0)
