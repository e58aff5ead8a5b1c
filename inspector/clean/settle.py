"""Bytes inside of framing and content codings, rewritten, and what the framing says of them set right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import reduce

from inspector.s3.checksums import CHECKSUMS
from inspector.s3.chunked import content_codings, is_aws_chunked
from inspector.s3.restated import Changes
from inspector.wire.codings import Uncodable, can_unpack, packed, unpacked
from inspector.wire.headers import Headers

Rewrite = Callable[[bytes], bytes]

UNPACKED_LIMIT = 64 * 1024 * 1024
"""Bytes that a coded body may say; what says more is refused in the end where it holds a secret."""

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})((?:;[^\r\n]*)?)\r\n")


def reframed(body: bytes, headers: Headers, rewrite: Rewrite) -> bytes:
    """The body with the rewriting done: of an aws-chunked one in its payload, which is cut anew where it changes."""
    if not is_aws_chunked(headers):
        return rewrite(body)
    chunks: list[tuple[bytes, bytes, bytes]] = []
    position = 0
    while (head := _CHUNK.match(body, position)) is not None:
        size = int(head[1], 16)
        end = head.end() + size
        if size == 0 or end > len(body):
            break
        chunks.append((head[1], head[2], body[head.end() : end]))
        position = end + 2 if body[end : end + 2] == b"\r\n" else end
    before = b"".join(data for _, _, data in chunks)
    after = rewrite(before)
    framed = body[:position] if after == before else b"".join(_cut_anew(chunks, after))
    return rewrite(framed + body[position:])


def _cut_anew(chunks: list[tuple[bytes, bytes, bytes]], payload: bytes) -> Iterator[bytes]:
    """A payload in chunks of the sizes that there were; the last one takes what remains."""
    at = 0
    for number, (size, extension, data) in enumerate(chunks, 1):
        piece = payload[at:] if number == len(chunks) else payload[at : at + len(data)]
        at += len(piece)
        if piece:
            yield b"".join(
                (size if len(piece) == len(data) else b"%x" % len(piece), extension, b"\r\n", piece, b"\r\n")
            )


def under_codings(headers: Headers, rewrite: Rewrite) -> Rewrite:
    """The rewriting, done below the content codings where brotli is one: it has no mark by which it is seen."""
    codings = [coding for coding in content_codings(headers) if coding not in ("aws-chunked", "identity")]
    if "br" not in codings or not all(map(can_unpack, codings)):
        return rewrite

    def rewritten(data: bytes) -> bytes:
        try:
            said = _limited(unpacked((data,), codings))
        except Uncodable:
            return rewrite(data)
        clean = rewrite(said)
        return data if clean == said else reduce(packed, codings, clean)

    return rewritten


def _limited(windows: Iterator[bytes]) -> bytes:
    out = bytearray()
    for window in windows:
        out += window
        if len(out) > UNPACKED_LIMIT:
            raise Uncodable("it says too much")
    return bytes(out)


def with_trailers(body: bytes, headers: Headers, known: Changes) -> bytes:
    """An aws-chunked body whose trailers say what is true of the new payload."""
    if not known or not is_aws_chunked(headers):
        return body
    start = body.rfind(b"\r\n0")
    head, tail = body[: max(start, 0)], body[max(start, 0) :]
    for name in CHECKSUMS:
        match = re.search(rb"(?im)^%b:\s*(\S+)" % re.escape(name), tail)
        if match and match[1] in known:
            tail = tail[: match.start(1)] + known[match[1]] + tail[match.end(1) :]
    return head + tail
