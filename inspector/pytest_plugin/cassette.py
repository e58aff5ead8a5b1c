"""One test's recording while the test runs: what it answers, what it misses, what is new."""

from __future__ import annotations

import difflib
import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.errors import FormatError, UsageError
from inspector.formats.fixture.model import Call, Fixture
from inspector.formats.fixture.read import load
from inspector.pytest_plugin.modes import Mode
from inspector.pytest_plugin.said import SaidRequest, filtered, filtered_call, said_response
from inspector.pytest_plugin.settings import Settings
from inspector.replay.fixture import FixtureCassette
from inspector.replay.match.payload import Payload
from inspector.replay.play.answer import Answer
from inspector.replay.play.cassette import Taped
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options, Repeats
from inspector.replay.play.player import Player
from inspector.wire.exchange import Request
from inspector.wire.headers import get

if TYPE_CHECKING:
    from inspector.formats.fixture.write import Written

_SILENT = (
    "no call came to be recorded. Programs in Go and Node.js send nothing to a server on this machine through a proxy: "
    "record such calls at another host, or with boto3"
)

LONGEST_DRIFT = 60
"""Lines of a difference that are shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording when its test was over. `problems` fail the test, `warnings` do not; `recorded` calls
    were kept, and `saved` says whether that changed the file.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    saved: bool = False
    recorded: int = 0


@dataclass(slots=True)
class Tally:
    """Calls by what became of them; by operation, those that were replayed."""

    replayed: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    unused: int = 0


class Cassette:
    """The recording of the test that runs. Safe for any threads.

    `endpoint_url`, `proxies` and `ca_bundle` are for clients other than botocore's; see `clients`.
    """

    served_at: str | None = None
    """Where an S3 client finds this recording, as if it were a server of S3's; None where no server runs."""
    proxies: dict[str, str] | None = None
    """The proxy that answers for every host, as requests and botocore take it; None where none runs."""
    ca_bundle: str | None = None
    """Certificates that trust that proxy, and the public ones."""

    def __init__(
        self,
        name: str,
        path: Path,
        settings: Settings,
        extra: Sequence[Path] = (),
        test: str = "",
        retake: bool = False,
    ) -> None:
        """`extra`: other fixtures that are replayed too. `retake`: the recording is there, and to be made anew.

        Raises:
            FormatError: a fixture cannot be read.
        """
        self.name, self.path, self.settings, self.test = name, path, settings, test
        self.existed = path.is_file()
        self._retake = retake
        mode = settings.record_mode
        if mode is Mode.ONCE:
            mode = Mode.NONE if self.existed and not retake else Mode.ALL
        elif retake and mode is not Mode.PASSTHROUGH:
            mode = Mode.ALL
        self.record_mode = mode
        self.misses: list[Miss] = []
        self.through_proxy = False
        self._lock = threading.RLock()
        self._new: list[Call] = []
        self._claimed: set[tuple[bytes, bytes]] = set()
        self._live: set[tuple[str, bytes]] = set()
        """Objects that were written at the real server, by bucket and key."""
        self._asked: list[tuple[Request, Answer]] = []
        self.player: _Heard | None = None
        with _no_collection():
            self._open(extra)

    def _open(self, extra: Sequence[Path]) -> None:
        replays = not self.record_mode.is_live
        self._old = load(self.path) if self.existed and (replays or self.record_mode is Mode.VERIFY) else Fixture(())
        others = [load(one) for one in extra] if replays else []
        played = Fixture(sum((one.calls for one in others), self._old.calls), self._old.recorded)
        self.through_proxy = "proxy" in self._old.clients
        if replays:
            self.player = _Heard(self, FixtureCassette(played, str(self.path)), _options(self.settings))

    # What a door asks

    @property
    def is_recording(self) -> bool:
        """Whether what goes live is kept."""
        return self.record_mode in (Mode.NEW_EPISODES, Mode.ALL, Mode.REWRITE, Mode.VERIFY)

    def ignores(self, host: str) -> bool:
        """Whether calls to a host pass as if there were no recording."""
        if self.record_mode is Mode.PASSTHROUGH:
            return True
        local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
        return host in self.settings.ignore_hosts or (self.settings.ignore_localhost and local)

    def ask(self, request: Request, payload: Payload) -> Answer | Miss | None:
        """The recorded answer, or why there is none; None: the call is to go live.

        What was written live is read live: the recording knows only what was there before.
        """
        if self.player is None:
            return None
        if self.record_mode is not Mode.NEW_EPISODES:
            return self.player.ask(request, payload, time.time())
        asked = self.player.question(request)
        thing = (asked.bucket, asked.key) if asked.key else None
        if thing in self._live:
            return None
        found = self.player.found(request, payload, time.time())
        if isinstance(found, Miss):
            if request.method not in (b"GET", b"HEAD") and thing is not None:
                with self._lock:
                    self._live.add(thing)
            return None
        return self.heard(request, found)

    def heard(self, request: Request, found: Answer | Miss) -> Answer | Miss:
        """Count what a player found; a miss gets the command that records it."""
        if isinstance(found, Miss):
            found = self._advised(found)
        with self._lock:
            if isinstance(found, Miss):
                self.misses.append(found)
            else:
                self._asked.append((request, found))
        return found

    def take(self, call: Call) -> None:
        """A call went live; keep it."""
        if not self.is_recording:
            return
        kept = filtered_call(call, self.settings)
        if kept is not None:
            with self._lock:
                self._new.append(kept)

    def claim(self, request: Request) -> None:
        """A call is recorded where it is made: on its way it may come by the server that other clients come through."""
        attempt = _attempt(request)
        if attempt is not None:
            with self._lock:
                self._claimed.add(attempt)

    def is_claimed(self, request: Request) -> bool:
        """Whether a call is recorded elsewhere."""
        return _attempt(request) in self._claimed

    def _advised(self, miss: Miss) -> Miss:
        reason = miss.reason if self.existed else Reason.CASSETTE_NOT_FOUND
        words = miss.message if self.existed else f"there is no recording {self.path.name} yet"
        if not self.existed and self.path.with_suffix(".yaml").is_file():
            words += f" (vcrpy's {self.path.stem}.yaml is not read; `b2-inspector import` takes it)"
        advice = "record it: pytest --b2-record-mode=" + ("rewrite" if self.existed else "once")
        if self.test:
            advice += f" '{self.test}'"
        return replace(miss, reason=reason, message=f"{words}; {advice}", advice=advice)

    # What a test asks

    @property
    def endpoint_url(self) -> str | None:
        """Where an S3 client is to go. While a test records that is the real server, by its own name, for which the
        client signs; while it replays, the recording, or None where no server runs for it: any endpoint will do then.

        Raises:
            UsageError: the test records, and nothing says which server.
        """
        real = self.settings.endpoint_url
        if not self.record_mode.is_live and self.record_mode is not Mode.NEW_EPISODES:
            return self.served_at or real
        found = real or (None if self.record_mode.is_live else self.served_at)
        if found is None:
            raise UsageError(
                "endpoint_url of a recording is the real server's while it is made, and nothing says which that is",
                "say it: @pytest.mark.vcr(endpoint_url=…), in vcr_config, or b2_endpoint_url in the ini file",
            )
        return found

    def __len__(self) -> int:
        return len(self._calls())

    def __repr__(self) -> str:
        return f"<recording {self.path} ({self.record_mode.value}), {len(self)} calls, {self.play_count} played>"

    @property
    def requests(self) -> list[SaidRequest]:
        """The requests that are recorded, in the recording's order."""
        return [SaidRequest(call.request, call.request_body.read()) for call in self._calls()]

    @property
    def responses(self) -> list[dict[str, Any]]:
        """The recorded answers, as vcrpy has them."""
        return [said_response(call) for call in self._calls()]

    @property
    def play_count(self) -> int:
        """How many calls were answered from the recording."""
        return len(self._asked)

    @property
    def all_played(self) -> bool:
        """Whether every recorded call was asked for."""
        return not self.unplayed

    @property
    def unplayed(self) -> list[Taped]:
        """The recorded calls that nobody has asked for."""
        return self.player.unplayed() if self.player is not None else []

    @property
    def dirty(self) -> bool:
        """Whether there is anything that is not saved."""
        return bool(self._new)

    def rewind(self) -> None:
        """Begin anew, as if nothing had been asked."""
        if self.player is not None:
            self.player.rewind()

    def _calls(self) -> list[Call]:
        played = self.player.cassette if self.player is not None else None
        old = list(played.fixture.calls) if isinstance(played, FixtureCassette) else []
        with self._lock:
            return [*old, *self._new]

    # When the test is over

    def tally(self) -> Tally:
        """What became of the calls."""
        replayed = Counter(_operation(answer) for _, answer in self._asked)
        return Tally(replayed, len(self.misses), len(self.unplayed))

    def finish(self, passed: bool) -> Outcome:
        """Save what is new, if the test passed; say what is wrong, if it did (who failed has a reason already)."""
        if not passed:
            return Outcome()
        problems: list[str] = []
        warnings: list[str] = []
        for words, how in ((self._missed(), self.settings.on_miss), (self._unused(), self.settings.on_unplayed)):
            if words and how != "ignore":
                (problems if how == "fail" else warnings).append(words)
        if self.settings.clients == "proxy" and self.record_mode.is_live and self.is_recording and not self._new:
            warnings.append(f"{self.test or self.name}: {_SILENT}")
        if self.record_mode is Mode.VERIFY:
            problems += self._drift()
            return Outcome(tuple(problems), tuple(warnings))
        if problems:
            return Outcome(tuple(problems), tuple(warnings))
        return Outcome((), tuple(warnings), self._save(), len(self._new))

    def _missed(self) -> str:
        if not self.misses:
            return ""
        first = self.misses[0].message
        more = f" (and {len(self.misses) - 1} more)" if len(self.misses) > 1 else ""
        return f"{len(self.misses)} calls are not in the recording: {first}{more}"

    def _unused(self) -> str:
        unplayed = self.unplayed
        if not unplayed:
            return ""
        first = unplayed[0].request
        where = f"{first.method.decode('latin-1')} {first.target.decode('latin-1')}"
        return f"{len(unplayed)} recorded calls were not made, such as {where}: {self.path}"

    def _save(self) -> bool:
        keep: tuple[Call, ...] = ()
        dropped = False
        if self.record_mode is Mode.NEW_EPISODES:
            keep = self._old.calls
            if self.settings.drop_unused_requests:
                unused = {call.id for call in self.unplayed}
                keep = tuple(call for number, call in enumerate(keep, 1) if number not in unused)
                dropped = len(keep) < len(self._old.calls)
        if not self.is_recording or not (self._new or dropped):
            return False
        return self._written(keep).save(self.path, dated=self._retake)

    def _written(self, keep: tuple[Call, ...] = ()) -> Written:
        from inspector.formats.fixture.write import write  # who replays need not load what looks for credentials

        return write(
            (*keep, *self._new),
            recorded=datetime.now(UTC).date(),
            test=self.test,
            known=_known_secrets(),
            keep_times=self.settings.keep_times,
            clients="proxy" if self.through_proxy else "",
        )

    def _drift(self) -> list[str]:
        """How the live answers differ from the recorded ones."""
        if not self.existed:
            return [f"there is no recording to verify: {self.path}"]
        from inspector.formats.fixture.write import undated

        then = undated(self.path.read_bytes()).decode("utf-8", "replace").splitlines()
        now = undated(self._written().text).decode("utf-8", "replace").splitlines()
        lines = list(difflib.unified_diff(then, now, "recorded", "live", lineterm="", n=2))
        if not lines:
            return []
        shown = "\n".join(lines[:LONGEST_DRIFT]) + ("\n…" if len(lines) > LONGEST_DRIFT else "")
        return [f"what the live server answers is not what {self.path} says:\n{shown}"]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Thousands of calls are a hundred thousand values that all stay: the collector would walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Heard(Player):
    """The player of a test: filters what is asked as what is recorded, and counts, whichever door asks."""

    def __init__(self, owner: Cassette, cassette: FixtureCassette, options: Options) -> None:
        super().__init__(cassette, options)
        self._owner = owner

    def ask(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        return self._owner.heard(request, self.found(request, payload, now))

    def found(self, request: Request, payload: Payload, now: float) -> Answer | Miss:
        """The same, not counted."""
        return super().ask(filtered(request, self._owner.settings), payload, now)


def _options(settings: Settings) -> Options:
    repeats = Repeats.ALL if settings.allow_playback_repeats else Repeats.NONE
    return Options(match_on=settings.match_on, repeats=repeats) if settings.match_on else Options(repeats=repeats)


def _operation(answer: Answer) -> str:
    from inspector.replay.match.question import question_of

    if answer.call is None:
        return answer.source.value
    return question_of(answer.call.request).operation


def _attempt(request: Request) -> tuple[bytes, bytes] | None:
    """What tells an SDK's call, and each attempt at it, from all others; None where it does not say."""
    invocation = get(request.headers, b"amz-sdk-invocation-id")
    return None if invocation is None else (invocation, get(request.headers, b"amz-sdk-request") or b"")


def _known_secrets() -> tuple[bytes, ...]:
    names = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "B2_APPLICATION_KEY")
    return tuple(os.fsencode(os.environ[name]) for name in names if os.environ.get(name))


def age_in_days(path: Path, today: date) -> int | None:
    """How many days ago a fixture was recorded; None where it does not say, or is not there.

    Raises:
        FormatError: it says what is no date.
    """
    try:
        head = path.open("rb").read(400) if path.is_file() else b""
    except OSError:
        return None
    for line in head.split(b"\n"):
        if line.startswith(b"# recorded "):
            try:
                return (today - date.fromisoformat(line[11:].decode().strip())).days
            except ValueError:
                raise FormatError(f"{path}: {line!r} says no date", "Record it again.") from None
    return None
