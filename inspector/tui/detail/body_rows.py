"""How a body is shown: indented, as text, in hex, as the chunks it came in."""

from __future__ import annotations

from inspector.s3.chunked import content_codings, is_aws_chunked
from inspector.store.bodies import SAMPLE, StoredBody, decoded, is_text
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.tui.bodies.chunk_rows import ChunkRows
from inspector.tui.bodies.grammars import grammar_of
from inspector.tui.bodies.hex_rows import HexRows
from inspector.tui.bodies.payload_source import PayloadSource
from inspector.tui.bodies.pretty_rows import PrettyRows
from inspector.tui.bodies.source import BodySource, Source, WholeSource
from inspector.tui.bodies.text_rows import FIRST_SCAN, TextRows
from inspector.tui.detail.look import Way
from inspector.tui.detail.page import BodyRows
from inspector.view import exchange as exchange_view

WHOLE = 256 * 1024
"""Bytes up to which a body is read at once; of a larger one aws-chunked framing is taken off in windows."""

UNPACKED = 32 * 1024 * 1024
"""Bytes of what a packed body says that are shown: packed bytes have no places, so all before it is held."""

INDENTED = 32 * 1024 * 1024
"""Bytes up to which XML and JSON are indented: it takes a thread some seconds to find all rows of so much."""

_FIRST_CHUNKS = 64
_FIRST = 4 * FIRST_SCAN
"""Bytes of the payload that are found before a large body is shown."""


def body_rows(opened: Recording, stored: Stored, request: bool, way: Way) -> tuple[BodyRows, str]:
    """The rows of a body that there is, and in words what they show of it."""
    number = stored.request_body if request else stored.response_body
    assert number is not None
    sent = BodySource(opened, number)
    if way is Way.HEX:
        return HexRows(sent), f"{sent.size} bytes as they were sent, in hex"
    if way is Way.RAW:
        return (TextRows(sent) if _looks_like_text(sent) else HexRows(sent)), f"{sent.size} bytes as they were sent"
    headers = exchange_view.headers_of(stored, request)
    chunked = request and is_aws_chunked(headers)
    if way is Way.CHUNKS and chunked:
        payload = _first_found(sent)
        return ChunkRows(sent, payload), f"{sent.size} bytes, in the chunks in which they were sent"
    packed = any(coding not in ("aws-chunked", "identity") for coding in content_codings(headers))
    if sent.size > WHOLE and not packed:
        payload_or_all: Source = _first_found(sent) if chunked else sent
        how = f"{sent.size} bytes, without their aws-chunked framing" if chunked else f"{sent.size} bytes"
        return _large(payload_or_all, sent.size, how)
    return _unpacked(opened.body(number), sent, stored, request)


def _looks_like_text(source: Source) -> bool:
    return is_text(source.read(0, SAMPLE))


def _first_found(sent: Source) -> PayloadSource:
    payload = PayloadSource(sent)
    while payload.size < _FIRST and payload.find(_FIRST_CHUNKS):
        pass
    return payload


def _large(source: Source, size: int, how: str) -> tuple[BodyRows, str]:
    """`size`: bytes of the body, of which the source may not know all."""
    sample = source.read(0, SAMPLE)
    if not is_text(sample):
        return HexRows(source), f"{how}, in hex"
    grammar = grammar_of(sample)
    if grammar is None:
        return TextRows(source), how
    if size > INDENTED:
        return TextRows(source), f"{how}, not indented: that takes too long above {INDENTED // 2**20} MiB"
    return PrettyRows(source, grammar), f"{how}, indented"


def _unpacked(body: StoredBody, sent: Source, stored: Stored, request: bool) -> tuple[BodyRows, str]:
    """A body that is unpacked at once, as far as it is shown; as it was sent where it does not unpack."""
    windows = decoded(body, exchange_view.headers_of(stored, request), request)
    payload = exchange_view.taken(windows, UNPACKED + 1)
    if not payload:
        return _large(sent, sent.size, f"{sent.size} bytes")
    if len(payload) > UNPACKED:
        payload = payload[:UNPACKED]
        return _large(
            WholeSource(payload), len(payload), f"{sent.size} bytes, unpacked, the first {UNPACKED >> 20} MiB"
        )
    how = f"{sent.size} bytes" if len(payload) == sent.size else f"{sent.size} bytes, unpacked {len(payload)}"
    return _large(WholeSource(payload), len(payload), how)
