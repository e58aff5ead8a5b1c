"""What was heard of calls is written alike in this process and beside it; what goes wrong there is told here."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil
import pytest

from inspector.errors import RecordingError
from inspector.recorder.events import Code, Event
from inspector.replay.sink import AHEAD, Heard, Plan, Sink, SinkBeside
from inspector.store.reader import Recording
from inspector.wire.uid import uuid7


def plan(directory: Path) -> Plan:
    """A session of a new recording."""
    return Plan(directory / "calls.db", "replay", "again", None, bytes(32))


def heard(number: int, body: bytes = b"hello") -> Heard:
    """A whole call."""
    head = (b"GET", "http", "127.0.0.1", 80, b"", b"/photos/%d" % number, "HTTP/1.1", ((b"Host", b"127.0.0.1"),))
    events: Sequence[Event] = (
        (Code.REQUEST_HEAD, time.time(), *head, "", ""),
        (Code.REQUEST_END, time.time()),
        (Code.RESPONSE_HEAD, time.time(), 200, b"OK", "HTTP/1.1", (), "127.0.0.1:80", "", 1.0, None),
        (Code.RESPONSE_DATA, body),
        (Code.RESPONSE_END, time.time()),
        (Code.DONE,),
    )
    return Heard(uuid7(time.time(), os.urandom(10)), number, list(events))


def write(sink: Sink | SinkBeside, calls: Iterable[Heard]) -> None:
    """One after the other, to its end."""
    for call in calls:
        sink.put([call])
        sink.collect(wait=True)


@pytest.mark.slow
@pytest.mark.parametrize("make", [Sink, SinkBeside])
def test_every_call_is_written_and_told_once(tmp_path: Path, make: type[Sink] | type[SinkBeside]) -> None:
    """More portions than may be under way, in their order."""
    calls = [heard(number) for number in range(1, 4 * AHEAD + 1)]
    sink = make(plan(tmp_path))
    try:
        told = {}
        for call in calls:
            sink.put([call])
            told.update(sink.collect(wait=False))
        told.update(sink.collect(wait=True))
        assert sink.collect(wait=True) == {}
        assert [told[call.uid].id for call in calls] == list(range(1, len(calls) + 1))
        assert {written.entry.response_info and written.entry.response_info.sent.size for written in told.values()} == {
            5
        }
        assert sink.id == 1
    finally:
        sink.close()
    with Recording(tmp_path / "calls.db") as recording:
        assert [row.replay_of for row in recording.exchanges()] == [call.replay_of for call in calls]
        (session,) = recording.sessions()
        assert (session.kind, session.name, session.ended_at is not None) == ("replay", "again", True)


@pytest.mark.slow
@pytest.mark.parametrize("make", [Sink, SinkBeside])
def test_what_cannot_be_written_is_told(tmp_path: Path, make: type[Sink] | type[SinkBeside]) -> None:
    """A call that repeats one that does not exist breaks a rule of the file; which file, and what to do, is said."""
    sink = make(plan(tmp_path))
    try:
        broken = heard(1)
        broken.events[0] = (Code.REQUEST_HEAD, None, *broken.events[0][2:])
        with pytest.raises(RecordingError) as error:
            write(sink, [broken])
        assert str(tmp_path / "calls.db") in error.value.message
        assert "stays" in error.value.hint
    finally:
        sink.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_the_process_beside_outlives_ctrl_c_and_its_death_is_told(tmp_path: Path) -> None:
    """SIGINT goes to a whole terminal; a kill is told as what it is."""
    before = set(psutil.Process().children(recursive=True))
    sink = SinkBeside(plan(tmp_path))
    try:
        children = set(psutil.Process().children(recursive=True)) - before
        for child in children:
            child.send_signal(signal.SIGINT)
        sink.put([heard(1)])
        assert len(sink.collect(wait=True)) == 1
        for child in children:
            child.kill()
        with pytest.raises(RecordingError, match="was ended"):
            write(sink, map(heard, range(2, 100)))
    finally:
        sink.close()
    with Recording(tmp_path / "calls.db") as recording:
        assert len(list(recording.exchanges())) >= 1
