"""The proxy's end of the spool: takes frames from the hooks and never makes them wait.

Three parties share it. Hooks, on the event loop, append frames to a list. One thread seals what has gathered every
`FLUSH_SECONDS` and appends it to the spool; it also keeps the writer alive: when the writer dies another is started,
which goes on where the rows say that the first had come to. Memory and disk are bounded: past the bounds body bytes
are dropped (heads never), and the loss is counted and said.

Runs of bodies that need no seal go to the spool at once, from the loop: copying a run to the page cache takes tens of
microseconds while a processor's own cache still holds it. Waiting for the thread, it would leave that cache, and what
comes next would be read into memory that is new: together a third of what a proxy spends on a stream. A disk that has
kept the loop waiting is left to the thread for a while.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inspector.capture.presence import is_alive
from inspector.paths import OWN_PYTHON
from inspector.recorder import spool
from inspector.recorder.events import Code, Frame, FrameKind, data_label, pack

FLUSH_SECONDS = 0.02
MEMORY_LIMIT = 32 * 1024 * 1024
"""Bytes that may wait for the disk; only a disk that stands still lets them gather."""

DISK_LIMIT = 4 * 1024 * 1024 * 1024
"""Bytes that the writer may lag behind before bodies are dropped."""

SLOW_SECONDS = 0.05
"""A write that takes longer did not end in the page cache: the kernel holds whoever writes back, or the disk does."""

REST_SECONDS = 5.0
"""How long the loop writes nothing after such a one."""

RESTART_SECONDS = 1.0
"""The least time between two starts of a writer; it doubles, up to a minute, while writers die young."""

YOUNG_SECONDS = 10.0

LAST_WRITERS = 3
"""How often a writer that dies while it finishes is replaced."""

DRAIN_SECONDS = 600.0
"""How long the proxy waits at its end for the writer to come to the end of the spool."""


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """What a writer process needs to know; it travels over a pipe, never as an argument."""

    recording: str
    spool: str
    session_uid: str
    session_kind: str
    session_name: str | None
    session_program: str | None
    listen: str
    proxy_version: str
    keep_body: int | None


class Link:
    """Hands frames to a writer process. `tell` is called (from its thread) with the name of an event and words for the
    user: `talk`, or `writer-died`.
    """

    def __init__(self, settings: WriterSettings, tell: Callable[[str, str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._key = spool.new_key()
        spool.sweep(Path(settings.spool).parent, is_alive)
        self._spool = spool.SpoolWriter(Path(settings.spool), self._key)
        spool.claim(Path(settings.spool))
        # A deque, because its append and popleft are atomic; and a counter for each side, because += is not.
        self._waiting: deque[bytes | spool.Block] = deque()
        self._bytes_in = 0
        self._bytes_out = 0
        self._behind = False
        self._filled = threading.Event()
        self._spool_lock = threading.Lock()
        self._slow_until = 0.0
        self._untold = False
        self._closing = False
        self._lost_parts = 0
        self._lost_bytes = 0
        self._complaint = ""
        self._writer: subprocess.Popen[bytes] | None = None
        self._writer_started = 0.0
        self._restarts = 0
        self._died_young = 0
        self._thread = threading.Thread(target=self._work, name="spool", daemon=True)
        self._thread.start()

    def send(self, frame: Frame) -> None:
        """Take a frame from a hook; returns at once."""
        packed = pack(frame)
        self._put(packed, len(packed))

    def send_data(self, code: Code, uid: str, data: bytes, plain: bool) -> None:
        """Take body bytes of a flow without packing them; `plain` where they hold no credential."""
        block = spool.Block(data_label(code, uid), data, plain)
        if not (plain and self._write_now(block)):
            self._put(block, len(data))

    def _write_now(self, block: spool.Block) -> bool:
        """Append to the spool what waits, and a block; whether that could be done without waiting for anybody."""
        start = time.monotonic()
        if start < self._slow_until or not self._spool_lock.acquire(blocking=False):
            return False
        try:
            self._bytes_in += len(block.payload)
            self._flush(block)
        except (
            OSError
        ) as error:  # it stands in the spool or was counted as lost, and the stream that brought it goes on
            self._not_recorded(error)
        finally:
            self._spool_lock.release()
        end = time.monotonic()
        if end - start > SLOW_SECONDS:
            self._slow_until = end + REST_SECONDS
        self._wake()
        return True

    def _put(self, item: bytes | spool.Block, size: int) -> None:
        self._bytes_in += size
        self._waiting.append(item)
        self._wake()

    def _wake(self) -> None:
        if not self._filled.is_set():
            self._filled.set()

    @property
    def behind(self) -> bool:
        """Whether body bytes must be dropped for now: memory or disk hold as much as they may."""
        return self._behind or self._bytes_in - self._bytes_out > MEMORY_LIMIT

    def close(self) -> None:
        """Hand over what is left and wait for the writer to write it."""
        self.send((FrameKind.STOP, time.time()))
        self._closing = True
        self._filled.set()
        self._thread.join(DRAIN_SECONDS)

    # The thread.

    def _say(self, text: str) -> None:
        self._tell("talk", text)

    def _work(self) -> None:
        try:
            self._start_writer()
            while not self._closing:
                self._filled.wait(0.5)
                time.sleep(FLUSH_SECONDS)
                self._filled.clear()
                self._turn()
            self._turn()
            self._spool.close()
            self._let_the_writer_finish()
        except Exception as error:
            self._say(f"NOT RECORDED: {type(error).__name__}: {error}; traffic flows on")
            raise

    def _turn(self) -> None:
        try:
            self._flush_alone()
            self._tell_of_more()
            self._mind_the_writer()
        except OSError as error:
            self._not_recorded(error)

    def _not_recorded(self, error: OSError) -> None:
        self._complain(f"NOT RECORDED: {error.strerror or error}; traffic flows on")

    def _complain(self, complaint: str) -> None:
        """Say it once, until it is over."""
        if complaint != self._complaint:
            self._complaint = complaint
            self._say(complaint)

    def _flush_alone(self) -> None:
        with self._spool_lock:
            self._flush()

    def _flush(self, *last: spool.Block) -> None:
        """Whoever calls holds the lock."""
        items = [*(self._waiting.popleft() for _ in range(len(self._waiting))), *last]
        if not items:
            return
        blocks = _blocks(items)
        self._bytes_out += sum(len(block.payload) for block in blocks)
        before = self._spool.segment
        try:
            self._spool.append(*blocks)
        except OSError as error:
            self._count_loss(blocks, len(items), error)
            return
        self._tell_of_losses()
        if self._behind or self._spool.segment != before:
            self._measure_lag()
        self._untold = True

    def _count_loss(self, blocks: list[spool.Block], parts: int, error: OSError) -> None:
        self._lost_parts += parts
        self._lost_bytes += sum(len(block.payload) for block in blocks)
        self._complain(f"NOT RECORDED: the spool cannot be written ({error.strerror or error}); traffic flows on")

    def _tell_of_losses(self) -> None:
        if not self._lost_parts:
            return
        self._spool.append(spool.Block(b"", pack((FrameKind.LOST, self._lost_parts, self._lost_bytes))))
        self._say(f"recording goes on; lost meanwhile: {self._lost_parts} calls or parts of calls")
        self._lost_parts = self._lost_bytes = 0
        self._complaint = ""

    def _measure_lag(self) -> None:
        waiting = len(spool.segments(Path(self._settings.spool)))
        self._behind = waiting * spool.SEGMENT_SIZE > DISK_LIMIT

    # The writer process.

    def _start_writer(self) -> None:
        self._writer_started = time.monotonic()
        self._writer = subprocess.Popen(
            [*OWN_PYTHON, "-m", "inspector.recorder"], stdin=subprocess.PIPE, start_new_session=True
        )
        greeting: dict[str, Any] = {**asdict(self._settings), "key": base64.b64encode(self._key).decode()}
        greeting["restarts"] = self._restarts
        self._tell_writer(json.dumps(greeting).encode() + b"\n")

    def _tell_writer(self, message: bytes) -> None:
        assert self._writer is not None
        assert self._writer.stdin is not None
        try:
            self._writer.stdin.write(message)
            self._writer.stdin.flush()
        except OSError:
            pass  # It died; _mind_the_writer sees to it.

    def _tell_of_more(self) -> None:
        """Never from the loop: the pipe of a writer that has been stopped is full some day."""
        if self._untold:
            self._untold = False
            self._ring()

    def _ring(self) -> None:
        self._tell_writer(b".")

    def _mind_the_writer(self) -> None:
        assert self._writer is not None
        age = time.monotonic() - self._writer_started
        if self._writer.poll() is None or age < min(60.0, RESTART_SECONDS * 2**self._died_young):
            return
        self._restarts += 1
        self._died_young = self._died_young + 1 if age < YOUNG_SECONDS + RESTART_SECONDS * 2**self._died_young else 0
        self._tell(
            "writer-died", f"the writer ended unexpectedly (exit {self._writer.returncode}); another one takes over"
        )
        self._start_writer()
        self._ring()

    def _let_the_writer_finish(self) -> None:
        """Wait for it; it removes the spool when it has read it to its end."""
        assert self._writer is not None
        for _ in range(LAST_WRITERS):
            assert self._writer.stdin is not None
            with contextlib.suppress(OSError):
                self._writer.stdin.close()
            try:
                if self._writer.wait(DRAIN_SECONDS) == 0:
                    return
            except subprocess.TimeoutExpired:
                self._say("the writer is still at work; it ends by itself")
                return
            self._restarts += 1
            self._start_writer()
        self._say("NOT RECORDED: the writer could not finish")


def _blocks(items: Iterable[bytes | spool.Block]) -> list[spool.Block]:
    """Frames that follow each other become one block; body bytes are blocks of their own."""
    blocks: list[spool.Block] = []
    frames: list[bytes] = []
    for item in items:
        if isinstance(item, bytes):
            frames.append(item)
            continue
        if frames:
            blocks.append(spool.Block(b"", b"".join(frames)))
            frames = []
        blocks.append(item)
    return [*blocks, spool.Block(b"", b"".join(frames))] if frames else blocks
