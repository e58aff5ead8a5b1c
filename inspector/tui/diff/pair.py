"""Which two calls are compared, read in a thread."""

from __future__ import annotations

from itertools import islice

from inspector.diff.rows import Read, byte_rows
from inspector.errors import NothingMatched
from inspector.store.bodies import StoredBody
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.tui.jobs import Job
from inspector.view.beside import MOST_ROWS, Beside, Bytes, beside


def other_than(recording: Recording, number: int) -> int:
    """The call to compare with: of a failed one the good one most like it, else the one before it on the same object.

    Raises:
        NothingMatched: there is none.
    """
    stored = found(recording, number)
    near = recording.good_neighbour(number) if stored.row.failed else recording.before_it(number)
    if near is None:
        kind = "good call of the same operation" if stored.row.failed else "earlier call of the same kind"
        raise NothingMatched(f"there is no {kind} to compare #{number} with", "mark the other one with m, then d")
    return near


def found(recording: Recording, number: int) -> Stored:
    """A call.

    Raises:
        NothingMatched: it is no longer there.
    """
    stored = recording.exchange(number)
    if stored is None:
        raise NothingMatched(f"call {number} is no longer in the recording", "q goes back to the list")
    return stored


def compared(job: Job, first: int, second: int | None) -> Beside:
    """Two calls, all but the bytes of their bodies."""
    recording = job.recording
    second = other_than(recording, first) if second is None else second
    return beside(recording, found(recording, first), found(recording, second))


def bodies(job: Job, both: Beside) -> list[Bytes]:
    """The bytes of their bodies; of a gibibyte that takes a second."""
    a, b = both.a, both.b
    return [
        _bytes(job, "request body", a.request_body, b.request_body),
        _bytes(job, "response body", a.response_body, b.response_body),
    ]


def _bytes(job: Job, name: str, a: int | None, b: int | None) -> Bytes:
    left, right = job.recording.body(a), job.recording.body(b)
    sizes = (left.size, right.size)
    if a == b:
        return Bytes(name, (), False, sizes)
    size = max(sizes)

    def step(offset: int) -> None:
        job.tell((name, offset, size))

    rows = list(islice(byte_rows(_reader(left), _reader(right), size, step), MOST_ROWS + 1))
    return Bytes(name, rows[:MOST_ROWS], len(rows) > MOST_ROWS, sizes)


def _reader(body: StoredBody) -> Read:
    return lambda offset, size: body.read(offset, size) if offset < body.size else b""
