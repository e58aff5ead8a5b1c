"""Calls out of a recording, as a fixture takes them: payloads without framing, bodies whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from inspector.formats.captured import answer_as_kept
from inspector.formats.fixture.bodies import EMPTY, Body, Inline
from inspector.formats.fixture.model import Call
from inspector.store.bodies import payload
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.exchange import Response


def taken(recording: Recording, ids: Iterable[int], missing: list[int]) -> Iterator[Call]:
    """The calls with these ids. One whose answer is not kept whole cannot be replayed: its id goes into `missing`."""
    for number in ids:
        stored = recording.exchange(number)
        if stored is None or stored.row.state == "open":
            continue
        if stored.request_info.truncated or (stored.response_info.truncated and stored.exchange.failure is None):
            missing.append(number)
            continue
        yield _call(recording, stored)


def _call(recording: Recording, stored: Stored) -> Call:
    exchange = stored.exchange
    timing = exchange.timing
    body = recording.body(stored.request_body)
    sent = payload(body, exchange.request.headers, stored.request_info.decoded is not None)
    return Call(
        exchange.request,
        _without_length(answer_as_kept(exchange)) if stored.response_info.redacted else answer_as_kept(exchange),
        _inline(b"".join(sent)),
        _inline(recording.body(stored.response_body).read()),
        exchange.failure if exchange.response is None else None,
        timing.request_start,
        timing.response_end or timing.response_start or timing.request_start,
    )


def _without_length(response: Response | None) -> Response | None:
    """An answer whose secrets were replaced is as long as it is now."""
    if response is None:
        return None
    kept = tuple(line for line in response.headers if line[0].lower() != b"content-length")
    return replace(response, headers=kept)


def _inline(data: bytes) -> Body:
    return Inline(data) if data else EMPTY
