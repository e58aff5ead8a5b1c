"""A body on its way in: whatever its cuts, the digests are of all of it and the stored bytes are its beginning."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.recorder import intake
from inspector.recorder.intake import PIECE_SIZE, BodyIntake, Taken
from inspector.recorder.unframe import Framing, framing_of
from inspector.store.bodies import StoredBody
from inspector.store.writer import Writer
from inspector.wire.exchange import EMPTY_BODY, Digests, SignedChunk


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """A recording that takes bodies."""
    writer = Writer(tmp_path_factory.mktemp("intake") / "calls.db")
    yield writer
    writer.close()


@contextmanager
def small_pieces(size: int) -> Iterator[None]:
    """Pieces of so many bytes, so that a test needs no megabytes."""
    before, intake.PIECE_SIZE = intake.PIECE_SIZE, size
    yield
    intake.PIECE_SIZE = before


def digests(data: bytes) -> Digests:
    """What is true of some bytes."""
    return Digests(
        len(data),
        hashlib.sha256(data).hexdigest(),
        hashlib.md5(data, usedforsecurity=False).hexdigest(),
        f"{zlib.crc32(data):08x}",
    )


def take(body: BodyIntake, runs: list[bytes]) -> Taken:
    """All runs of a body."""
    for run in runs:
        body.feed(run)
    return body.finish()


def stored(writer: Writer, taken: Taken) -> bytes:
    """The bytes that were kept."""
    return StoredBody(writer.connection, taken.body).read()


RUNS = st.lists(st.binary(max_size=60), max_size=12)


@settings(deadline=None)
@given(runs=RUNS, keep=st.none() | st.integers(0, 200), piece=st.integers(1, 50))
def test_any_cuts_any_limit(writer: Writer, runs: list[bytes], keep: int | None, piece: int) -> None:
    """Digests are of the whole, stored is the beginning up to the limit, and truncation is said exactly where it is."""
    whole = b"".join(runs)
    with small_pieces(piece), writer.transaction():
        taken = take(BodyIntake(writer, keep), runs)
    if not whole:
        assert taken == Taken(None, EMPTY_BODY, ())
        return
    kept = whole if keep is None else whole[:keep]
    assert taken.info.sent == digests(whole)
    assert taken.info.stored_size == len(kept)
    assert taken.info.truncated == (None if kept == whole else "keep-limit")
    assert stored(writer, taken) == kept


def test_equal_bodies_are_stored_once(writer: Writer) -> None:
    """A body that came in one run and one that came in many have one id, small or large."""
    for whole in (b"a small body", b"x" * (PIECE_SIZE + 5)):
        with writer.transaction():
            first = take(BodyIntake(writer, None), [whole])
            second = take(BodyIntake(writer, None), [whole[:7], whole[7:]])
        assert first.body == second.body


def test_a_cut_body_is_not_taken_for_the_whole(writer: Writer) -> None:
    """A body that was cut at the limit shares its bytes with one that ends there, and says that it was cut."""
    with writer.transaction():
        cut = take(BodyIntake(writer, 10), [b"0123456789abcdef"])
        short = take(BodyIntake(writer, 10), [b"0123456789"])
    assert cut.body == short.body
    assert (cut.info.truncated, short.info.truncated) == ("keep-limit", None)
    assert cut.info.sent.size == 16


def test_a_gap_ends_what_is_stored(writer: Writer) -> None:
    """Bytes behind a gap are not stored: what is kept is always a beginning."""
    body = BodyIntake(writer, None)
    body.feed(b"before")
    body.gap("recorder-behind")
    body.feed(b"after")
    with writer.transaction():
        taken = body.finish()
    assert stored(writer, taken) == b"before"
    assert taken.info.truncated == "recorder-behind"


@settings(deadline=None)
@given(tail=st.binary(max_size=100), piece=st.integers(1, 50), cut=st.integers(0, 40))
def test_redaction_spans_runs(writer: Writer, tail: bytes, piece: int, cut: int) -> None:
    """A secret in the first piece is replaced however the body was cut; digests stay those of the true bytes."""
    whole = b'{"token": "very secret"}' + tail

    def redact(data: bytes) -> tuple[bytes, tuple[str, ...]]:
        return data.replace(b"very secret", b"a pseudonym that is longer"), ("body token",)

    with small_pieces(len(whole) + piece), writer.transaction():
        taken = take(BodyIntake(writer, None, redact=redact), [whole[:cut], whole[cut:]])
    assert stored(writer, taken) == redact(whole)[0]
    assert taken.info.sent == digests(whole)
    assert taken.info.redacted
    assert taken.redacted == ("body token",)


def framed(data: bytes, size: int, trailer: bytes = b"") -> bytes:
    """An aws-chunked body whose chunks carry a signature that names their place."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)] + [b""]
    lines = [
        b"%x;chunk-signature=%064x\r\n%b" % (len(chunk), place, chunk + b"\r\n" if chunk else b"")
        for place, chunk in enumerate(chunks)
    ]
    return b"".join(lines) + trailer + b"\r\n"


@settings(deadline=None)
@given(data=st.binary(min_size=1, max_size=300), size=st.integers(1, 80), cut=st.integers(1, 50))
def test_what_verification_needs_survives_truncation(writer: Writer, data: bytes, size: int, cut: int) -> None:
    """Payload digests, trailer, checksum and each chunk's hash and signature are of the whole, whatever is kept."""
    name = b"x-amz-checksum-crc32"
    value = base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))
    body = framed(data, size, name + b":" + value + b"\r\n")
    chunks: list[SignedChunk] = []
    with writer.transaction():
        intake_ = BodyIntake(writer, 5, Framing(name, signed=True), on_chunks=chunks.extend)
        info = take(intake_, [body[at : at + cut] for at in range(0, len(body), cut)]).info
    assert info.decoded == digests(data)
    assert info.trailers == ((name, value),)
    assert info.checksum == (name.decode(), value.decode())
    assert info.chunk_count == len(chunks) == -(-len(data) // size) + 1
    assert [chunk.sha256 for chunk in chunks] == [
        hashlib.sha256(data[at : at + size]).hexdigest() for at in range(0, len(data), size)
    ] + [hashlib.sha256(b"").hexdigest()]
    assert [chunk.signature for chunk in chunks] == [f"{place:064x}" for place in range(len(chunks))]
    assert info.framing_error is None


def test_broken_framing_is_said(writer: Writer) -> None:
    """Where the framing breaks is named; what came before it is digested."""
    with writer.transaction():
        info = take(BodyIntake(writer, None, Framing()), [b"5\r\nhello\r\nnonsense\r\n"]).info
    assert info.framing_error is not None
    assert info.framing_error.startswith("at byte 10")
    assert info.decoded == digests(b"hello")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"content-encoding": "gzip"}, None),
        ({"Content-Encoding": "aws-chunked"}, Framing()),
        ({"content-encoding": "gzip,aws-chunked"}, Framing()),
        ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, None),
        ({"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, Framing(signed=True)),
        (
            {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Trailer": "X-Amz-Checksum-CRC32 "},
            Framing(b"x-amz-checksum-crc32"),
        ),
        ({"content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-meta-mine"}, Framing()),
    ],
)
def test_framing_is_told_from_either_sign(headers: dict[str, str], expected: Framing | None) -> None:
    """Content-Encoding and x-amz-content-sha256 each say that a body is aws-chunked."""
    assert framing_of(tuple((name.encode(), value.encode()) for name, value in headers.items())) == expected


def test_a_recording_path_may_hold_anything(tmp_path: Path) -> None:
    """A recording opens under a name with spaces and signs."""
    writer = Writer(tmp_path / "my calls?#1.db")
    assert writer.in_place()
    writer.close()
