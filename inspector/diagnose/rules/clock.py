"""Time: the moment a request says it was signed at, beside the server's clock and the recorder's.

S3 servers allow 15 minutes either way (AWS documentation, "Authenticating Requests"); how much B2 allows is not
documented. The answer's Date is the server's own clock, so it decides; the recorder's clock stands in where there is
no answer, and is named where the two disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.reading import (
    answer_moment,
    receipt_moment,
    signed_and_doubtful,
    signed_moment,
    span,
    stamp,
)
from inspector.diagnose.register import rule

ALLOWED = 15 * 60
"""Seconds that a request may be off, on AWS and servers like it."""

NOTICEABLE = 5 * 60
"""Seconds from which a difference is worth a word where the server's limit is not known."""

TOO_SKEWED = "RequestTimeTooSkewed"
BUDDHIST = 543
"""Years by which the Thai calendar is ahead."""

_AMZ_DATE = re.compile(r"\d{8}T\d{6}Z")
_YEAR = 365.25 * 86_400


def _signed_in_header(call: Call) -> bool:
    return signed_and_doubtful(call) and call.authorization.scheme != "sigv4-query"


@rule(when=signed_and_doubtful)
def date_format(call: Call) -> Iterator[Seen]:
    """The timestamp is not written `YYYYMMDD'T'HHMMSS'Z'`, or by another calendar."""
    part, text = call.authorization.part("timestamp"), call.authorization.timestamp or ""
    if part is None or part.place.lower() == "header date":
        return
    if not _AMZ_DATE.fullmatch(text):
        yield Seen("date-format", Certainty.CERTAIN, f"{part.place}: {text}", f"The timestamp is written {text!r}")
        return
    signed, now = signed_moment(call), answer_moment(call) or receipt_moment(call)
    years = round((signed - now) / _YEAR) if signed is not None else 0
    if years == BUDDHIST:
        words = f"The year {text[:4]} is one of the Buddhist calendar"
        yield Seen("date-format", Certainty.LIKELY, f"{part.place}: {text}", words)
    elif signed is None:
        yield Seen("date-format", Certainty.CERTAIN, f"{part.place}: {text}", f"No moment is called {text!r}")


@rule(when=_signed_in_header)
def clock_skew(call: Call) -> Iterator[Seen]:
    """The request was signed at a moment that is not the server's now."""
    signed, server, recorder = signed_moment(call), answer_moment(call), receipt_moment(call)
    if signed is None:
        return
    off = signed - (recorder if server is None else server)
    told = call.facts.error_code == TOO_SKEWED
    if not told and abs(off) <= NOTICEABLE:
        return
    words = f"Signed {span(off)} {'ahead of' if off > 0 else 'behind'} the {'server' if server else 'recorder'}'s clock"
    yield Seen("clock-skew", _weight(off, told, server is not None), _clocks(signed, server, recorder), words)


def _weight(off: float, told: bool, by_server: bool) -> Certainty:
    if told:
        return Certainty.CERTAIN
    if abs(off) <= ALLOWED:
        return Certainty.HINT
    return Certainty.CERTAIN if by_server else Certainty.LIKELY


def _clocks(signed: float, server: float | None, recorder: float) -> str:
    lines = [f"signed at: {stamp(signed)}", f"recorder:  {stamp(recorder)}"]
    if server is not None:
        lines.insert(1, f"server:    {stamp(server)}")
    return "\n".join(lines)


@rule(when=signed_and_doubtful)
def recorder_clock(call: Call) -> Iterator[Seen]:
    """The recorder's clock and the server's disagree: what is judged by the recorder's is to be read with care."""
    server, recorder = answer_moment(call), receipt_moment(call)
    if server is not None and abs(recorder - server) > NOTICEABLE:
        words = f"The recorder's clock is {span(recorder - server)} {'ahead of' if recorder > server else 'behind'} the"
        seen = f"server:   {stamp(server)}\nrecorder: {stamp(recorder)}"
        yield Seen("clock-recorder", Certainty.HINT, seen, f"{words} server's")


@rule(when=_signed_in_header)
def stale_retry(call: Call) -> Iterator[Seen]:
    """A later attempt carries the date, or the whole signature, of an earlier one, and that is too old by now."""
    signed, now = signed_moment(call), answer_moment(call) or receipt_moment(call)
    if signed is None or now - signed <= ALLOWED:
        return
    signature = call.authorization.signature
    for earlier in call.earlier:
        if signature and earlier.authorization.signature == signature:
            ago = span(receipt_moment(call) - earlier.exchange.timing.request_start)
            words = f"The same signature was sent {ago} before"
            yield Seen("stale-retry", Certainty.CERTAIN, f"Signature={signature}\n{_of(signed)}", words)
            return
    if (call.facts.attempt or 1) > 1:
        words = f"Attempt {call.facts.attempt} carries a date {span(now - signed)} old"
        yield Seen("stale-retry", Certainty.LIKELY, _of(signed), words)


def _of(signed: float) -> str:
    return f"signed at: {stamp(signed)}"
