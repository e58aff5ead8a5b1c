"""A secret is found in every wrapping and replaced there; the wrapping, and all other bytes, stay."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable
from html import escape
from urllib.parse import quote, unquote_to_bytes

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.leaks.find import UNSEARCHED, finds
from inspector.leaks.layers import LAYERS, Budget, Layer
from inspector.leaks.rewrite import Rewriter
from inspector.leaks.streams import WINDOW, stream_finds
from inspector.wire.redaction import Redactor, is_removed_signature

SECRET = b"K004abcDEF0123456789+/abcDEF012"
PSEUDONYM = Redactor(b"k" * 32).pseudonym
REWRITE = Rewriter(PSEUDONYM, [SECRET])

Wrap = Callable[[bytes], bytes]


def url(data: bytes) -> bytes:
    return quote(data, safe="").encode()


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


WRAPPINGS: dict[str, tuple[Wrap, Wrap]] = {
    "plain": (lambda data: data, lambda data: data),
    "URL": (url, unquote_to_bytes),
    "URL, lower case": (
        lambda data: url(data).replace(b"%2F", b"%2f").replace(b"%2B", b"%2b"),
        unquote_to_bytes,
    ),
    "URL, twice": (lambda data: url(url(data)), lambda data: unquote_to_bytes(unquote_to_bytes(data))),
    "URL, slashes plain": (lambda data: quote(data).encode(), unquote_to_bytes),
    "base64": (b64, base64.b64decode),
    "base64url": (base64.urlsafe_b64encode, base64.urlsafe_b64decode),
    "base64 in base64": (lambda data: b64(b64(data)), lambda data: base64.b64decode(base64.b64decode(data))),
    "base64 in lines": (
        lambda data: base64.encodebytes(b"." * 60 + data).replace(b"\n", b"\n    ").strip(),
        lambda data: base64.b64decode(data)[60:],
    ),
    "hex": (lambda data: data.hex(" ").encode(), lambda data: bytes.fromhex(data.decode())),
    "JSON": (
        lambda data: json.dumps(data.decode()).replace("/", "\\/").encode(),
        lambda data: json.loads(data).encode(),
    ),
    "JSON by numbers": (
        lambda data: b'"' + b"".join(b"\\u%04x" % byte for byte in data) + b'"',
        lambda data: json.loads(data).encode(),
    ),
    "XML": (
        lambda data: escape(data.decode()).replace("+", "&#x2b;").encode(),
        lambda data: data.replace(b"&#x2b;", b"+"),
    ),
    "gzip": (gzip.compress, gzip.decompress),
    "zlib": (zlib.compress, zlib.decompress),
    "zstd": (zstandard.compress, zstandard.decompress),
    "gzip in base64": (lambda data: b64(gzip.compress(data)), lambda data: gzip.decompress(base64.b64decode(data))),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), lambda data: data.decode("utf-16").encode()),
    "Basic": (lambda data: b64(b"0041234567890ab0000000001:" + data), lambda data: base64.b64decode(data)[26:]),
    "policy in a form": (
        lambda data: b64(b'{"conditions": [{"key": "' + url(data) + b'"}]}'),
        lambda data: unquote_to_bytes(base64.b64decode(data)[25:-4]),
    ),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_secret_is_found_and_replaced_in_every_wrapping(name: str) -> None:
    """By its shape, and as a secret at hand; the wrapping round the pseudonym is the one that was there."""
    wrap, unwrap = WRAPPINGS[name]
    wrapped = wrap(SECRET)
    assert [one.what for one in finds(wrapped)] == ["application key"]
    assert next(finds(wrapped, [SECRET])).what == "a secret at hand"

    clean = REWRITE(wrapped)

    assert unwrap(clean) == PSEUDONYM(SECRET)
    assert list(finds(clean, [SECRET])) == []


@pytest.mark.parametrize("name", [name for name in WRAPPINGS if name not in ("gzip", "zlib", "zstd", "UTF-16")])
@given(before=st.text(" {}[]<>()!~", max_size=30), after=st.text(" {}[]<>()!~", max_size=30))
@settings(max_examples=25)
def test_what_stands_round_a_secret_stays(name: str, before: str, after: str) -> None:
    """Byte for byte."""
    wrap, unwrap = WRAPPINGS[name]
    clean = REWRITE(f"{before} ".encode() + wrap(SECRET) + f" {after}".encode())

    assert clean.startswith(f"{before} ".encode())
    assert clean.endswith(f" {after}".encode())
    assert unwrap(clean[len(before) + 1 : len(clean) - len(after) - 1]) == PSEUDONYM(SECRET)


@given(st.binary(max_size=400))
def test_bytes_without_a_secret_stay_the_same_object(data: bytes) -> None:
    """Nothing is decoded and written anew for nothing."""
    assert REWRITE(data) is data or list(finds(data))


WRITTEN = {
    "URL": b"%41" + b"A" * 20,
    "base64": b64(b"x" * 30),
    "hex": b"61 " * 20 + b"61",
    "escapes": b"\\u0041" + b"A" * 20,
    "entities": b"&#65;" + b"A" * 20,
    "compressed": gzip.compress(b"x", mtime=0),
    "UTF-16": b"\xff\xfeA\0",
}


@pytest.mark.parametrize("layer", LAYERS, ids=[layer.name for layer in LAYERS])
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'<>\"?=#,;:"), min_size=20))
@settings(max_examples=50)
def test_every_layer_reads_what_it_wraps(layer: Layer, text: str) -> None:
    """Whatever a layer takes off a run it puts on again so that it can take it off."""
    inside = f"%{text}\\&".encode()
    wrapped = layer.wrap(inside, WRITTEN[layer.name])
    assert wrapped != inside
    assert [run.inside for run in layer.runs(wrapped, Budget())] == [inside]


def test_one_secret_has_one_pseudonym_everywhere() -> None:
    """What was equal stays equal: in a URL, in JSON and inside base64."""
    text = b" ".join((SECRET, b"?x=" + url(SECRET), b64(b"a:" + SECRET), b'"' + SECRET.replace(b"/", b"\\/") + b'"'))
    clean = REWRITE(text)
    instead = PSEUDONYM(SECRET)
    assert clean.split()[:2] == [instead, b"?x=" + instead]
    assert base64.b64decode(clean.split()[2]) == b"a:" + instead
    assert clean.split()[3] == b'"' + instead + b'"'


def test_signatures_keep_their_length_and_say_what_they_are() -> None:
    """In a header, a query, a chunk's head: framing and sizes stay."""
    for before in (b"Signature=" + b"0f" * 32, b"5;chunk-signature=" + b"0f" * 32, b"X-Amz-Signature%3D" + b"0f" * 32):
        clean = REWRITE(before)
        assert len(clean) == len(before)
        assert clean != before
        assert is_removed_signature(clean[-64:])
        assert REWRITE(clean) == clean
    old = b"AWS AKIAI44QH8DHBQ7PLMNO:frJIUN8DYpKDtOLCwo//yllqDzg="
    assert is_removed_signature(REWRITE(old).rpartition(b":")[2])
    assert len(REWRITE(old).rpartition(b":")[2]) == 28


def test_a_second_time_changes_nothing() -> None:
    """Pseudonyms stand for themselves."""
    for wrap, _ in WRAPPINGS.values():
        clean = REWRITE(wrap(SECRET))
        assert REWRITE(clean) == clean


# What is hostile


def gzip_bomb(size: int) -> bytes:
    """So many zeros."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.slow
def test_a_bomb_is_searched_to_a_limit_and_told() -> None:
    """96 MiB of zeros in base64 in a text: bounded memory, and never called clean."""
    bomb = b64(gzip_bomb(96 << 20))
    started = time.process_time()
    assert [one.what for one in finds(b'{"a": "' + bomb + b'"}')] == [UNSEARCHED]
    assert time.process_time() - started < 60


def test_a_zstd_frame_that_declares_ten_gigabytes_is_not_believed() -> None:
    """Its declared size is nothing that anybody reserves."""
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"hello " + SECRET + b" ")
    hostile = frame[:4] + b"\xc0" + frame[5:6] + (10 << 30).to_bytes(8, "little") + frame[6:]
    assert zstandard.frame_content_size(hostile) == 10 << 30
    assert [one.what for one in finds(hostile)] == [UNSEARCHED]
    assert [one.what for one in stream_finds([hostile])] == [UNSEARCHED]
    huge = frame[:4] + b"\xc0\xff" + (10 << 30).to_bytes(8, "little") + frame[6:]  # a window of two terabytes
    assert [one.what for one in finds(huge)] == [UNSEARCHED]
    assert [one.what for one in stream_finds([huge])] == [UNSEARCHED]


def test_nested_a_hundred_times_is_taken_off_as_far_as_the_depth_goes() -> None:
    """Time grows with the bytes, not with the nesting."""
    data = SECRET
    for _ in range(12):
        data = b64(data)
    started = time.process_time()
    list(finds(data))
    for _ in range(3):
        list(finds(b"%25" * 200_000 + data))
    assert time.process_time() - started < 30


RUNS = [
    *(
        b"A",
        b"%",
        b"\\",
        b"&",
        b'"',
        b"\n",
        b"token:",
        b"0a",
        b"0a ",
        b"signature",
        b"key",
        b"%25",
        b"a=",
        b"eyJ",
        b"\\u",
    ),
    *(b"-----BEGIN PRIVATE KEY-----", b"authorization: basic ", b"K004", b"AKIA", b"credential=", b"<token>"),
    b"A" * 61 + b"\n",
]


@pytest.mark.parametrize("data", RUNS)
def test_no_pattern_takes_quadratic_time(data: bytes) -> None:
    """Long runs of what a pattern begins with."""
    started = time.process_time()
    list(finds(data * (300_000 // len(data))))
    assert time.process_time() - started < 5


def test_a_stream_is_searched_across_its_windows() -> None:
    """A secret that lies over the end of a window is found, once, at its place."""
    for shift in (-40, -10, 10):
        at = WINDOW + shift
        data = bytes(at) + b" " + SECRET + b" " + bytes(WINDOW // 2)
        found = list(stream_finds(data[start : start + 100_000] for start in range(0, len(data), 100_000)))
        assert [(one.what, one.offset) for one in found] == [("application key", at + 1)]


def test_a_compressed_stream_is_unpacked_as_it_comes() -> None:
    """gzip of several members, and zstd."""
    for pack in (gzip.compress, zstandard.compress):
        packed = pack(bytes(5 << 20) + b" " + SECRET) + pack(b"more " + SECRET + b" ")
        found = list(stream_finds(packed[start : start + 999] for start in range(0, len(packed), 999)))
        assert {one.what for one in found} == {"application key"}
        assert found[0].how == ("compressed",)
