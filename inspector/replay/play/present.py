"""A recorded or derived answer, made ready to be sent: head of today, names of now, and the body within reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.bindings import Bindings
from inspector.replay.play.cassette import Cassette, Taped, is_whole
from inspector.replay.play.derived import Derived
from inspector.replay.play.heads import sendable, with_length
from inspector.replay.play.story import Entry
from inspector.replay.play.veils import LONGEST, Veils
from inspector.wire.exchange import Response
from inspector.wire.headers import Headers, get

_BODILESS = frozenset((204, 304))
LONGEST_REWRITTEN = 8 * 1024 * 1024
"""Bytes of an answer's XML or JSON in which names of now take the place of recorded ones."""


class Presenter:
    """Makes answers. Not to be used by two threads at a time."""

    def __init__(self, cassette: Cassette, bindings: Bindings, veils: Veils, latency: float) -> None:
        self._cassette = cassette
        self._bindings = bindings
        self._veils = veils
        self._latency = latency

    def answer(self, entry: Entry, rename: bool) -> Answer | None:
        """The answer of a recorded call, `rename`: with names and ids of now; None where its body was not kept."""
        if rename or self._veils.is_lifted:
            return self._made(entry, rename)
        if entry.prepared is None:
            entry.prepared = self._made(entry, rename)
        return entry.prepared

    def _made(self, entry: Entry, rename: bool) -> Answer | None:
        call = entry.call
        if call.response is None:
            note = call.failure.text if call.failure else "no answer came when it was recorded"
            return Answer(None, call=call, notes=(note,))
        body = self._cassette.answer(call)
        bodiless = call.request.method == b"HEAD" or call.response.status in _BODILESS
        broken: int | None = None
        if not bodiless and call.failure is None and not is_whole(body, call.response_info):
            return None
        if call.failure is not None:
            broken = body.size
        if rename and not bodiless and _is_document(call, body.size):
            return self.rewritten(entry, b"".join(body.windows()), "", rename)
        if self._veils.is_lifted and not bodiless and body.size <= LONGEST and broken is None:
            return self._lifted(entry, b"".join(body.windows()), rename)
        length = _length(call, None if bodiless else body.size, broken)
        head, dated = self._head(entry, length, rename)
        delay = self._delay(call)
        if bodiless:
            return Answer(head, call=call, delay=delay, dated=dated)
        return Answer(head, body.windows, body.size, call=call, break_after=broken, delay=delay, dated=dated)

    def _lifted(self, entry: Entry, body: bytes, rename: bool) -> Answer:
        """A recorded answer with the secrets of now in an object's bytes."""
        written = self._veils.lifted(body)
        head, dated = self._head(entry, len(written), rename)
        if written != body:
            head = replace(head, headers=self._veils.lines(head.headers, body, written))
        return Answer(
            head, _at_hand(written), len(written), call=entry.call, delay=self._delay(entry.call), dated=dated
        )

    def rewritten(self, entry: Entry, body: bytes, note: str, rename: bool) -> Answer:
        """A recorded answer with another body."""
        written = self._bindings.answer(body) if rename else body
        notes = (note,) if note else ()
        source = Source.DERIVED if note else Source.RECORDED
        head, dated = self._head(entry, len(written), rename)
        return Answer(
            head,
            _at_hand(written),
            len(written),
            source,
            entry.call,
            notes,
            delay=self._delay(entry.call),
            dated=dated,
        )

    def derived(self, derived: Derived, rename: bool) -> Answer:
        """An answer that follows."""
        lines, length, windows, size = derived.lines, derived.length, derived.windows, derived.size
        if self._veils.is_lifted and derived.status == 200 and size <= LONGEST:
            body = b"".join(windows())
            written = self._veils.lifted(body)
            if written != body:
                lines, length, size = self._veils.lines(lines, body, written), len(written), len(written)
                windows = _at_hand(written)
        named = self._named(lines, rename)
        if length is not None and not size:
            length = self._veils.length(named, length)
        delay = self._delay(derived.call) if derived.call else 0.0
        return Answer(
            Response(derived.status, with_length(named, length)),
            windows,
            size,
            Source.DERIVED,
            derived.call,
            (derived.note,),
            delay=delay,
            dated=True,
        )

    def _head(self, entry: Entry, length: int | None, rename: bool) -> tuple[Response, bool]:
        """The head, and whether it has a Date."""
        recorded = entry.call.response
        assert recorded is not None
        if entry.lines is None:
            entry.lines = sendable(recorded)
        lines, dated = entry.lines
        named = self._named(lines, rename)
        if self._veils.is_lifted and length and entry.call.request.method == b"HEAD":
            length = self._veils.length(named, length)
        return Response(recorded.status, with_length(named, length), recorded.reason), dated

    def _named(self, lines: Headers, rename: bool) -> Headers:
        if self._veils.is_lifted:
            lines = tuple((name, self._veils.line_of(name, value)) for name, value in lines)
        if not rename:
            return lines
        return tuple((name, self._bindings.line(name, value)) for name, value in lines)

    def _delay(self, call: Taped) -> float:
        return (call.wait or 0.0) * self._latency


def _length(call: Taped, size: int | None, broken: int | None) -> int | None:
    """The Content-Length to send: of what follows; of what would, for HEAD and for an answer that breaks off."""
    if size is not None and broken is None:
        return size
    assert call.response is not None
    written = get(call.response.headers, b"content-length")
    if call.response.status in _BODILESS or written is None or not written.strip().isdigit():
        return None if broken is None or size is None else size + 1
    return int(written)


def _is_document(call: Taped, size: int) -> bool:
    assert call.response is not None
    kind = (get(call.response.headers, b"content-type") or b"").lower()
    return size <= LONGEST_REWRITTEN and (b"xml" in kind or b"json" in kind) and _speaks(call)


def _speaks(call: Taped) -> bool:
    """Whether the body is the server's own words, not an object."""
    assert call.response is not None
    if get(call.response.headers, b"x-bz-file-name") is not None:
        return False
    return get(call.response.headers, b"etag") is None or call.request.method == b"POST"


def _at_hand(data: bytes) -> _Windows:
    return _Windows(data)


class _Windows:
    """The windows of a body at hand."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __call__(self) -> Iterator[bytes]:
        if self._data:
            yield self._data
