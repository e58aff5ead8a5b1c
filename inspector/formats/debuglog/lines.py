"""The lines of a log, whatever was done to them on the way: encoded, coloured, wrapped in JSON, ended as on Windows.

A log may be gibibytes long and without a line feed, so it is read in blocks of whole lines and a line is cut at
`LONGEST`. Blocks that hold nothing of interest are never cut into lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 1 << 20
LONGEST = 1 << 18
"""Bytes of a line; no canonical request that a server accepts has one as long."""

_ANSI = re.compile(rb"\x1b\[[0-9;:?]*[ -/]*[@-~]")
"""Control sequences (ECMA-48 §5.4): colours, cursor movements."""

_DOCKER = re.compile(rb'\{"log":("(?:[^"\\]|\\.)*")')
"""A line of Docker's json-file driver (docs.docker.com/engine/logging/drivers/json-file)."""

_ESCAPE = re.compile(rb'\\(?:u([0-9a-fA-F]{4})|(.))|"', re.S)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The log in blocks of whole lines, each ended by a line feed but the last, as UTF-8 if it began with a BOM."""
    rest, long = b"", False
    for chunk in _decoded(stream):
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest = rest if long else rest + chunk
            rest, long = rest[:LONGEST], len(rest) >= LONGEST
            continue
        whole = chunk[:end]
        yield rest + (whole[whole.find(b"\n") :] if long else whole)
        rest, long = chunk[end:], False
    if rest:
        yield rest


def _decoded(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a log; PowerShell 5 redirects into UTF-16 (docs: about_Redirection)."""
    first = stream.read(BLOCK)
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from iter(lambda: stream.read(BLOCK), b"")
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    yield decoder.decode(first).encode("utf-8", "replace")
    for chunk in iter(lambda: stream.read(BLOCK), b""):
        yield decoder.decode(chunk).encode("utf-8", "replace")


def plain(line: bytes) -> bytes:
    """A line without its end, colours, what a carriage return wrote over, and Docker's JSON."""
    if line.startswith(b'{"log":"'):
        wrapped = _DOCKER.match(line)
        line = unescaped(wrapped[1][1:]).rstrip(b"\n") if wrapped else line
    if b"\x1b" in line:
        line = _ANSI.sub(b"", line)
    line = line.rstrip(b"\r")
    return line.rpartition(b"\r")[2] if b"\r" in line else line


def unescaped(text: bytes) -> bytes:
    """The text up to its closing quotation mark, the escapes of JSON, which Go's are too, resolved."""
    pieces, start = [], 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[start : match.start()])
        start = match.end()
        if match[0] == b'"':
            return b"".join(pieces)
        pieces.append(_letter(match[1], match[2]))
    return b"".join((*pieces, text[start:]))


def _letter(code: bytes | None, letter: bytes) -> bytes:
    if code is not None:
        return chr(int(code, 16)).encode("utf-8", "replace")
    return _LETTERS.get(letter, letter)
