"""The payload of an aws-chunked body."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.tui.bodies.payload_source import PayloadSource
from inspector.tui.bodies.source import JoinedSource, WholeSource

PIECES = st.lists(st.binary(min_size=1, max_size=40), max_size=12)
SIGNATURE = b";chunk-signature=" + b"a" * 64


def framed(pieces: list[bytes], extension: bytes = b"") -> bytes:
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    return chunks + b"0%b\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n" % extension


@given(PIECES, st.sampled_from([b"", SIGNATURE]), st.integers(0, 300), st.integers(0, 100))
def test_any_stretch_is_read_without_the_framing(pieces: list[bytes], extension: bytes, offset: int, size: int) -> None:
    """Across chunks; what is beyond the end is not there."""
    source = PayloadSource(WholeSource(framed(pieces, extension)))
    while source.find(3):
        pass
    payload = b"".join(pieces)
    assert source.complete
    assert source.size == len(payload)
    assert source.read(offset, size) == payload[offset : offset + size]


@given(PIECES.filter(bool), st.integers(1, 200))
def test_what_is_cut_off_or_broken_ends_the_payload(pieces: list[bytes], cut: int) -> None:
    """What came before it stands."""
    source = PayloadSource(WholeSource(framed(pieces)[:-cut]))
    while source.find(1):
        pass
    assert b"".join(pieces).startswith(source.read(0, 1000))


def test_what_one_thread_finds_the_other_knows() -> None:
    """They share the places."""
    source = PayloadSource(WholeSource(framed([b"hello", b"world"])))
    other = PayloadSource(WholeSource(framed([b"hello", b"world"])), source.places)
    while other.find(1):
        pass
    assert source.read(3, 4) == b"lowo"


@given(PIECES, st.integers(0, 300), st.integers(0, 100))
def test_sources_behind_each_other_are_one(pieces: list[bytes], offset: int, size: int) -> None:
    """A head and its body."""
    joined = JoinedSource([WholeSource(piece) for piece in pieces])
    whole = b"".join(pieces)
    assert joined.size == len(whole)
    assert joined.read(offset, size) == whole[offset : offset + size]
