"""Two calls, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from inspector.diff.bodies import BodySide, body_hunks
from inspector.diff.heads import header_hunks, query_hunks
from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.volatile import CANONICAL
from inspector.facts import Facts
from inspector.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Side:
    """A call as it is compared. `canonical_request` is None where it cannot be computed; times in milliseconds."""

    exchange: Exchange
    facts: Facts
    request_body: BodySide
    response_body: BodySide
    canonical_request: bytes | None = None
    ttfb_ms: float | None = None
    duration_ms: float | None = None


def hunks(a: Side, b: Side) -> Iterator[Hunk]:
    """How two calls differ, what matters most first."""
    yield from _outcome(a, b)
    yield from _request_line(a, b)
    yield from query_hunks(a.exchange.request.query, b.exchange.request.query)
    yield from header_hunks(Section.REQUEST_HEADER, a.exchange.request.headers, b.exchange.request.headers)
    yield from _response_headers(a, b)
    yield from canonical_hunks(a.canonical_request, b.canonical_request)
    yield from body_hunks(Section.REQUEST_BODY, a.request_body, b.request_body)
    yield from body_hunks(Section.RESPONSE_BODY, a.response_body, b.response_body)
    yield from _timing(a, b)


def differs(found: list[Hunk]) -> bool:
    """Whether any of the differences means something."""
    return any(not hunk.quiet for hunk in found)


def _outcome(a: Side, b: Side) -> Iterator[Hunk]:
    for where, left, right in (
        ("status", _status(a), _status(b)),
        ("error code", a.facts.error_code, b.facts.error_code),
        ("error message", a.facts.error_message, b.facts.error_message),
        ("failure", _failure(a), _failure(b)),
        ("operation", a.facts.operation, b.facts.operation),
    ):
        yield from _one(Section.OUTCOME, where, left, right)


def _one(section: Section, where: str, left: str | None, right: str | None, quiet: bool = False) -> Iterator[Hunk]:
    if left != right:
        kind = Kind.ADDED if left is None else Kind.MISSING if right is None else Kind.CHANGED
        yield Hunk(section, kind, where, left, right, quiet)


def _status(side: Side) -> str | None:
    return str(side.exchange.response.status) if side.exchange.response else None


def _failure(side: Side) -> str | None:
    return side.exchange.failure.kind if side.exchange.failure else None


def _request_line(a: Side, b: Side) -> Iterator[Hunk]:
    left, right = a.exchange.request, b.exchange.request
    for where, one, other in (
        ("method", left.method, right.method),
        ("scheme", left.scheme.encode(), right.scheme.encode()),
        ("host", left.signed_host, right.signed_host),
        ("path", left.path, right.path),
    ):
        yield from _one(Section.REQUEST_LINE, where, _text(one), _text(other))
    yield from _one(Section.REQUEST_LINE, "http version", left.http_version, right.http_version, quiet=True)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _response_headers(a: Side, b: Side) -> Iterator[Hunk]:
    if a.exchange.response is not None and b.exchange.response is not None:
        yield from header_hunks(Section.RESPONSE_HEADER, a.exchange.response.headers, b.exchange.response.headers)


def canonical_hunks(a: bytes | None, b: bytes | None) -> Iterator[Hunk]:
    """How two canonical requests differ, line by line."""
    if a is None or b is None or a == b:
        return
    left, right = _text(a).split("\n"), _text(b).split("\n")
    for word, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if word != "equal":
            lines = [*left[i:j], *right[k:m]]
            quiet = all(line.partition(":")[0] in CANONICAL for line in lines)
            kind = {"insert": Kind.ADDED, "delete": Kind.MISSING}.get(word, Kind.CHANGED)
            where = f"line {i + 1}"
            yield Hunk(Section.CANONICAL_REQUEST, kind, where, "\n".join(left[i:j]), "\n".join(right[k:m]), quiet)


def _timing(a: Side, b: Side) -> Iterator[Hunk]:
    """Times differ between any two calls: they are told, and mean nothing by themselves."""
    for where, left, right in (
        ("first byte", a.ttfb_ms, b.ttfb_ms),
        ("duration", a.duration_ms, b.duration_ms),
    ):
        yield from _one(Section.TIMING, where, _milliseconds(left), _milliseconds(right), quiet=True)


def _milliseconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f} ms"
