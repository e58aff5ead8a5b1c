"""Watching a recording while others write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.calls import Call, call, damaged_further_in, record

from inspector.facts import Facts
from inspector.store.filters import parse
from inspector.store.writer import Entry, Writer
from inspector.tui.calls.ids import Ids
from inspector.tui.watch import Event, Found, News, Totals, Trouble, Watcher
from inspector.wire.exchange import Exchange, Timing

PATIENCE = 20.0


@dataclass
class Seen:
    """What a watcher told, put together as the screen does it."""

    ids: Ids = field(default_factory=Ids)
    search: int = -1
    done: bool = False
    totals: Totals | None = None
    trouble: str = ""

    def take(self, event: Event) -> None:
        match event:
            case Found():
                if event.first:
                    self.ids, self.search = Ids(event.ids), event.search
                else:
                    self.ids.put_before(event.ids)
                self.done = event.done
            case News() if event.search == self.search:
                self.ids.add(event.added)
                self.ids.remove(event.removed)
            case Totals():
                self.totals = event
            case Trouble():
                self.trouble = event.text

    @property
    def numbers(self) -> list[int]:
        return self.ids.page(0, 10_000)

    def until(self, test: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not test():
            assert time.monotonic() < deadline, (self.numbers, self.totals, self.trouble)
            time.sleep(0.01)


Watch = Callable[[Path], tuple[Watcher, Seen]]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Starts watchers in threads of their own, and stops them."""
    running: list[tuple[Watcher, threading.Thread]] = []

    def start(path: Path) -> tuple[Watcher, Seen]:
        seen = Seen()
        watcher = Watcher(path, seen.take, lambda: False)
        thread = threading.Thread(target=watcher.run)
        running.append((watcher, thread))
        thread.start()
        return watcher, seen

    yield start
    for watcher, _ in running:
        watcher.stop()
    for _, thread in running:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def put(writer: Writer, uid: str, each: Call, state: str) -> None:
    exchange = Exchange(uid, each.request, Timing(each.timing.request_start), each.response)
    facts = Facts(error_code="SlowDown") if each.response and each.response.status == 503 else Facts()
    with writer.transaction():
        writer.put(1, Entry(exchange, facts), state)


def test_calls_show_as_they_come_and_as_they_end(tmp_path: Path, watch: Watch) -> None:
    """One that matches only when it has ended is put in its place; one that matches no longer goes."""
    path = record(tmp_path / "calls.db", [call(), call(status=503), call()])
    writer = Writer(path)
    _, everything = watch(path)
    failing, failures = watch(path)
    failing.look_for(parse("status:503"))
    waiting, under_way = watch(path)
    waiting.look_for(parse("is:pending"))
    everything.until(lambda: everything.numbers == [1, 2, 3] and everything.totals is not None)
    failures.until(lambda: failures.numbers == [2] and failures.done)
    put(writer, "slow", call(status=None), "open")
    under_way.until(lambda: under_way.numbers == [4])
    put(writer, "fast", call(status=503), "done")
    everything.until(lambda: everything.numbers == [1, 2, 3, 4, 5])
    failures.until(lambda: failures.numbers == [2, 5])
    put(writer, "slow", call(status=503), "done")
    failures.until(lambda: failures.numbers == [2, 4, 5])
    under_way.until(lambda: under_way.numbers == [])
    everything.until(
        lambda: (t := everything.totals) is not None and (t.calls, t.errors, t.under_way, t.live) == (5, 3, 0, True)
    )
    writer.close()


def test_what_is_pruned_goes(tmp_path: Path, watch: Watch) -> None:
    """The list begins anew."""
    path = record(tmp_path / "calls.db", [call() for _ in range(10)])
    _, seen = watch(path)
    seen.until(lambda: len(seen.ids) == 10)
    writer = Writer(path)
    with writer.transaction():
        writer.connection.execute("DELETE FROM exchange WHERE id <= 7")
    writer.close()
    seen.until(lambda: seen.numbers == [8, 9, 10] and (t := seen.totals) is not None and t.calls == 3)


def test_another_filter_ends_the_search_before(tmp_path: Path, watch: Watch) -> None:
    """Only what is asked for last is waited for."""
    path = record(tmp_path / "calls.db", [call(status=200 + number % 3) for number in range(3000)])
    watcher, seen = watch(path)
    for number in range(20):
        watcher.look_for(parse(f"body:nothing{number}"))
    last = watcher.look_for(parse("status:202"))
    seen.until(lambda: seen.search == last and seen.done)
    assert seen.numbers == list(range(3, 3001, 3))


def test_a_recording_that_goes_is_said_to_be_gone(tmp_path: Path, watch: Watch) -> None:
    """What was open is still read, where the system keeps it."""
    path = record(tmp_path / "calls.db", [call()])
    _, seen = watch(path)
    seen.until(lambda: seen.numbers == [1])
    try:
        path.rename(tmp_path / "elsewhere.db")
    except PermissionError:
        pytest.skip("an open file cannot be moved here")
    seen.until(lambda: "is gone" in seen.trouble)
    record(path, [call()])
    seen.until(lambda: "another file took the place" in seen.trouble)


def test_a_recording_that_cannot_be_opened_is_said_so(tmp_path: Path, watch: Watch) -> None:
    """And the watcher ends."""
    _, seen = watch(tmp_path / "none.db")
    seen.until(lambda: "There is no recording" in seen.trouble)


def test_a_recording_that_is_damaged_further_in_is_said_so(tmp_path: Path, watch: Watch) -> None:
    """Though the search that meets it is still to be made: only one that was interrupted says nothing."""
    _, seen = watch(damaged_further_in(record(tmp_path / "bad.db", [call()])))
    seen.until(lambda: "malformed" in seen.trouble)
