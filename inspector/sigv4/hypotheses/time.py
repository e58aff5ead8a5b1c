"""The moment that was signed is not the one that the request names: clocks read twice, zones, forms, stale retries.

A moment stands in up to four places: the string to sign, the scope's date, a signed header and, of a presigned URL,
the query. Which of them show another one depends on where the fault is: a signer that computes two moments signs one
and writes the other; a request that was changed on its way was signed with one and the same throughout.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inspector.sigv4.hypotheses.model import DATE, QUERY, TIMESTAMP, Change, Problem, Value, header
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.sigv4.hypotheses.scope import query_of_scope, with_parameter
from inspector.sigv4.moments import FORMS, basic, day_of, moment_of, moved
from inspector.wire.headers import get_all

SECONDS = (1, -1, 2, -2, 3, -3)

# Minutes east of Greenwich, from the IANA time zone database: whole hours, then the zones between them. Each is tried
# in both directions, since either of the two moments may be the local one.
_WHOLE = (60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 660, 720, 780, 840)
_BETWEEN = (150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825)
OFFSETS = tuple(sign * minutes for minutes in (*_WHOLE, *_BETWEEN) for sign in (1, -1))

EARLIER_TRIES = 30
"""As many moments of other calls are tried, the nearest in time."""


@hypothesis("date-taken-twice")
def taken_twice(problem: Problem) -> Iterator[Change]:
    """The clock was read twice while signing, and the second changed in between."""
    # aws-sdk-java#753, botocore#468, requests-auth-aws-sigv4#12, sparkslift#3
    for seconds in SECONDS:
        stamp = moved(problem.signing.timestamp, timedelta(seconds=seconds))
        if stamp is not None:
            words = f"the time {_shown(stamp)} was signed"
            yield from _in_string_to_sign(problem, stamp, words)
            yield from _everywhere(problem, stamp, words)
            if places := _places(problem, stamp):
                yield Change(places, f"{words} with the request, and another one in the string to sign")


@hypothesis("date-local-time")
def local_time(problem: Problem) -> Iterator[Change]:
    """Local time was taken for UTC in one place and not in the other."""
    # vertx-s3-client#5, #7
    for minutes in OFFSETS:
        stamp = moved(problem.signing.timestamp, timedelta(minutes=minutes))
        if stamp is not None:
            words = f"the time {_shown(stamp)} was signed, {_offset(minutes)} from the one sent"
            yield from _in_string_to_sign(problem, stamp, words)
            yield from _everywhere(problem, stamp, words)


@hypothesis("date-vs-x-amz-date")
def other_header(problem: Problem) -> Iterator[Change]:
    """The time of another header was signed: Date's for that of x-amz-date, or one of two."""
    # ceph/s3-tests#346, curl#11738, aws-sdk-perl#58
    headers = problem.signed.request.headers
    for name in (b"x-amz-date", b"date"):
        texts = get_all(headers, name)
        for text in texts:
            words = f"the time of {name.decode()}, {_shown(text)}, was signed"
            yield from _in_string_to_sign(problem, text.strip(), f"{words} as it stands")
            moment = moment_of(text)
            if moment is not None:
                yield from _in_string_to_sign(problem, basic(moment), words)
            if name == b"x-amz-date" and len(texts) > 1:
                yield from _everywhere(problem, text.strip(), words)


@hypothesis("date-format")
def form(problem: Problem) -> Iterator[Change]:
    """The time was written in another form when it was signed."""
    moment = moment_of(problem.signing.timestamp)
    if moment is None:
        return
    for words, render in FORMS:
        stamp = render(moment)
        yield Change({TIMESTAMP: stamp}, f"the time {words}, {_shown(stamp)}, was signed")
        if b"x-amz-date" in problem.names:
            line = {header("x-amz-date"): b"x-amz-date:" + stamp}
            yield Change(line, f"the time {words}, {_shown(stamp)}, was signed in the line of x-amz-date", 2)


@hypothesis("stale-retry")
def earlier_try(problem: Problem) -> Iterator[Change]:
    """The signature is that of an earlier try: the call was sent again with another date and not signed again."""
    # s3backer#214, aws-sdk-go#4219
    sent = moment_of(problem.signing.timestamp)
    if sent is None:
        return
    stamps = problem.around.header_values.get(b"x-amz-date", ())
    dated = ((moment, stamp) for stamp in stamps if (moment := moment_of(stamp)) is not None)
    for _, stamp in sorted(dated, key=lambda one: abs(one[0] - sent))[:EARLIER_TRIES]:
        yield from _everywhere(problem, stamp, f"the time {_shown(stamp)} of another call was signed")


def _in_string_to_sign(problem: Problem, stamp: bytes, words: str) -> Iterator[Change]:
    """Another moment in the string to sign; where it is another day, with the scope's date and without."""
    yield Change({TIMESTAMP: stamp}, words)
    if date := _other_day(problem, stamp):
        yield Change({TIMESTAMP: stamp, **date}, f"{words}, and its day in the scope")


def _everywhere(problem: Problem, stamp: bytes, words: str) -> Iterator[Change]:
    """Another moment wherever one is signed: what the client sent had it everywhere."""
    if places := _places(problem, stamp):
        date = _other_day(problem, stamp)
        if QUERY in places and date:
            places[QUERY] = _query(query_of_scope(problem, date), stamp)
        yield Change({TIMESTAMP: stamp, **places, **date}, f"{words} throughout")


def _other_day(problem: Problem, stamp: bytes) -> dict[str, Value]:
    day = day_of(stamp)
    return {} if day is None or day == problem.signing.date else {DATE: day}


def _places(problem: Problem, stamp: bytes) -> dict[str, Value]:
    """The parts of the canonical request that show the timestamp, with this one in its place."""
    places: dict[str, Value] = {}
    if problem.signed.authorization.presigned:
        places[QUERY] = _query(problem.parts[QUERY], stamp)
    elif b"x-amz-date" in problem.names:
        places[header("x-amz-date")] = b"x-amz-date:" + stamp
    date = _moved_date_header(problem, stamp)
    if date is not None:
        places[header("date")] = b"date:" + date
    return places


def _moved_date_header(problem: Problem, stamp: bytes) -> bytes | None:
    """The signed Date header, moved by as much as the timestamp; None where there is none."""
    before, after = moment_of(problem.signing.timestamp), moment_of(stamp)
    line = problem.parts.get(header("date"), b"")
    return moved(line[len(b"date:") :], after - before) if line and before and after else None


def _query(query: bytes, stamp: bytes) -> bytes:
    return with_parameter(query, b"X-Amz-Date", stamp)


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}:{rest:02} hours"


def _shown(text: bytes) -> str:
    return repr(text.decode("utf-8", "replace"))
