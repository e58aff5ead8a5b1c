"""An object as far as ranges of it were recorded: clients fetch large objects in pieces, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from inspector.replay.play.cassette import Body, Cassette, Taped
from inspector.wire.headers import get

_RANGE = re.compile(rb"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


class Span(NamedTuple):
    """The bytes from `start` to before `end` of an object of `size` bytes."""

    start: int
    end: int
    size: int
    body: Body


def span_of(call: Taped, cassette: Cassette) -> Span | None:
    """The piece of an object that an answer holds; None where it holds none, or not all of it was kept."""
    answer = call.response
    match = _RANGE.fullmatch((get(answer.headers, b"content-range") or b"").strip()) if answer else None
    if answer is None or answer.status != 206 or match is None or call.failure is not None:
        return None
    start, last, size = int(match[1]), int(match[2]), int(match[3])
    body = cassette.answer(call)
    return Span(start, last + 1, size, body) if body.size == last + 1 - start and last < size else None


class Spans:
    """Pieces of one object, the first byte first."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans, key=lambda span: (span.start, -span.end))

    def covers(self, start: int, end: int) -> bool:
        """Whether every byte from `start` to before `end` was recorded."""
        for span in self._spans:
            if span.start <= start < span.end:
                start = span.end
        return start >= end

    def windows(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `end`, which must be covered."""
        last = max(span.end for span in self._spans) if end is None else end
        for span in self._spans:
            if start >= last:
                return
            if span.start <= start < span.end:
                stop = min(last, span.end)
                yield from span.body.windows(start - span.start, stop - span.start)
                start = stop
