"""Calls as a cassette of vcrpy's, version 1, which vcrpy and pytest-recording play back.

What it cannot hold: calls without an answer, moments, HTTP versions, the order of header lines, and all but the first
of request header lines of one name. Text is a string, everything else `!!binary`, as vcrpy writes it (9.4.2,
serializers/compat.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from inspector.formats.captured import answer_as_kept
from inspector.formats.out.shown import Shown, is_text, url
from inspector.wire.headers import Headers

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def cassette(calls: Iterable[Shown]) -> Iterator[str]:
    """A cassette in pieces, an interaction at a time; calls without an answer are left out."""
    yield "interactions:\n"
    empty = True
    for call in calls:
        if call.exchange.response is not None:
            empty = False
            yield yaml.dump([interaction(call)], Dumper=_DUMPER)
    yield "version: 1\n" if not empty else "  []\nversion: 1\n"


def losses(call: Shown) -> Iterator[str]:
    """What of a call a cassette cannot hold, in words."""
    if call.exchange.response is None:
        yield "calls without an answer"
    names = [name.lower() for name, _ in call.request.headers]
    if len(set(names)) < len(names):
        yield "request header lines after the first of their name"


def interaction(call: Shown) -> dict[str, Any]:
    """One call with its answer."""
    response = answer_as_kept(call.exchange)
    assert response is not None
    return {
        "request": {
            "body": _text(call.request_body) if call.request_body else None,
            "headers": _headers(call.request.headers, first=True),
            "method": call.request.method.decode("latin-1"),
            "uri": url(call.request).decode("utf-8", "backslashreplace"),
        },
        "response": {
            "body": {"string": _text(call.response_body or b"")},
            "headers": _headers(response.headers, first=False),
            "status": {"code": response.status, "message": response.reason.decode("utf-8", "replace")},
        },
    }


def _text(data: bytes) -> str | bytes:
    """Text where it reads as such: of control characters YAML makes four times as many."""
    return data.decode() if is_text(data) else data


def _headers(headers: Headers, first: bool) -> dict[str, list[str | bytes]]:
    """Values by name, in the spelling of its first line; of a request the first value only."""
    found: dict[str, list[str | bytes]] = {}
    names: dict[bytes, str] = {}
    for name, value in headers:
        spelling = names.setdefault(name.lower(), name.decode("latin-1"))
        values = found.setdefault(spelling, [])
        if not (first and values):
            values.append(_text(value))
    return found
