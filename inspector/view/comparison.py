"""Calls and sessions of recordings, ready to be compared, and what came of it for people and as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from inspector.diff.bodies import LONGEST, BodySide, body_hunks
from inspector.diff.exchanges import Side
from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.sessions import Fate, Item, Pairing, pairings, with_answers
from inspector.facts import Facts
from inspector.sigv4.verify import verify
from inspector.store.bodies import decoded
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.call import signed_of
from inspector.view.paint import Paint
from inspector.view.render import safe
from inspector.wire.exchange import EMPTY_DIGESTS, BodyInfo, Exchange, Request
from inspector.wire.headers import Headers

SHOWN_LINES = 12
SHOWN_WIDTH = 300


def side_of(recording: Recording, stored: Stored) -> Side:
    """A stored call as it is compared."""
    exchange = stored.exchange
    answer = exchange.response.headers if exchange.response else ()
    return Side(
        exchange=exchange,
        facts=stored.facts,
        request_body=_body(recording, stored.request_body, stored.request_info, exchange.request.headers, True),
        response_body=_body(recording, stored.response_body, stored.response_info, answer, False),
        canonical_request=verify(signed_of(recording, stored), None).canonical_request,
        ttfb_ms=stored.row.ttfb_ms,
        duration_ms=stored.row.duration_ms,
    )


@dataclass(frozen=True, slots=True)
class AnswerSide:
    """A call by its answer alone. `body`: for `Recording.body`; None leaves the bytes unread."""

    exchange: Exchange
    facts: Facts
    info: BodyInfo
    body: int | None

    def read(self, recording: Recording, request: Request, translated: Callable[[bytes], bytes] = bytes) -> Side:
        """Its outcome and answer, as the answer to `request`: what was asked is not compared.

        `translated`: what stands in another session for the body of an answer.
        """
        headers = self.exchange.response.headers if self.exchange.response else ()
        nothing = BodySide(b"", 0, EMPTY_DIGESTS.sha256)
        body = _body(recording, self.body, self.info, headers, False)
        other = translated(body.data)
        if other != body.data and len(body.data) == body.size:
            body = BodySide(other, len(other), hashlib.sha256(other).hexdigest())
        return Side(replace(self.exchange, request=request), self.facts, nothing, body)


def _body(recording: Recording, body: int | None, info: BodyInfo, headers: Headers, request: bool) -> BodySide:
    """The payload of a body as far as it is compared by what it means, and the truth about all of it."""
    true = info.decoded or info.sent
    data = bytearray()
    if true.size <= LONGEST:
        for window in decoded(recording.body(body), headers, request):
            data += window
            if len(data) > LONGEST:
                break
    whole = info.truncated is None and len(data) != true.size and not request
    # An answer that came compressed is compared unpacked: then its own size counts, and its hash is that of the wire.
    return BodySide(bytes(data), len(data) if whole and data else true.size, true.sha256)


def item(call: Sequence[Any]) -> Item:
    """A `SessionCall` as it is aligned."""
    return Item._make(call)


OBJECTS = frozenset(("GetObject", "b2_download_file_by_id", "b2_download_file_by_name"))
"""Operations whose answer is an object: another hash is another object, and no byte need be read."""


def session_pairings(
    recording: Recording, a: int, b: int, progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Pairing]:
    """The calls of two sessions side by side; answers with other bytes are compared by what they mean.

    `progress` hears how many calls of how many have been told.
    """
    left, right = (list(map(item, recording.session_calls(session))) for session in (a, b))
    count, told = len(left) + len(right), 0

    def alike(one: Item, other: Item) -> bool:
        return one.operation not in OBJECTS and _answers_alike(recording, one.id, other.id)

    for pairing in with_answers(pairings(left, right), alike):
        told += (pairing.a is not None) + (pairing.b is not None)
        progress(told, count)
        yield pairing


def _answers_alike(recording: Recording, a: int, b: int) -> bool:
    """Whether two bodies differ in nothing but what always differs."""
    bodies = []
    for number in (a, b):
        stored = recording.exchange(number)
        if stored is None:
            return True  # it was pruned a moment ago
        headers = stored.exchange.response.headers if stored.exchange.response else ()
        bodies.append(_body(recording, stored.response_body, stored.response_info, headers, False))
    return all(hunk.quiet for hunk in body_hunks(Section.RESPONSE_BODY, *bodies))


# For people

TITLES = {
    Section.OUTCOME: "outcome",
    Section.REQUEST_LINE: "request line",
    Section.QUERY: "query",
    Section.REQUEST_HEADER: "request headers",
    Section.RESPONSE_HEADER: "response headers",
    Section.CANONICAL_REQUEST: "canonical request",
    Section.REQUEST_BODY: "request body",
    Section.RESPONSE_BODY: "response body",
    Section.TIMING: "timing",
}
"""The sections in words."""


def lines(hunks: Iterable[Hunk], paint: Paint, volatile: bool) -> Iterator[str]:
    """The differences by section; those that always differ as one line, or in full where they are asked for."""
    found = list(hunks)
    quiet = [] if volatile else [hunk for hunk in found if hunk.quiet]
    loud = [hunk for hunk in found if volatile or not hunk.quiet]
    for section, some in groupby(loud, key=lambda hunk: hunk.section):
        yield ""
        yield paint.strong(TITLES[section])
        for hunk in some:
            yield from _hunk_lines(hunk, paint)
    if quiet:
        yield ""
        names = dict.fromkeys(f"{TITLES[hunk.section]}: {hunk.where or hunk.kind.value}" for hunk in quiet)
        yield paint.faint(f"not shown, since it always differs or means the same (--volatile): {len(quiet)}")
        yield paint.faint("  " + safe("; ".join(list(names)[:8])) + ("; …" if len(names) > 8 else ""))


def _hunk_lines(hunk: Hunk, paint: Paint) -> Iterator[str]:
    note = "" if hunk.kind is Kind.CHANGED else f"  ({hunk.kind.value})"
    yield f"  {safe(hunk.where) or TITLES[hunk.section]}{note}"
    for sign, text, style in (("-", hunk.a, paint.bad), ("+", hunk.b, paint.good)):
        shown = [] if text is None else text.split("\n")
        for line in shown[:SHOWN_LINES]:
            cut = line if len(line) <= SHOWN_WIDTH else f"{line[:SHOWN_WIDTH]}… ({len(line)} characters)"
            yield style(f"  {sign} {safe(cut)}")
        if len(shown) > SHOWN_LINES:
            yield paint.faint(f"  {sign} … {len(shown) - SHOWN_LINES} more lines")


def hunk_json(hunk: Hunk) -> dict[str, Any]:
    """A difference as an object."""
    return {
        "section": hunk.section.value,
        "kind": hunk.kind.value,
        "where": hunk.where,
        "a": hunk.a,
        "b": hunk.b,
        "quiet": hunk.quiet,
    }


_SIGNS = {
    Fate.CHANGED: "!",
    Fate.PAYLOAD: "~",
    Fate.ANSWER: "~",
    Fate.REORDERED: "^",
    Fate.MISSING: "-",
    Fate.INSERTED: "+",
    Fate.SAME: " ",
}
_FATES = {
    Fate.CHANGED: "another outcome",
    Fate.PAYLOAD: "another payload",
    Fate.ANSWER: "another answer",
    Fate.REORDERED: "moved",
    Fate.MISSING: "missing in the second",
    Fate.INSERTED: "new in the second",
    Fate.SAME: "",
}


def pairing_line(pairing: Pairing, paint: Paint) -> str:
    """One call of two sessions in a line."""
    one = pairing.a or pairing.b
    assert one is not None
    place = "/".join(filter(None, (one.bucket, one.key)))
    part = f" part {one.part_number}" if one.part_number is not None else ""
    ids = f"{'#' + str(pairing.a.id) if pairing.a else '':>8} {'#' + str(pairing.b.id) if pairing.b else '':>8}"
    outcome = " -> ".join(dict.fromkeys(_outcome(side) for side in (pairing.a, pairing.b) if side))
    text = f"{_SIGNS[pairing.fate]} {ids}  {one.operation or one.method:<22} {outcome:<12} {safe(place)}{part}"
    note = f"  {_FATES[pairing.fate]}" if _FATES[pairing.fate] else ""
    style = {Fate.MISSING: paint.bad, Fate.CHANGED: paint.bad, Fate.INSERTED: paint.good}.get(pairing.fate, str)
    return style(text + note)


def _outcome(one: Item) -> str:
    return " ".join(str(word) for word in (one.status or one.failure or "-", one.error_code) if word)


def pairing_json(pairing: Pairing) -> dict[str, Any]:
    """One call of two sessions as an object."""
    one = pairing.a or pairing.b
    assert one is not None
    return {
        "fate": pairing.fate.value,
        "a": pairing.a.id if pairing.a else None,
        "b": pairing.b.id if pairing.b else None,
        "operation": one.operation,
        "bucket": one.bucket,
        "key": one.key,
        "part_number": one.part_number,
        "status": [side.status if side else None for side in (pairing.a, pairing.b)],
        "error_code": [side.error_code if side else None for side in (pairing.a, pairing.b)],
    }
