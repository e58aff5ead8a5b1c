"""What hooks hand over stands in the spool in the order in which it came, whoever wrote it there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.recorder import link as module
from inspector.recorder.events import Code, FrameKind, frames_of
from inspector.recorder.gulp import GULP, widen
from inspector.recorder.link import Link, WriterSettings
from inspector.recorder.spool import Block, Place, SpoolReader

RUN = b"r" * 64 * 1024


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """One whose thread is not there: only what the loop writes by itself comes to the spool."""
    monkeypatch.setattr(Link, "_work", lambda self: None)
    settings = WriterSettings(
        *(str(tmp_path / "calls.db"), str(tmp_path / "spool"), "uid", "record", None, None, "", "0", None)
    )
    made = Link(settings, lambda event, text: None)
    yield made
    made._spool.close()


def spooled(link: Link) -> list[object]:
    """What stands in the spool: the codes of events, and the sizes of runs."""
    reader = SpoolReader(Path(link._settings.spool), link._key, Place())
    blocks = [block for *_, block in reader.read()]
    events = [event for block in blocks for frame in frames_of(block.label, block.payload) for event in frame[2]]
    return [(event[0], len(event[1])) if len(event) > 1 else event[0] for event in events]


def test_runs_go_at_once_behind_all_that_came_before_them(link: Link) -> None:
    """Without the thread, and never before the head of their call."""
    link.send((FrameKind.FLOW, "a", [(Code.DONE,)]))
    assert spooled(link) == []
    link.send_data(Code.RESPONSE_DATA, "a", RUN, plain=True)
    link.send((FrameKind.FLOW, "a", [(Code.DONE,)]))
    link.send_data(Code.RESPONSE_DATA, "a", RUN[:9], plain=True)
    assert spooled(link) == [Code.DONE, (Code.RESPONSE_DATA, len(RUN)), Code.DONE, (Code.RESPONSE_DATA, 9)]


def test_runs_that_may_hold_a_secret_wait_to_be_sealed(link: Link) -> None:
    """Sealing is the thread's; what comes behind them keeps its place."""
    link.send_data(Code.REQUEST_DATA, "a", b"secret", plain=False)
    assert spooled(link) == []
    link.send_data(Code.REQUEST_DATA, "a", RUN, plain=True)
    assert spooled(link) == [(Code.REQUEST_DATA, 6), (Code.REQUEST_DATA, len(RUN))]


def test_the_loop_does_not_wait_for_the_thread(link: Link) -> None:
    """While that one writes, runs are left to it."""
    with link._spool_lock:
        link.send_data(Code.RESPONSE_DATA, "a", RUN, plain=True)
    assert spooled(link) == []
    link._flush_alone()
    assert spooled(link) == [(Code.RESPONSE_DATA, len(RUN))]


def test_a_disk_that_keeps_the_loop_waiting_is_left_to_the_thread(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one slow write the loop writes nothing for some seconds."""
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.0)
    for _ in range(3):
        link.send_data(Code.RESPONSE_DATA, "a", RUN, plain=True)
    assert spooled(link) == [(Code.RESPONSE_DATA, len(RUN))]
    link._slow_until = 0.0
    link.send_data(Code.RESPONSE_DATA, "a", RUN[:1], plain=True)
    assert spooled(link) == [(Code.RESPONSE_DATA, len(RUN))] * 3 + [(Code.RESPONSE_DATA, 1)]


def test_a_disk_that_is_full_again_when_losses_are_told_breaks_no_stream(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each second write fails: that of a run, and of what is said of the losses. The one between them is kept."""
    append, writes = link._spool.append, iter(range(9))

    def failing(*blocks: Block) -> None:
        if next(writes) % 2 == 0:
            raise OSError(28, "No space left on device")
        append(*blocks)

    monkeypatch.setattr(link._spool, "append", failing)
    for size in (3, 2):  # lost; kept, and then the word of the loss fails
        link.send_data(Code.RESPONSE_DATA, "a", RUN[:size], plain=True)
    assert spooled(link) == [(Code.RESPONSE_DATA, 2)]
    assert not link.behind


def test_memory_is_counted_whoever_writes(link: Link) -> None:
    """What stands in the spool holds no memory."""
    link.send_data(Code.RESPONSE_DATA, "a", RUN, plain=True)
    assert link._bytes_in == link._bytes_out == len(RUN)


async def _first_read(size: int) -> int:
    reader = asyncio.StreamReader()
    widen(reader)
    reader.feed_data(bytes(size))
    return len(await reader.read(65535))


def test_a_widened_reader_gives_what_is_there() -> None:
    """More than it is asked for, up to `GULP`; and any other reader stays as it is."""
    assert [asyncio.run(_first_read(size)) for size in (1, 100_000, GULP + 1)] == [1, 100_000, GULP]
    widen(object())
