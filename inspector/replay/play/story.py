"""The order of calls, scope by scope: which of several recorded answers to one question is the one for now.

A scope has a place, `at`: the last recorded write that was asked for again. What may be read is what was read between
that write and the next one that has not come yet. So PUT v1, GET, PUT v2, GET reads right however many GETs there are;
a poll is told "not there" until the upload comes; eight uploads in any order are followed by the list that shows eight.
A write that comes again when it has come already takes the story back to where it was made: a suite may be run twice
against one server. A story that is asked for in its midst begins there: a client that only reads what another wrote.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from inspector.replay.match.question import Question
from inspector.replay.play.answer import Answer
from inspector.replay.play.cassette import Taped
from inspector.replay.play.scopes import Touched
from inspector.wire.headers import Headers

FAR = 512
"""How many writes are looked at for one that has not come yet."""

END = 1 << 60


class Entry:
    """A recorded call at its place `seq` in the cassette, and what became of it."""

    __slots__ = (
        *("call", "changes", "head", "lines", "passing", "played", "prepared", "question", "seq", "stamp", "story"),
        "writes",
    )

    def __init__(self, seq: int, call: Taped, head: Question, story: Story, touched: Touched) -> None:
        self.seq = seq
        self.call = call
        self.head = head
        self.question: Question | None = None  # with its payload, once that was needed
        self.story = story
        self.changes: tuple[Story, ...] = ()
        self.writes = touched.writes
        self.passing = False  # an attempt that failed and was made again
        self.stamp = 0  # the round of its story in which it was last asked for
        self.played = 0
        self.lines: tuple[Headers, bool] | None = None  # of the answer, as they are sent
        self.prepared: Answer | None = None  # under the recorded names


class Story:
    """A scope: the places of its writes, and where it is."""

    __slots__ = ("at", "entries", "first_read", "front", "round", "stamps", "writes")

    def __init__(self) -> None:
        self.at = -1
        self.round = 1
        self.writes: list[int] = []
        self.entries: list[Entry] = []
        self.stamps: list[int] = []
        self.front = 0  # all writes before this index have come in this round
        self.first_read = END

    def add_write(self, seq: int, entry: Entry) -> None:
        """A write at the end."""
        self.writes.append(seq)
        self.entries.append(entry)
        self.stamps.append(0)

    def moved(self, seq: int) -> None:
        """A write has come. One that came in this round already begins another."""
        if self.stamps[bisect_left(self.writes, seq)] == self.round:
            self.again()
        self.settle(seq)

    def settle(self, seq: int) -> None:
        """It is where this write left it, which may have come in part before."""
        self.stamps[bisect_left(self.writes, seq)] = self.round
        self.at = seq
        while self.front < len(self.stamps) and self.stamps[self.front] == self.round:
            self.front += 1

    def begin(self, seq: int) -> None:
        """Begin where this read was made, as if what was written before it had come."""
        index = bisect_left(self.writes, seq)
        self.stamps[:index] = [self.round] * index
        self.at = self.writes[index - 1] if index else -1

    def again(self) -> None:
        """Nothing of it has come yet in the round that begins."""
        self.round += 1
        self.front = 0

    def window(self) -> tuple[int, int]:
        """The places between which reads are of its present state: after the first, before the second."""
        index = max(bisect_right(self.writes, self.at), self.front)
        for number in range(index, min(index + FAR, len(self.writes))):
            if self.stamps[number] != self.round:
                return self.at, self.writes[number]
        return self.at, END

    @property
    def last_write(self) -> Entry | None:
        """The write that made its present state; None before the first."""
        if self.at < 0:
            return None
        return self.entries[bisect_left(self.writes, self.at)]

    def rewind(self) -> None:
        """Back to the beginning."""
        self.at = -1
        self.again()


class Line:
    """Recorded answers to one question, in order."""

    __slots__ = ("_cursor", "_key", "entries", "seqs")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seqs: list[int] = []
        self._key = (0, -1)
        self._cursor = 0

    def add(self, entry: Entry) -> None:
        """The next one."""
        self.entries.append(entry)
        self.seqs.append(entry.seq)

    @property
    def is_single(self) -> bool:
        """Whether there is one answer, to a read of what no recorded write changes."""
        return len(self.entries) == 1 and not self.entries[0].writes and not self.entries[0].story.writes

    def within(self, after: int, before: int) -> tuple[Entry | None, Entry | None]:
        """Of the answers in a window: the first that was not asked for yet, and the last that may be given again."""
        low, high = bisect_right(self.seqs, after), bisect_left(self.seqs, before)
        if low >= high:
            return None, None
        return self._fresh(low, high), self._steady(low, high)

    def _fresh(self, low: int, high: int) -> Entry | None:
        """The first that has not come; where the last search in this window ended, this one begins."""
        key = (self.entries[low].story.round, low)
        if key != self._key:
            self._key, self._cursor = key, low
        while self._cursor < high:
            entry = self.entries[self._cursor]
            if entry.stamp != entry.story.round:
                return entry
            self._cursor += 1
        return None

    def _steady(self, low: int, high: int) -> Entry:
        """The last, or the last that was no attempt which failed."""
        for index in range(high - 1, max(low, high - FAR) - 1, -1):
            if not self.entries[index].passing:
                return self.entries[index]
        return self.entries[high - 1]


def first_read(line: Line) -> Entry:
    """The first answer to a read, or the first that was no attempt which failed."""
    return next((entry for entry in line.entries if not entry.passing), line.entries[0])


def next_write(line: Line) -> Entry | None:
    """The write to answer: the first that has not come yet; None when all have."""
    return line.within(-1, END)[0]


def first_again(line: Line) -> Entry:
    """The write to answer when all have come: the first that was no attempt which failed."""
    return next((entry for entry in line.entries if not entry.passing), line.entries[-1])


def mark_attempts(entries: Sequence[Entry]) -> None:
    """Mark, among the recorded answers to one question, the attempts that failed and were made again.

    They are known by the SDK's own id of the call, else by what follows: a retryable answer, and then the same again.
    """
    last_of: dict[str, int] = {}
    for entry in entries:
        if entry.call.invocation:
            last_of[entry.call.invocation] = entry.seq
    for entry, following in zip(entries, (*entries[1:], None), strict=True):
        if not is_retryable(entry.call):
            continue
        invocation = entry.call.invocation
        entry.passing = last_of[invocation] != entry.seq if invocation else following is not None


_RETRIED = frozenset((429, 500, 502, 503, 504))
_RETRIED_CODES = frozenset(
    (
        *("RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "BadDigest"),
        *("expired_auth_token", "bad_auth_token"),  # b2sdk authorizes again, and asks again (session.py)
    )
)


def is_retryable(call: Taped) -> bool:
    """Whether SDKs try again after such an answer (botocore's lists): no whole answer, throttling, server trouble."""
    if call.response is None or call.failure is not None:
        return True
    return call.response.status in _RETRIED or (call.error_code or "") in _RETRIED_CODES
