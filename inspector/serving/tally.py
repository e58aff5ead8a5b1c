"""What became of the calls: told as they come where one was not answered, and summed up at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.cassette import Taped
from inspector.replay.play.miss import Miss
from inspector.replay.play.player import Player
from inspector.view.render import middle, safe
from inspector.wire.exchange import Request

SHOWN = 20
"""Misses that are told one by one; a program that has lost its way makes thousands."""

LONGEST_LINE = 600
"""Characters of what is said of a miss: a key may have 1,024 bytes, and a body is quoted."""


class Tally:
    """Counts calls; those that are answered the player has counted. `say` gets each line that a person wants to know at
    once. One thread writes, others read.
    """

    def __init__(self, player: Player, say: Callable[[str], None]) -> None:
        self._player = player
        self._say = say
        self._faults: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._outside: Counter[str] = Counter()
        self._distrust: Counter[str] = Counter()
        self._failed = 0
        self._told: set[str] = set()
        self.missed_calls: list[str] = []
        """The first of them, in words."""

    def clear(self) -> None:
        """Count from nothing."""
        for counter in (self._faults, self._missed, self._outside, self._distrust):
            counter.clear()
        self._told.clear()
        self.missed_calls.clear()
        self._failed = 0

    # While calls come

    def answered(self, answer: Answer, request: Request) -> None:
        """A call was answered."""
        if answer.source is Source.FAULT:
            self._faults[" ".join(answer.notes)] += 1

    def missed(self, miss: Miss, request: Request) -> None:
        """The recording has no answer: what was asked, what came nearest, how to record it."""
        self._missed[miss.question.operation] += 1
        if len(self.missed_calls) < SHOWN:
            self.missed_calls.append(middle(miss.message, LONGEST_LINE))
        self._tell(*_told(miss))

    def refused(self, host: str, port: int) -> str:
        """A connection was wanted to a host that the recording knows nothing of; gives the words for the client."""
        self._outside[host] += 1
        text = f"no call to {host}:{port} was recorded, and nothing is sent there"
        self._tell(f"MISS {text}")
        return f"RecordingMiss: {text} (b2-inspector)"

    def distrusted(self, host: str) -> None:
        """A client did not trust the server's certificate."""
        self._distrust[host] += 1

    def failed(self, error: Exception, request: Request) -> None:
        """An answer could not be read out of the recording."""
        self._failed += 1
        target = request.target.decode("utf-8", "replace")
        self._tell(f"FAILED {request.method.decode()} {target}: {type(error).__name__}: {error}")

    def _tell(self, text: str, *more: str) -> None:
        """Say something once, and not without end."""
        if text in self._told or len(self._told) > SHOWN:
            return
        self._told.add(text)
        if len(self._told) > SHOWN:
            self._say("… and more; the summary counts them")
        else:
            self._say("\n    ".join(middle(safe(line), LONGEST_LINE) for line in (text, *more)))

    # At the end

    @property
    def misses(self) -> int:
        """Calls and connections that were not answered from the recording."""
        return self._missed.total() + self._outside.total() + self._failed

    @property
    def replayed(self) -> int:
        """Calls that were answered from the recording."""
        return self._player.answered().total()

    @property
    def calls(self) -> int:
        """All calls that came."""
        return self.replayed + self._faults.total() + self._missed.total() + self._failed

    @property
    def distrusting(self) -> bool:
        """Whether a client did not trust the server."""
        return bool(self._distrust)

    def summary(self) -> Iterator[str]:
        """`replayed N, missed M, unused K`, and the same by operation where there is something to see."""
        unused = self._unused()
        name = self._player.cassette.name
        counts = f"replayed {self.replayed}, missed {self.misses}, unused {unused.total()}"
        yield f"{counts} ({name})"
        replayed = self._replayed()
        names = sorted({*replayed, *self._missed, *unused}, key=lambda one: (-replayed[one], one))
        if names:
            yield f"  {'':<28} {'replayed':>8} {'missed':>7} {'unused':>7}"
        for one in names:
            yield f"  {one:<28} {replayed[one]:>8,} {self._missed[one] or '':>7} {unused[one] or '':>7}".rstrip()
        yield from (f"  not recorded: {safe(host)} ×{count}" for host, count in self._outside.most_common(8))
        yield from (f"  {spec} ×{count}" for spec, count in self._faults.most_common())
        yield from (f"  did not trust the certificate of {safe(host)} ×{n}" for host, n in self._distrust.items())

    def as_dict(self) -> dict[str, object]:
        """The summary for a program."""
        return {
            "recording": self._player.cassette.name,
            "replayed": dict(self._replayed()),
            "missed": dict(self._missed),
            "unused": dict(self._unused()),
            "not_recorded": dict(self._outside),
            "faults": dict(self._faults),
        }

    def _replayed(self) -> Counter[str]:
        operations = {call.id: self._operation(call.request) for call in self._player.cassette.calls}
        counted: Counter[str] = Counter()
        for number, count in self._player.answered().items():
            counted[operations.get(number, "-")] += count
        return counted

    def _unused(self) -> Counter[str]:
        return Counter(self._operation(call.request) for call in self._player.unplayed())

    def named(self, call: Taped) -> str:
        """A recorded call in words: `PutObject photos/cat.txt`."""
        asked = self._player.question(call.request)
        return f"{asked.operation} {safe('/'.join((asked.bucket, asked.key.decode('utf-8', 'replace'))).rstrip('/'))}"

    def _operation(self, request: Request) -> str:
        return self._player.question(request).operation


def _told(miss: Miss) -> Iterator[str]:
    """A miss in lines: what was asked, what came nearest, what to do."""
    asked, _, nearest = miss.message.removesuffix(f". {miss.advice}").partition(" (nearest: ")
    yield f"MISS {asked}"
    if nearest:
        yield f"nearest: {nearest.removesuffix(')')}"
    if miss.advice:
        yield miss.advice
