"""What bytes are wrapped in, and the way back: percent-encoding, base64, hex, escapes, entities, compression.

A layer finds the runs of its own in any bytes, takes its wrapping off, and can put it on again round other bytes. Runs
are found in one pass each, so that time grows with the bytes; how much may come out of a compressed run is bounded
before it is taken off.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

if TYPE_CHECKING:
    import zstandard

NESTED_LIMIT = 64 * 1024 * 1024
"""Bytes that all the layers of one piece of data may come to; what grows beyond is not searched, and told."""

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b\x08"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
PACKED = (ZSTD_MAGIC, _GZIP, *_ZLIB)
"""How compressed bytes begin."""


class Budget:
    """How many bytes may still be made. `spent`: something was left unsearched because there were no more."""

    def __init__(self, size: int = NESTED_LIMIT) -> None:
        self.left = size
        self.spent = False

    def take(self, size: int) -> bool:
        """Whether so many bytes may be made."""
        if size > self.left:
            self.spent = True
            return False
        self.left -= size
        return True


class Run(NamedTuple):
    """A wrapped run: where it stands, its bytes as written, and what is inside."""

    start: int
    raw: bytes
    inside: bytes


Runs = Callable[[bytes, Budget], Iterator[Run]]


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of wrapping.

    `runs` finds it. `wrap` puts it on again, round what is new inside and in the manner in which it was written; it is
    given runs of `small`, where that is said: shorter ones, so that less is written anew.
    """

    name: str
    runs: Runs
    wrap: Callable[[bytes, bytes], bytes]
    small: Runs | None = None


def _tokens(pattern: re.Pattern[bytes], unwrap: Callable[[bytes], bytes | None], hint: bytes = b"") -> Runs:
    """Runs that match a pattern and come apart. `hint`: each holds it; such a pattern matches no end of a line."""

    def runs(data: bytes, budget: Budget) -> Iterator[Run]:
        for start, end in _lines_with(hint, data) if hint else ((0, len(data)),):
            for match in pattern.finditer(data, start, end):
                raw = match[0]
                inside = unwrap(raw) if hint in raw else None
                if inside is not None and inside != raw and budget.take(len(inside)):
                    yield Run(match.start(), raw, inside)

    return runs


def _lines_with(hint: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    """Where the lines stand that hold this: bytes are found many times faster than patterns."""
    end = 0
    while (place := data.find(hint, end)) >= 0:
        start = data.rfind(b"\n", end, place) + 1 or end
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        yield start, end


# Percent-encoding


_WORD = re.compile(rb"[!#-&(-;=?-~]{9,}+")
_PIECE = re.compile(rb"[!$%(-+.0-9<>@-~-]{9,}+")
_PLAIN = b"@!$()*~+|[]{}"


def _quoted(inside: bytes, raw: bytes) -> bytes:
    """Encoded as it was: what stood plain stays plain, and hex keeps its case."""
    plain = bytes(set(raw) & set(_PLAIN))
    text = quote_from_bytes(inside, safe=plain.decode("ascii")).encode()
    lower = re.search(rb"%[0-9]?[a-f]", raw)
    return re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), text) if lower else text


# base64


_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{60,}+\r?\n[ \t]*+)++[A-Za-z0-9+/]*+={0,2}|[A-Za-z0-9+/_-]{16,}+={0,2}")
_SHORTEST_TEXT = 6


def _from_base64(raw: bytes) -> bytes | None:
    text = b"".join(raw.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        inside = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return inside if len(inside) >= _SHORTEST_TEXT else None


def _to_base64(inside: bytes, raw: bytes) -> bytes:
    text = base64.b64encode(inside)
    if b"-" in raw or b"_" in raw:
        text = text.translate(bytes.maketrans(b"+/", b"-_"))
    if not raw.rstrip().endswith(b"=") and len(b"".join(raw.split())) % 4:
        text = text.rstrip(b"=")
    line = re.match(rb"(\S+)(\s+)", raw)
    if line is None:
        return text
    width = len(line[1])
    return line[2].join(text[at : at + width] for at in range(0, len(text), width))


# Hex, as AWS writes CanonicalRequestBytes


_HEX = re.compile(rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){8,}+|(?:[0-9A-Fa-f]{2}){8,}+)(?![0-9A-Fa-f])")


def _from_hex(raw: bytes) -> bytes | None:
    """Digests are no text, and secrets are."""
    try:
        inside = bytes.fromhex(raw.decode())
    except ValueError:
        return None
    return inside if inside.isascii() else None


def _to_hex(inside: bytes, raw: bytes) -> bytes:
    return (inside.hex(" ") if b" " in raw else inside.hex()).encode()


# Escapes of JSON, YAML and programs; entities of XML


_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([/\"'\\nrt]))")
_NAMED_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _unescaped(raw: bytes) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        if match[3] is not None:
            return _NAMED_ESCAPES.get(match[3], match[3])
        number = int(match[1] or match[2], 16)
        return chr(number).encode("utf-8", "surrogatepass") if match[1] else bytes((number,))

    return _ESCAPE.sub(one, raw)


def _escaped(inside: bytes, raw: bytes) -> bytes:
    """What JSON and most languages read back; a slash is escaped where it was."""
    text = inside.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    text = text.replace(b"\t", b"\\t")
    return text.replace(b"/", b"\\/") if b"\\/" in raw else text


def _without_entities(raw: bytes) -> bytes:
    return html.unescape(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass")


def _with_entities(inside: bytes, raw: bytes) -> bytes:
    text = inside.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return text.replace(b'"', b"&quot;") if b"&quot;" in raw else text


# Compression: the whole of the bytes


def _compressed(data: bytes, budget: Budget) -> Iterator[Run]:
    inside = inflated(data, budget)
    if inside:
        yield Run(0, data, inside)


def inflated(data: bytes, budget: Budget) -> bytes | None:
    """What is inside a frame of gzip, zlib or zstd; its beginning where the rest is broken or more than may be made."""
    try:
        if data.startswith(ZSTD_MAGIC):
            return _limited(data, budget)
        if data.startswith((_GZIP, *_ZLIB)):
            return _limited_zlib(data, budget)
    except (zlib.error, MemoryError):
        pass
    return None


def zstd_unpacker() -> zstandard.ZstdDecompressionObj:
    """An unpacker that takes no window of more than 128 MiB, whatever a frame asks for."""
    import zstandard  # what replays recordings finds pseudonyms by this module, and need not load it

    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()


_STEP = 64 * 1024


def _limited(data: bytes, budget: Budget) -> bytes:
    """A byte of input may become thousands: it is fed in small steps, the declared size is not believed."""
    import zstandard

    decompressor = zstd_unpacker()
    out = bytearray()
    step = 1024  # zstd's best ratio is about 1 to 30,000: at most 32 MiB come of one step
    for at in range(0, len(data), step):
        if decompressor.eof:
            break
        try:
            piece = decompressor.decompress(data[at : at + step])
        except zstandard.ZstdError:
            budget.spent = True
            break
        if not budget.take(len(piece)):
            break
        out += piece
    return bytes(out)


def _limited_zlib(data: bytes, budget: Budget) -> bytes:
    inflater = zlib.decompressobj(wbits=47)
    out = bytearray()
    rest = data
    while rest and not inflater.eof:
        try:
            piece = inflater.decompress(rest, _STEP)
        except zlib.error:
            break
        if not budget.take(len(piece)):
            break
        out += piece
        rest = inflater.unconsumed_tail
    return bytes(out)


def _recompressed(inside: bytes, raw: bytes) -> bytes:
    if raw.startswith(ZSTD_MAGIC):
        import zstandard

        return zstandard.ZstdCompressor(level=3).compress(inside)
    return gzip.compress(inside, mtime=0) if raw.startswith(_GZIP) else zlib.compress(inside)


# UTF-16, as PowerShell's `>` writes text


def _utf16(data: bytes, budget: Budget) -> Iterator[Run]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and budget.take(len(data)):
        yield Run(0, data, data.decode("utf-16", "replace").encode("utf-8", "surrogatepass"))


def _to_utf16(inside: bytes, raw: bytes) -> bytes:
    order = "utf-16-le" if raw.startswith(b"\xff\xfe") else "utf-16-be"
    return raw[:2] + inside.decode("utf-8", "replace").encode(order, "surrogatepass")


_STRING = re.compile(rb"(?:[ !#-\[\]-~]|\\[ -~]){9,}+")
_ENTITY_WORD = re.compile(rb"[!#-&(-;=?-~]{9,}+")

LAYERS = (
    Layer("compressed", _compressed, _recompressed),
    Layer("UTF-16", _utf16, _to_utf16),
    Layer("URL", _tokens(_WORD, unquote_to_bytes, b"%"), _quoted, _tokens(_PIECE, unquote_to_bytes, b"%")),
    Layer("base64", _tokens(_BASE64, _from_base64), _to_base64),
    Layer("hex", _tokens(_HEX, _from_hex), _to_hex),
    Layer("escapes", _tokens(_STRING, _unescaped, b"\\"), _escaped),
    Layer("entities", _tokens(_ENTITY_WORD, _without_entities, b"&"), _with_entities),
)
"""Every wrapping that is taken off, and put on again."""
