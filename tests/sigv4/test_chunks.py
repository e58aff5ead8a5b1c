"""Chunk signatures: every real stream verifies, every break is found where it is, and only the true key is proved."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder.unframe import Unframer, framing_of
from inspector.s3.checksums import Digester
from inspector.s3.chunked import Chunk, Decoder
from inspector.sigv4 import sigv4a, steps
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.chunk_faults import explain_chain
from inspector.sigv4.chunks import ChainVerifier, ChunkPlace, chain_of, proves_key, verify_chain
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify
from inspector.wire.exchange import BodyInfo, Request, SignedChunk

VECTORS = Path(__file__).parent / "vectors" / "streams.jsonl"
STREAMS: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
KEY = Key("0015a0000000000000000000b", b"K001secret+with/chars")
AWS_KEY = Key("AKIAIOSFODNN7EXAMPLE", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def request_of(head: Sequence[str]) -> Request:
    method, target, _ = head[0].split(" ")
    headers = tuple((name.encode(), value.encode()) for name, _, value in (line.partition(": ") for line in head[1:]))
    return Request(method.encode(), "http", "127.0.0.1", 80, target.encode(), headers)


def framed(payload: bytes, chunks: Iterable[tuple[int, str]], tail: bytes) -> bytes:
    body, position = b"", 0
    for size, signature in chunks:
        body += b"%x;chunk-signature=%b\r\n" % (size, signature.encode())
        body += payload[position : position + size] + (b"\r\n" if size else b"")
        position += size
    return body + tail


def stored(request: Request, body: bytes, truncated: str | None = None) -> SignedRequest:
    """What the recorder keeps of a stream that passed: digests, chunk table, trailers."""
    framing = framing_of(request.headers)
    assert framing is not None
    table: list[SignedChunk] = []
    sent, unframer = Digester(), Unframer(framing, table.extend)
    for start in range(0, len(body), 10_000):
        sent.update(body[start : start + 10_000])
        unframer.feed(body[start : start + 10_000])
    fields = unframer.finish()
    info = BodyInfo(sent.digests(), len(body), truncated, **fields)
    return SignedRequest(request, read_authorization(request), info, lambda: iter(table))


def stream(vector: dict[str, Any]) -> SignedRequest:
    text, times = vector["payload"]
    body = framed(text.encode() * times, vector["chunks"], vector["tail"].encode())
    return stored(request_of(vector["head"]), body)


@pytest.mark.parametrize("vector", STREAMS, ids=lambda vector: vector["name"])
def test_streams_of_real_clients_verify(vector: dict[str, Any]) -> None:
    """Header, chunks and trailers of every client's stream verify, and its first chunk proves the key."""
    signed = stream(vector)
    assert signed.body.framing_error is None
    assert verify(signed, KEY).verdict == "verified"
    verdict = verify_chain(signed, KEY)
    assert verdict.verdict == "verified"
    assert verdict.trailer == ("verified" if "TRAILER" in str(vector["head"]) else "none")
    assert verdict.chunks == len(vector["chunks"])
    assert signed.body.decoded is not None
    assert verdict.size == signed.body.decoded.size
    assert proves_key(signed, KEY)
    assert not proves_key(signed, replace(KEY, secret=KEY.secret + b"\n"))
    assert list(explain_chain(signed, KEY)) == []


# AWS documentation, "Transferring Payload in Multiple Chunks" and "Including Trailing Headers": 66,560 bytes of `a`.
AWS_SCOPE = (b"20130524", b"us-east-1", b"s3")
AWS_DOCS = (
    (
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ),
    (
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ),
)


@pytest.mark.parametrize("signatures", AWS_DOCS)
def test_aws_own_examples_verify(signatures: tuple[str, ...]) -> None:
    """The chunk signatures that AWS prints."""
    key = steps.signing_key(AWS_KEY.secret, *AWS_SCOPE)
    seed, *rest = signatures
    chain = ChainVerifier(
        lambda string, signature: steps.signature(key, string) == signature,
        b"20130524T000000Z",
        steps.scope(*AWS_SCOPE),
        seed.encode(),
    )
    for size, signature in zip((65536, 1024, 0), rest, strict=True):
        assert chain.chunk(hashlib.sha256(b"a" * size).hexdigest(), signature)
    if seed.startswith("106e"):
        trailers = [(b"x-amz-checksum-crc32c", b"sOO8/Q==")]
        signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
        assert chain.trailer(trailers, signature)


# Streams signed here, one step at a time

HEAD = (
    "PUT /bucket/key HTTP/1.1",
    "Host: s3.us-west-001.backblazeb2.com",
    "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-date: 20260314T092653Z",
    "x-amz-decoded-content-length: 100",
)
TRAILING = (*(line.replace("-PAYLOAD", "-PAYLOAD-TRAILER") for line in HEAD), "x-amz-trailer: x-amz-checksum-crc32")
SCOPE = b"20260314/us-west-001/s3/aws4_request"
SIGNING_KEY = steps.signing_key(KEY.secret, b"20260314", b"us-west-001", b"s3")
CREDENTIAL = f"Credential={KEY.key_id}/{SCOPE.decode()}, SignedHeaders=host;x-amz-content-sha256;x-amz-date"


def with_seed(seed: str, head: Sequence[str] = HEAD) -> Request:
    return request_of([*head, f"Authorization: AWS4-HMAC-SHA256 {CREDENTIAL}, Signature={seed}"])


SEED = verify(stored(with_seed("0" * 64), b""), KEY).signature or ""
TRAILING_SEED = verify(stored(with_seed("0" * 64, TRAILING), b""), KEY).signature or ""

PIECES = (b"one" * 4000, b"two" * 5000, b"three" * 6000, b"")


@dataclass(frozen=True)
class Signer:
    """A signer of streams in which each step can be replaced: `string` makes what is signed of a chunk."""

    string: Callable[[bytes, bytes, bytes], bytes] = lambda previous, seed, data: steps.chunk_string_to_sign(
        b"20260314T092653Z", SCOPE, previous, steps.sha256_hex(data)
    )

    def table(self, seed: str, pieces: Iterable[bytes] = PIECES) -> list[tuple[int, str]]:
        previous = first = seed.encode()
        rows = []
        for piece in pieces:
            previous = steps.signature(SIGNING_KEY, self.string(previous, first, piece))
            rows.append((len(piece), previous.decode()))
        return rows


PAYLOAD = b"".join(PIECES)


def whole(rows: list[tuple[int, str]], payload: bytes = PAYLOAD, seed: str = SEED) -> SignedRequest:
    return stored(with_seed(seed), framed(payload, rows, b"\r\n"))


def test_a_break_is_found_where_it_is() -> None:
    """A byte that changed in the second chunk fails there, with number, offset and size; the first one holds."""
    payload = PAYLOAD.replace(b"two", b"tvo", 1)
    verdict = verify_chain(whole(Signer().table(SEED), payload), KEY)
    assert verdict.verdict == "mismatch"
    assert verdict.failed == ChunkPlace(2, 12_000, 15_000)
    assert (verdict.chunks, verdict.size) == (1, 12_000)
    assert "chunk 2 (15000 bytes from byte 12000 on)" in verdict.words


def test_a_truncated_upload_is_verified_to_its_last_chunk() -> None:
    """What came is proved, and what did not come is not held against anyone."""
    body = framed(PAYLOAD, Signer().table(SEED), b"\r\n")
    signed = stored(with_seed(SEED), body[:40_000], "incomplete")
    verdict = verify_chain(signed, KEY)
    assert (verdict.verdict, verdict.chunks, verdict.size) == ("incomplete", 2, 27_000)


def test_bytes_that_the_recorder_missed_accuse_nobody() -> None:
    """A chunk with a hole has another hash; that is no mismatch."""
    body = framed(PAYLOAD, Signer().table(SEED), b"\r\n")
    signed = stored(with_seed(SEED), body[:20_000] + b"?" + body[20_001:], "recorder-behind")
    verdict = verify_chain(signed, KEY)
    assert (verdict.verdict, verdict.chunks) == ("incomplete", 1)


def test_a_stream_without_signatures_is_unsigned() -> None:
    """Whether it says so or not."""
    plain = [line.replace("AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD-TRAILER") for line in HEAD]
    body = b"3\r\nabc\r\n0\r\n\r\n"
    assert verify_chain(stored(with_seed(SEED, plain), body), KEY).verdict == "unsigned"
    assert verify_chain(stored(with_seed(SEED), body), KEY).verdict == "unsigned"


def test_without_a_secret_nothing_is_said_of_the_chunks() -> None:
    """No key, no verdict; no stream, none either."""
    signed = whole(Signer().table(SEED))
    assert verify_chain(signed, None).verdict == "unverified"
    request = replace(signed.request, headers=())
    assert verify_chain(SignedRequest(request, read_authorization(request)), KEY).verdict == "none"


def trailing(tail: bytes) -> SignedRequest:
    body = framed(PAYLOAD, Signer().table(TRAILING_SEED), tail)
    return stored(with_seed(TRAILING_SEED, TRAILING), body)


def trailer_signed(block: bytes, algorithm: bytes = steps.TRAILER_ALGORITHM) -> bytes:
    last = Signer().table(TRAILING_SEED)[-1][1].encode()
    string = b"\n".join((algorithm, b"20260314T092653Z", SCOPE, last, steps.sha256_hex(block)))
    signature = steps.signature(SIGNING_KEY, string)
    return b"x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:%b\r\n\r\n" % signature


RULE = b"x-amz-checksum-crc32:AAAAAA==\n"


def test_trailers_are_the_end_of_the_chain() -> None:
    """They verify, fail, or are missing, each told apart."""
    assert verify_chain(trailing(trailer_signed(RULE)), KEY).trailer == "verified"
    assert verify_chain(trailing(trailer_signed(b"x-amz-checksum-crc32:AAAAAQ==\n")), KEY).trailer == "mismatch"
    missing = verify_chain(trailing(b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n"), KEY)
    assert (missing.verdict, missing.trailer) == ("mismatch", "missing")


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (RULE[:-1], "without a line's end"),
        (RULE.replace(b"\n", b"\r\n"), "with CRLF for LF"),
        (RULE.replace(b":", b": "), "with a space behind each colon"),
        (b"", "as if there were none"),
    ],
)
def test_says_how_trailers_were_signed(block: bytes, words: str) -> None:
    """The form of the trailers that gives the client's signature."""
    (found,) = explain_chain(trailing(trailer_signed(block)), KEY)
    assert (found.cause, found.place) == ("trailer-signature", None)
    assert words in found.words


def lines(*parts: bytes) -> bytes:
    return b"\n".join(parts)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


DATE = b"20260314T092653Z"
EMPTY = steps.EMPTY_SHA256
CHUNK = steps.CHUNK_ALGORITHM
WRONG_STRINGS = [
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, s, EMPTY, digest(d)), 2, "after the header's signature"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, p, digest(d)), 1, "without the line that holds the hash of nothing"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, p, EMPTY, digest(d).upper()), 1, "with its hash in upper case"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, p, EMPTY, digest(d), b""), 1, "with a line feed at the end"),
    (lambda p, s, d: lines(b"AWS4-HMAC-SHA256", DATE, SCOPE, p, EMPTY, digest(d)), 1, "the algorithm of headers"),
    (lambda p, s, d: lines(CHUNK, b"20260314T092654Z", SCOPE, p, EMPTY, digest(d)), 1, "20260314T092654Z"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, b"", EMPTY, digest(d)), 1, "after no signature"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, p, EMPTY, EMPTY), 1, "as if it were empty"),
    (lambda p, s, d: lines(CHUNK, DATE, SCOPE, p, EMPTY, digest(b"%x\r\n%b\r\n" % (len(d), d))), 1, "with the frame"),
]


@pytest.mark.parametrize(("string", "number", "words"), WRONG_STRINGS, ids=[row[2] for row in WRONG_STRINGS])
def test_says_what_a_signer_of_chunks_did_otherwise(
    string: Callable[[bytes, bytes, bytes], bytes], number: int, words: str
) -> None:
    """Each known way of signing chunks wrongly is found by reproducing the signature."""
    signed = whole(Signer(string).table(SEED))
    found = list(explain_chain(signed, KEY, read=lambda offset, size: PAYLOAD[offset : offset + size]))
    assert [(one.cause, one.place and one.place.number) for one in found] == [("chunk-signature", number)]
    assert words in found[0].words
    assert KEY.secret.decode() not in str(found)


def test_a_seed_that_was_replaced_is_found() -> None:
    """Headers signed again by something between, chunks kept: the chain begins with the client's own signature."""
    other = "ab" * 32
    signed = whole(Signer().table(other))
    (found,) = explain_chain(signed, KEY, seeds=["cd" * 32, other])
    assert found.cause == "chunk-seed-replaced"
    damaged = whole(Signer().table(SEED), seed="ab" * 32)
    (found,) = explain_chain(damaged, KEY)
    assert found.words == (
        "the chain begins with the signature that the headers should have, not with the one on the wire"
    )


def test_of_the_first_chunk_other_data_are_not_proved() -> None:
    """A chain begun after a signature that nobody knows leaves the same bytes: the path is not accused for certain."""
    (found,) = explain_chain(whole(Signer().table("00" * 32)), KEY)

    assert (found.cause, found.proved) == ("chunk-data-altered", False)
    assert "or it was signed after another signature than the header's" in found.words


def test_the_next_chunk_tells_whether_data_or_signature_was_altered() -> None:
    """It goes on from the signature that the client made."""
    table = Signer().table(SEED)
    (found,) = explain_chain(whole(table, PAYLOAD.replace(b"two", b"tvo", 1)), KEY)
    assert (found.cause, found.place, found.proved) == ("chunk-data-altered", ChunkPlace(2, 12_000, 15_000), True)
    table[1] = (table[1][0], "ab" * 32)
    (found,) = explain_chain(whole(table), KEY)
    assert found.cause == "chunk-signature"
    assert "the signature was altered" in found.words


def test_a_chunk_that_came_twice_is_found() -> None:
    """It is signed as the one before it, or as one of those before that."""
    rows = Signer().table(SEED)
    again = [rows[0], rows[0], *rows[1:]]
    signed = whole(again, PIECES[0] + PAYLOAD)
    (found,) = explain_chain(signed, KEY)
    assert found.place == ChunkPlace(2, 12_000, 12_000)
    assert "came twice" in found.words
    pieces = (*PIECES[:3], PIECES[1], b"")
    rows = [*rows[:3], rows[1], *rows[3:]]
    (found,) = explain_chain(whole(rows, b"".join(pieces)), KEY)
    assert found.place == ChunkPlace(4, 57_000, 15_000)
    assert "as the one behind chunk 1" in found.words


def test_random_secrets_prove_nothing() -> None:
    """A thousand wrong secrets, and not one first chunk."""
    signed = whole(Signer().table(SEED))
    wrong = (hashlib.sha256(b"%d" % number).hexdigest()[:31].encode() for number in range(1000))
    assert not any(proves_key(signed, replace(KEY, secret=secret)) for secret in wrong)


hexes = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.sampled_from([SEED, "é" * 64, ""]),
    st.from_regex(r"[0-9a-f]{64}\**", fullmatch=True),
)


@given(
    rows=st.lists(st.builds(SignedChunk, st.integers(0, 10**15), st.text(max_size=70), hexes), max_size=30),
    trailers=st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=30)), max_size=3),
    algorithm=st.sampled_from(["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"]),
    seed=st.text("0123456789abcdef*/ é,=;", max_size=80),
    truncated=st.sampled_from([None, "incomplete", "keep-limit"]),
)
def test_no_table_of_chunks_is_too_strange(
    rows: list[SignedChunk], trailers: list[tuple[bytes, bytes]], algorithm: str, seed: str, truncated: str | None
) -> None:
    """Whatever is stored, nothing raises."""
    request = with_seed(seed, TRAILING)
    authorization = f"{algorithm} {CREDENTIAL}, Signature={seed}".encode()
    request = replace(request, headers=(*request.headers[:-1], (b"Authorization", authorization)))
    signed = SignedRequest(
        request,
        read_authorization(request),
        BodyInfo(EMPTY_DIGEST, 0, truncated, decoded=EMPTY_DIGEST, trailers=tuple(trailers), chunk_count=len(rows)),
        lambda: iter(rows),
    )
    assert verify_chain(signed, KEY).words
    proves_key(signed, KEY)
    list(explain_chain(signed, KEY))


EMPTY_DIGEST = Digester().digests()


def test_explains_a_long_chain_in_bounded_time() -> None:
    """130,000 chunks, a gibibyte of them, the last one broken: one pass, and a window of signatures."""
    sha256 = hashlib.sha256(b"x").hexdigest()
    previous = SEED.encode()
    rows = []
    for _ in range(130_000):
        string = steps.chunk_string_to_sign(DATE, SCOPE, previous, sha256.encode())
        previous = steps.signature(SIGNING_KEY, string)
        rows.append(SignedChunk(8192, sha256, previous.decode()))
    rows[-1] = replace(rows[-1], signature="ab" * 32)
    signed = replace(whole([]), chunks=lambda: iter(rows))
    started = time.process_time()
    assert verify_chain(signed, KEY).chunks == 129_999
    assert list(explain_chain(signed, KEY)) == []
    assert time.process_time() - started < 20


def test_checks_a_stream_as_it_comes() -> None:
    """Fed with what a decoder gives, chunk by chunk, without a table."""
    signed = stream(STREAMS[1])
    chain = chain_of(signed, KEY)
    assert chain is not None
    text, times = STREAMS[1]["payload"]
    body = framed(text.encode() * times, STREAMS[1]["chunks"], STREAMS[1]["tail"].encode())
    assert list(checked(chain, (body[at : at + 5000] for at in range(0, len(body), 5000)))) == [True] * 4
    assert chain.trailer(signed.body.trailers)


def checked(chain: ChainVerifier, pieces: Iterable[bytes]) -> Iterator[bool]:
    decoder, sha256 = Decoder(), hashlib.sha256()
    for piece in pieces:
        for event in decoder.feed(piece):
            if isinstance(event, memoryview):
                sha256.update(event)
            elif isinstance(event, Chunk):
                yield chain.chunk(sha256.hexdigest(), event.signature)
                sha256 = hashlib.sha256()


def test_sigv4a_chunks_stay_unverified_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody is accused."""
    monkeypatch.setattr(sigv4a, "checker", lambda key_id, secret: None)
    signed = stream(next(vector for vector in STREAMS if vector["algorithm"] == "ecdsa"))
    assert verify_chain(signed, KEY).verdict == "unverified"
    assert not proves_key(signed, KEY)
