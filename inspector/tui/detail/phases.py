"""Where the time of a call went: each phase as a bar on one scale."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.store.stored import Stored
from inspector.tui.paint import Span
from inspector.view import render
from inspector.wire.exchange import Timing

_LABELS = 24
_LEAST_BAR = 10


def phases(moments: Timing) -> Iterator[tuple[str, float, float]]:
    """Name, beginning and end of each phase that is known; seconds since the first byte of the request.

    Connecting comes before that, and is counted backwards.
    """
    begin = moments.request_start
    tls = (moments.tls_ms or 0.0) / 1000
    if moments.tcp_ms is not None:
        yield "tcp", -tls - moments.tcp_ms / 1000, -tls
    if moments.tls_ms is not None:
        yield "tls", -tls, 0.0
    ends = (
        ("send", begin, moments.request_end),
        ("wait", moments.request_end, moments.response_start),
        ("receive", moments.response_start, moments.response_end),
    )
    for name, start, end in ends:
        if start is not None and end is not None:
            yield name, start - begin, max(start, end) - begin


def phase_lines(stored: Stored, width: int) -> Iterator[list[Span]]:
    """The phases, the moments, and what they were measured by."""
    moments, row = stored.exchange.timing, stored.row
    known = list(phases(moments))
    if not known:
        yield [Span("quiet", "no moment of this call is known but its beginning")]
    first = min((start for _, start, _ in known), default=0.0)
    last = max((end for _, _, end in known), default=0.0)
    room = max(_LEAST_BAR, width - _LABELS)
    for name, start, end in known:
        scale = room / (last - first) if last > first else 0.0
        before = min(room - 1, round((start - first) * scale))
        bar = "█" * max(1, min(room - before, round((end - start) * scale)))
        duration = render.duration((end - start) * 1000)
        yield [Span("name", f" {name:<9}"), Span("text", f"{duration:>8}  "), Span("good", " " * before + bar)]
    yield []
    for label, value in (
        ("began", render.date_and_time(moments.request_start)),
        ("first byte", "" if row.ttfb_ms is None else f"{render.duration(row.ttfb_ms)} after the request was out"),
        ("all", render.duration(row.duration_ms)),
        ("attempt", render.attempt(row)),
    ):
        if value and value != "-":
            yield [Span("name", f" {label:<11}"), Span("text", value)]
    yield []
    if moments.tcp_ms is None:
        yield [Span("quiet", " the connection was open before, or how long it took is not known")]
    yield [Span("quiet", " by the recorder's clock, at the recorder; a name's lookup is not seen there")]
