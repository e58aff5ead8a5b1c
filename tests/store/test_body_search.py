"""Bodies: read in windows, decoded, searched with and without the full-text index."""

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from support.calls import Call, call, record

from inspector.store import body_search
from inspector.store.bodies import decoded, is_text
from inspector.store.body_search import contains, matches
from inspector.store.indexing import Indexer
from inspector.store.reader import Recording
from inspector.store.trigrams import WHOLE_TEXT_LIMIT, narrowing
from inspector.store.writer import Writer
from inspector.wire.headers import Headers

STREAMING: Headers = ((b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),)
GZIP: Headers = ((b"Content-Encoding", b"gzip"),)
MEBIBYTE = 1024 * 1024


def chunked(data: bytes, size: int) -> bytes:
    """The aws-chunked envelope of some bytes."""
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return chunks + b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bytes, Recording]]:
    data = random.Random(3).randbytes(2 * MEBIBYTE + 5000) + b"text " * MEBIBYTE
    with Recording(record(tmp_path_factory.mktemp("large") / "r.db", [call(request_body=data)])) as opened:
        yield data, opened


@given(offset=st.integers(0, 8 * MEBIBYTE), size=st.integers(-1, 3 * MEBIBYTE))
def test_a_window_of_a_body_is_that_part_of_it(large: tuple[bytes, Recording], offset: int, size: int) -> None:
    """Pieces and their compression do not show."""
    data, opened = large
    stored = opened.exchange(1)
    assert stored is not None
    body = opened.body(stored.request_body)

    assert len(data) == body.size
    assert data[offset : offset + size if size >= 0 else None] == body.read(offset, size)


def test_a_body_comes_in_windows(large: tuple[bytes, Recording]) -> None:
    """None of them is larger than a piece, and together they are the body."""
    data, opened = large
    stored = opened.exchange(1)
    assert stored is not None

    windows = list(opened.body(stored.request_body))

    assert data == b"".join(windows)
    assert max(map(len, windows)) <= MEBIBYTE


def test_no_body_is_an_empty_one(large: tuple[bytes, Recording]) -> None:
    """Nobody need ask first."""
    body = large[1].body(None)

    assert (body.size, body.read(), list(body)) == (0, b"", [])


# No moment in gzip's heads: the bytes name the test, and every worker must collect the same.
DECODED = [
    (b"plain", (), b"plain"),
    (chunked(b"some payload", 5), STREAMING, b"some payload"),
    (chunked(gzip.compress(b"both", mtime=0), 7), (*STREAMING, (b"Content-Encoding", b"gzip,aws-chunked")), b"both"),
    (gzip.compress(b"zip", mtime=0), GZIP, b"zip"),
    (zlib.compress(b"zip"), ((b"content-encoding", b"deflate"),), b"zip"),
    (zlib.compress(b"zip")[2:-4], ((b"content-encoding", b"deflate"),), b"zip"),
    (gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0), GZIP, b"ab"),
    (brotli.compress(b"zip"), ((b"content-encoding", b"br"),), b"zip"),
    (zstandard.compress(b"zip") + zstandard.compress(b"zap"), ((b"content-encoding", b"zstd"),), b"zipzap"),
    (brotli.compress(gzip.compress(b"both", mtime=0)), ((b"content-encoding", b"gzip, br"),), b"both"),
    (
        gzip.compress(b"as it is", mtime=0),
        ((b"content-encoding", b"gzip, unheard-of"),),
        gzip.compress(b"as it is", mtime=0),
    ),
    (gzip.compress(b"abc" * 1000, mtime=0)[:-8], GZIP, b"abc" * 1000),
    (b"not gzip at all", GZIP, b""),
    (b"5\r\nabc", STREAMING, b"abc"),
]


@pytest.mark.parametrize(("body", "headers", "payload"), DECODED)
@pytest.mark.parametrize("step", [1, 3, 10_000])
def test_the_payload_is_what_is_inside(body: bytes, headers: Headers, payload: bytes, step: int) -> None:
    """However the bytes are split; what is cut short is decoded as far as it goes."""
    windows = [body[start : start + step] for start in range(0, len(body), step)]

    assert payload == b"".join(decoded(windows, headers, request=True))


def test_answers_are_never_taken_for_chunked() -> None:
    """S3 gives Content-Encoding back as it was uploaded, `aws-chunked` included."""
    assert list(decoded([b"3\r\nabc"], ((b"Content-Encoding", b"aws-chunked"),), request=False)) == [b"3\r\nabc"]


@pytest.mark.parametrize(("coding", "pack", "most"), [
    (b"gzip", gzip.compress, 1),
    (b"br", lambda data: brotli.compress(data, quality=3), 32),
    (b"zstd", zstandard.compress, 32),
])  # fmt: skip
def test_a_bomb_is_inflated_in_steps(coding: bytes, pack: Callable[[bytes], bytes], most: int) -> None:
    """A hundred mebibytes of zeros never are in memory at once."""
    bomb = pack(bytes(100 * MEBIBYTE))
    windows = decoded([bomb], ((b"Content-Encoding", coding),), request=False)

    assert max(map(len, windows)) <= most * MEBIBYTE


TEXT = [
    (b"", True),
    (b"abc", True),
    ("ünï".encode(), True),
    ("ü".encode()[:1], True),
    (b"\xff\xfe", False),
    (b"a\0", False),
]


@pytest.mark.parametrize(
    ("sample", "text"), [*TEXT, (b"a\0", False), (b"a" * 4095 + "ü".encode(), True), (b"\x80abc", False)]
)
def test_text_is_told_from_binary_by_its_beginning(sample: bytes, text: bool) -> None:
    """A character that is cut at the end of the sample does not count against it."""
    assert text == is_text(sample)


# Searching in windows

_LETTERS = st.text("abAB\u00e4\n", max_size=30)


@given(text=_LETTERS, part=st.text("abAB\u00e4", min_size=1, max_size=4), step=st.integers(1, 7))
def test_a_part_is_found_across_windows(text: str, part: str, step: int) -> None:
    """Wherever the windows cut, within a character too."""
    data = text.encode()
    windows = [data[start : start + step] for start in range(0, len(data), step)]

    assert (part in text) == contains(part.encode(), windows, fold=False)
    assert (part.encode().lower() in data.lower()) == contains(part.encode().lower(), windows, fold=True)


@given(
    text=_LETTERS,
    regex=st.sampled_from(["a+b", "^a", "b$", r"\bab", "ä.", r"\Aa", r"(?m)^b", "[^a]$"]),
    step=st.integers(1, 9),
)
def test_a_pattern_is_found_across_windows(text: str, regex: str, step: int) -> None:
    """The seams between windows are neither the beginning nor the end of the text."""
    data = text.encode()
    windows = [data[start : start + step] for start in range(0, len(data), step)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_search, "OVERLAP", 8)
        assert (re.search(regex, text) is not None) == matches(re.compile(regex), windows)


# With and without the index

LONG = ("0123456789abcdef" * 8192)[: WHOLE_TEXT_LIMIT // 2]


def calls() -> list[Call]:
    xml: Headers = ((b"Content-Type", b"application/xml"),)
    return [
        call(status=403, answer=xml, response_body=b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
        call(request_body=chunked(b"needle in the payload, in two chunks", 5), headers=STREAMING),
        call(answer=GZIP, response_body=gzip.compress("Grüße aus der Nadel".encode(), mtime=0)),
        call(request_body=b"\0needle in binary"),
        call(request_body=LONG.encode() * 5 + b"needle at the end of what is long"),
        call(request_body=b"text for 5000 bytes " * 250 + b"\0then a zero, then the needle"),
        call(headers=((b"x-amz-meta-needle", b"yes"),)),
        call(response_body=b'say "needle" AND OR (*) NEAR'),
        call(),
    ]


FOUND = [
    ("body:needle", {2, 5, 6, 8}),
    ("body:NEEDLE", {2, 5, 6, 8}),
    ("raw:needle", {4, 5, 6, 8}),
    ("body:'in the payload'", {2}),
    ("raw:'in the payload'", set()),
    ("body:<Code>", {1}),
    ("resp.body:signaturedoes", {1}),
    ("req.body:signaturedoes", set()),
    ("body:grüße", {3}),
    ("body:GRÜSSE", set()),
    ("body:ü", {3}),
    ("body:'say \"needle\"'", {8}),
    ("body:'AND OR (*) NEAR'", {8}),
    ("body:haystack", set()),
    ("body~needle.(at|aus)", {5}),
    ("body~'^<Error>.*Code>'", {1}),
    ("header:meta-needle", {7}),
    ("header[x-amz-meta-needle]:yes", {7}),
    ("header[x-amz-meta-needle]:*", {7}),
    ("req.header:needle -body:needle", {7}),
    ("body:needle -raw:needle", {2}),
    ("body:needle OR status:403", {1, 2, 5, 6, 8}),
]


@pytest.fixture(scope="module", params=["no index", "half of an index", "an index"])
def searched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    path = record(tmp_path_factory.mktemp("search") / "r.db", calls())
    writer = Writer(path)
    if request.param == "half of an index":
        writer.connection.execute("UPDATE exchange SET state = 'open' WHERE id = 6")
    if request.param != "no index":
        Indexer(writer).work_to_the_end()
    writer.connection.execute("UPDATE exchange SET state = 'done'")
    writer.close()
    with Recording(path) as opened:
        assert {"no index": 0, "half of an index": 5, "an index": 9}[request.param] == opened.indexed_to()
        yield opened


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_the_index_changes_no_answer(searched: Recording, text: str, found: set[int]) -> None:
    """It may hold everything, something or nothing: what is found is what the bytes say."""
    assert found == set(searched.ids(text))
    assert len(found) == searched.count(text)


def test_the_index_narrows_a_search(tmp_path: Path) -> None:
    """A search does not read what cannot hold the text."""
    path = record(tmp_path / "r.db", calls())
    writer = Writer(path)
    Indexer(writer).work_to_the_end()
    writer.close()

    with Recording(path) as opened:
        drivers = opened.compiled("body:'in the payload'").drivers
        found = {row[0] for select in drivers[0] for row in opened._conn.execute(select.text, select.values)}

    assert found == {2, 5}  # the fifth is too long for the index: it is always looked into


def test_short_texts_are_not_narrowed() -> None:
    """The index knows nothing of two letters."""
    assert narrowing("ab") is None
    assert narrowing("") is None
    assert '"a""b" AND """bc"' in (narrowing('a"bc') or "")
