"""Calls out of a recording, as a fixture takes them: payloads without framing, bodies whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inspector.formats.fixture.bodies import EMPTY, Body, Inline
from inspector.formats.fixture.model import Call
from inspector.store.bodies import payload
from inspector.store.reader import Recording
from inspector.store.stored import Stored


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
        exchange.response,
        _inline(b"".join(sent)),
        _inline(recording.body(stored.response_body).read()),
        exchange.failure if exchange.response is None else None,
        timing.request_start,
        timing.response_end or timing.response_start or timing.request_start,
    )


def _inline(data: bytes) -> Body:
    return Inline(data) if data else EMPTY
