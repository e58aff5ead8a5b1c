"""Credentials in bytes that are too many to hold: a window at a time, windows lapping over each other.

A stream that is compressed is unpacked as it comes, so that a small file may say very much: what comes out is bounded.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import zstandard

from inspector.leaks.find import UNSEARCHED, Find, finds
from inspector.leaks.layers import PACKED, ZSTD_MAGIC, zstd_unpacker
from inspector.leaks.shapes import Level
from inspector.wire.codings import Uncodable, unpacked

WINDOW = 4 * 1024 * 1024
LAP = 64 * 1024
"""Bytes that two windows share: a credential, with its name and what it is wrapped in, is rarely longer."""

UNPACKED_LIMIT = 1024 * 1024 * 1024
"""Bytes that a compressed stream may unpack to; of a bomb this much is searched, and that it goes on is told."""

_STEP = 256 * 1024
_ZSTD_STEP = 1024  # one byte of zstd may become some thirty thousand


class Unsearchable(Exception):
    """A compressed stream goes on behind `UNPACKED_LIMIT`, or does not unpack."""


def stream_finds(pieces: Iterable[bytes], known: Iterable[bytes] = ()) -> Iterator[Find]:
    """Every credential in a stream; offsets are of the stream as it comes, of what is compressed they are 0."""
    known = tuple(known)
    pieces = iter(pieces)
    first = _at_least(pieces, 16)
    if first.startswith(PACKED):
        try:
            for find in _windows(_unpacked(first, pieces), known):
                yield replace(find, offset=0, how=("compressed", *find.how))
        except Unsearchable:
            yield Find(UNSEARCHED, Level.SECRET, 0, ("compressed",))
    else:
        yield from _windows(_chained(first, pieces), known)


def coded_finds(pieces: Iterable[bytes], codings: Sequence[str], known: Iterable[bytes] = ()) -> Iterator[Find]:
    """Every credential in what a stream says under its content codings: brotli begins with no mark to know it by.

    Offsets are 0. What is coded otherwise than it says was searched as it is.
    """
    known = tuple(known)
    try:
        for find in stream_finds(_bounded(unpacked(pieces, codings)), known):
            yield replace(find, offset=0, how=("compressed", *find.how))
    except Uncodable:
        return
    except Unsearchable:
        yield Find(UNSEARCHED, Level.SECRET, 0, ("compressed",))


def _windows(pieces: Iterator[bytes], known: tuple[bytes, ...]) -> Iterator[Find]:
    held = bytearray()
    start = 0
    seen: set[tuple[int, bytes]] = set()
    for piece in pieces:
        held += piece
        while len(held) >= WINDOW:
            yield from _new(bytes(held[:WINDOW]), start, known, seen)
            del held[: WINDOW - LAP]
            start += WINDOW - LAP
    if held:
        yield from _new(bytes(held), start, known, seen)


def _new(window: bytes, start: int, known: tuple[bytes, ...], seen: set[tuple[int, bytes]]) -> Iterator[Find]:
    """The finds of a window that did not stand in the one before."""
    for find in finds(window, known):
        place = (find.offset + start, find.value)
        if place not in seen:
            seen.add(place)
            yield replace(find, offset=find.offset + start)


def _at_least(pieces: Iterator[bytes], size: int) -> bytes:
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= size:
            break
    return first


def _chained(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _unpacked(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What a compressed stream holds, as far as it is whole; what is no zlib stream after all comes as it is.

    Raises:
        Unsearchable: it goes on behind `UNPACKED_LIMIT`, or breaks.
    """
    unpack = _from_zstd if first.startswith(ZSTD_MAGIC) else _from_zlib
    return _bounded(unpack(_chained(first, pieces)))


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for data in pieces:
        size += len(data)
        if size > UNPACKED_LIMIT:
            raise Unsearchable
        yield data


def _from_zlib(pieces: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=47)
    for piece in pieces:
        rest = piece
        while rest:
            try:
                data = inflater.decompress(rest, _STEP)
            except zlib.error:
                yield rest
                yield from pieces
                return
            if data:
                yield data
            rest = inflater.unconsumed_tail
            if inflater.eof:  # gzip files are several of these in a row
                rest = inflater.unused_data
                inflater = zlib.decompressobj(wbits=47)


def _from_zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zstd_unpacker()
    for piece in pieces:
        for at in range(0, len(piece), _ZSTD_STEP):
            try:
                data = unpacker.decompress(piece[at : at + _ZSTD_STEP])
            except zstandard.ZstdError:
                raise Unsearchable from None
            if data:
                yield data
            if unpacker.eof:
                unpacker = zstd_unpacker()
