"""Content codings taken off and put on again: gzip, deflate, br, zstd (RFC 9110 §8.4.1, RFC 7932, RFC 8878).

A coded body may say a thousand times its size, and be hostile: it is unpacked as it comes, in steps that bound what can
come of one, and what it declares of its own size is not believed.
"""

from __future__ import annotations

import gzip
import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

WINDOW = 1024 * 1024
"""Bytes of an inflated window."""

ZSTD_WINDOW = 1 << 27
"""Bytes of history that a zstd frame may ask for, whatever it says."""

_ZSTD_STEP = 1024
"""One byte of zstd may become some thirty thousand: at most 32 MiB come of a step."""

_BROTLI_STEP = 32
"""One byte of brotli may end a copy of 16 MiB: measured on zeros, at most 24 MiB come of a step."""

Windows = Iterator[bytes]


class Uncodable(Exception):
    """The bytes are not coded as they are said to be, or break off."""


def _from_gzip(windows: Iterable[bytes]) -> Windows:
    """gzip, of one member or several, or zlib's format: whichever it is."""
    return _inflated(windows, zlib.decompressobj(wbits=47))


def _from_deflate(windows: Iterable[bytes]) -> Windows:
    """zlib's format, as RFC 9110 has it; some servers send bare deflate under this name."""
    windows = iter(windows)
    first = b""
    for window in windows:
        first += window
        if len(first) > 1:
            break
    return _inflated(chain((first,), windows), zlib.decompressobj(wbits=47 if _has_head(first) else -15))


def _has_head(first: bytes) -> bool:
    """Whether a stream begins as gzip (RFC 1952 §2.3.1) or zlib (RFC 1950 §2.2) does."""
    is_zlib = len(first) > 1 and first[0] & 15 == 8 and int.from_bytes(first[:2], "big") % 31 == 0
    return is_zlib or first.startswith(b"\x1f\x8b")


def _inflated(windows: Iterable[bytes], inflater: zlib._Decompress) -> Windows:
    """A window may hold a thousand times its size, so it is taken in steps."""
    for window in windows:
        while window:
            try:
                data = inflater.decompress(window, WINDOW)
            except zlib.error as error:
                raise Uncodable(str(error)) from None
            if data:
                yield data
            window = inflater.unconsumed_tail
            if inflater.eof:
                window = inflater.unused_data.lstrip(b"\0")  # members may be padded
                inflater = zlib.decompressobj(wbits=47)


def _from_brotli(windows: Iterable[bytes]) -> Windows:
    module = _brotli()
    unpacker = module.Decompressor()
    for step in _in_steps(windows, _BROTLI_STEP):
        try:
            data = unpacker.process(step)
        except module.error as error:
            raise Uncodable(str(error)) from None
        if data:
            yield data


def _from_zstd(windows: Iterable[bytes]) -> Windows:
    import zstandard  # 23 ms

    whole = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    frame = whole.decompressobj()
    for step in _in_steps(windows, _ZSTD_STEP):
        rest = step
        while rest:
            try:
                data = frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise Uncodable(str(error)) from None
            if data:
                yield data
            rest = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = whole.decompressobj()


def _in_steps(windows: Iterable[bytes], size: int) -> Windows:
    return (window[at : at + size] for window in windows for at in range(0, len(window), size))


@cache
def _brotli() -> Any:
    """Google's binding, which mitmproxy brings; None where the core is installed without it."""
    try:
        return importlib.import_module("brotli")
    except ImportError:
        return None


_UNPACK: dict[str, Callable[[Iterable[bytes]], Windows]] = {
    "gzip": _from_gzip,
    "x-gzip": _from_gzip,
    "deflate": _from_deflate,
    "br": _from_brotli,
    "zstd": _from_zstd,
}


def can_unpack(coding: str) -> bool:
    """Whether this side can take a coding off; `coding` in lower case, as a Content-Encoding line names it."""
    return coding in _UNPACK and (coding != "br" or _brotli() is not None)


def unpacked(windows: Iterable[bytes], codings: Sequence[str]) -> Windows:
    """What coded bytes say; `codings` in the order in which they were applied. An unknown one stays, and those below.

    Raises:
        Uncodable: while it is iterated, where the bytes are not coded so.
    """
    for coding in reversed(codings):
        if coding == "identity":
            continue
        if not can_unpack(coding):
            break
        windows = _UNPACK[coding](windows)
    return iter(windows)


def packed(data: bytes, coding: str) -> bytes:
    """Bytes with a coding put on, the same bytes each time. `coding` is one that `can_unpack`."""
    if coding == "br":
        compressed: bytes = _brotli().compress(data, quality=5)
        return compressed
    if coding == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=3).compress(data)
    return gzip.compress(data, mtime=0) if coding in ("gzip", "x-gzip") else zlib.compress(data)
