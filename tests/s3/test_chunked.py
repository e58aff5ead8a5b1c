"""An aws-chunked envelope comes off the same whatever the split, and broken framing is reported where it broke."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.chunked import LINE_LIMIT, Broken, Chunk, Decoder, End, Event, Trailer

SIG = "0123456789abcdef" * 4


@dataclass
class Decoded:
    """What a body decoded to, and each event but the payload runs."""

    payload: bytes
    events: list[Event]


def decode(*pieces: bytes) -> Decoded:
    decoder = Decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    events += decoder.finish()
    payload = b"".join(event for event in events if isinstance(event, memoryview))
    return Decoded(payload, [event for event in events if not isinstance(event, memoryview)])


def envelope(chunks: list[tuple[bytes, str | None]], trailers: list[tuple[bytes, bytes]], upper: bool = False) -> bytes:
    out = bytearray()
    for data, signature in chunks:
        size = b"%X" % len(data) if upper else b"%x" % len(data)
        out += size + (b";chunk-signature=" + signature.encode() if signature else b"") + b"\r\n"
        out += data + b"\r\n" if data else b""
    for name, value in trailers:
        out += name + b":" + value + b"\r\n"
    return bytes(out + b"\r\n")


UNSIGNED = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
SIGNED = (
    f"5;chunk-signature={SIG}\r\nhello\r\n3;chunk-signature={SIG}\r\n\r\n!\r\n0;chunk-signature={SIG}\r\n"
    f"x-amz-checksum-crc32c: AAAAAA== \r\nx-amz-trailer-signature:{SIG}\r\n\r\n"
).encode()
WHOLE = [
    (UNSIGNED, b"hello", [Chunk(5, None), Chunk(0, None), Trailer(b"x-amz-checksum-crc32", b"NhCmhg=="), End(46)]),
    (
        SIGNED,
        b"hello\r\n!",
        [
            Chunk(5, SIG),
            Chunk(3, SIG),
            Chunk(0, SIG),
            Trailer(b"x-amz-checksum-crc32c", b"AAAAAA=="),
            Trailer(b"x-amz-trailer-signature", SIG.encode()),
            End(len(SIGNED)),
        ],
    ),
    (b"0\r\n\r\n", b"", [Chunk(0, None), End(5)]),
    (
        b"0A;x=1; Chunk-Signature=zz\r\n0123456789\r\n0\r\n\r\n",
        b"0123456789",
        [Chunk(10, "zz"), Chunk(0, None), End(45)],
    ),
    (
        b"0\r\na:b\n\r\nc:d\r\n\r\n",  # minio-go's signed trailers
        b"",
        [Chunk(0, None), Trailer(b"a", b"b"), Trailer(b"c", b"d"), End(16)],
    ),
]


@pytest.mark.parametrize(("body", "payload", "events"), WHOLE)
def test_takes_the_envelope_off_at_every_split(body: bytes, payload: bytes, events: list[Event]) -> None:
    """Two buffers, cut anywhere, and single bytes, give what one buffer gives."""
    assert decode(body) == Decoded(payload, events)
    for cut in range(len(body) + 1):
        assert decode(body[:cut], body[cut:]) == Decoded(payload, events)
    assert decode(*(body[at : at + 1] for at in range(len(body)))) == Decoded(payload, events)


names = st.from_regex(rb"[a-z][a-z0-9-]{0,20}", fullmatch=True)
values = st.binary(max_size=20).map(lambda value: value.replace(b"\n", b"").replace(b"\r", b"").strip(b" \t"))


@given(
    data=st.lists(st.binary(min_size=1, max_size=300), max_size=6),
    signed=st.booleans(),
    trailers=st.lists(st.tuples(names, values), max_size=3),
    upper=st.booleans(),
    cuts=st.lists(st.integers(0, 2500), max_size=8),
)
def test_round_trip(
    data: list[bytes], signed: bool, trailers: list[tuple[bytes, bytes]], upper: bool, cuts: list[int]
) -> None:
    """What was put into an envelope comes out of it, in as many pieces as one likes."""
    signature = SIG if signed else None
    body = envelope([(piece, signature) for piece in [*data, b""]], trailers, upper)
    marks = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    found = decode(*(body[start:end] for start, end in pairwise(marks)))

    assert found.payload == b"".join(data)
    assert found.events == [
        *(Chunk(len(piece), signature) for piece in [*data, b""]),
        *(Trailer(*trailer) for trailer in trailers),
        End(len(body)),
    ]


BROKEN = [
    (b"", 0, "no final chunk"),
    (b"hello world, this is no envelope", 32, "the body ends within a chunk's size line"),
    (b"hello\r\n", 0, "not a chunk's size line: 'hello'"),
    (b"5\r\nhello\r\n-1\r\n", 10, "not a chunk's size line: '-1'"),
    (b"5\r\nhello\r\n0x5\r\n", 10, "not a chunk's size line: '0x5'"),
    (b"1_0\r\n", 0, "not a chunk's size line: '1_0'"),
    (b"\r\n", 0, "not a chunk's size line: ''"),
    (b"f" * 16 + b"\r\n", 0, "not a chunk's size line: 'ffffffffffffffff'"),
    (b"5\nhello\n0\n\n", 0, "a line that ends with LF alone: '5'"),
    (b"4\r\nhello\r\n0\r\n\r\n", 7, "no CRLF after a chunk of 4 bytes"),
    (b"5\r\nhello\rx0\r\n\r\n", 8, "no CRLF after a chunk of 5 bytes"),
    (b"6\r\nhello", 8, "the body ends 1 bytes before the end of a chunk"),
    (b"5\r\nhello\r", 9, "the body ends before the CRLF after a chunk"),
    (b"5\r\nhello\r\n", 10, "no final chunk"),
    (b"5\r\nhello\r\n0\r\n", 13, "no empty line after the final chunk"),
    (b"0\r\nx-amz", 8, "the body ends within the trailers"),
    (b"0\r\nno trailer\r\n\r\n", 3, "not a trailer: 'no trailer'"),
    (b"0\r\n\r\n\r\n", 5, "bytes after the end"),
    (b"0" * LINE_LIMIT + b"0", 0, f"a line of more than {LINE_LIMIT} bytes: '{'0' * 40}'..."),
]


@pytest.mark.parametrize(("body", "offset", "what"), BROKEN, ids=[what for _, _, what in BROKEN])
def test_says_where_and_how_framing_broke(body: bytes, offset: int, what: str) -> None:
    """The offset is that of the byte at fault in the body, at every split."""
    for cut in range(len(body) + 1):
        assert decode(body[:cut], body[cut:]).events[-1] == Broken(offset, what)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"5\r\n", b"hello", b"\r\n", b"0\r\n", b";"]), max_size=12))
def test_whatever_comes_is_reported_once_and_alike(pieces: list[bytes]) -> None:
    """Nothing raises; the last event is the only end or break; the split does not matter."""
    found = decode(*pieces)

    assert isinstance(found.events[-1], End | Broken)
    assert sum(isinstance(event, Broken) for event in found.events) <= 1
    assert decode(b"".join(pieces)) == found


def test_what_was_decoded_before_the_break_stands() -> None:
    """The chunks before the broken one are delivered."""
    found = decode(b"5\r\nhello\r\n3\r\nabc\r\nzz\r\n")

    assert found.payload == b"helloabc"
    assert found.events[:2] == [Chunk(5, None), Chunk(3, None)]


def test_payload_is_not_copied() -> None:
    """A run of payload is a view of the buffer that was fed."""
    decoder = Decoder()
    decoder.feed(b"100000\r\n")
    buffer = bytes(65536)
    (run,) = decoder.feed(buffer)

    assert isinstance(run, memoryview)
    assert run.obj is buffer
