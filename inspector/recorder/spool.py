"""The spool: an append-only file between the proxy and the writer, sealed so that no secret rests in it.

Why a file and not a pipe: what has been handed to the kernel's page cache survives the death of either process, a
writer that is behind never slows the traffic down, and how far the writer has come is committed together with the
rows it wrote. Why sealed: the bytes in it still hold session tokens and SSE-C keys. The key (AES-256-GCM) lives in
the memory of the two processes only; a spool whose processes are both dead is noise.

A spool is a directory of numbered segments. A segment is a run of blocks:

    length (4 bytes, big endian) · serial (8 bytes) · plain (1 byte) · label length (1 byte) · label · payload

The label says in the clear what the payload belongs to, and is authenticated with it: body bytes go in as they came,
without being packed and copied first. The payload of a *plain* block is not sealed: it is for runs of bodies that hold
no credential and rest as they are in the recording; sealing a gibibyte would cost the proxy a tenth of its speed. The
serial is the nonce of a sealed block. It counts every sealing, those that a
full disk took back included, so that no two blocks ever share one under the same key.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEGMENT_SIZE = 16 * 1024 * 1024
"""A segment is closed once it holds this many bytes: read segments are deleted, so the disk holds only the lag."""

VECTOR = 512
"""Blocks that are written at once: POSIX promises room for 16 pieces of two each, Linux and macOS for 1024."""

_HEAD = struct.Struct(">IQ?B")


class Block(NamedTuple):
    """A payload and the label that says what it belongs to; `plain`: not to be sealed."""

    label: bytes
    payload: bytes
    plain: bool = False


def new_key() -> bytes:
    """A fresh key for one spool."""
    return AESGCM.generate_key(256)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A block boundary in a spool: the segment's number and a byte position in it."""

    segment: int = 1
    position: int = 0


class Lag(NamedTuple):
    """How far a reader is behind, by segments: `seconds` since something was appended to the one it reads, and `size`
    in bytes of those after it.
    """

    seconds: float
    size: int


def segment_path(directory: Path, number: int) -> Path:
    """The file of the segment with this number."""
    return directory / f"{number:08d}.seg"


def segments(directory: Path) -> list[int]:
    """The numbers of the segments that exist, in order."""
    return sorted(int(path.stem) for path in directory.glob("*.seg"))


def _nonce(serial: int) -> bytes:
    return serial.to_bytes(12, "big")


def claim(directory: Path) -> None:
    """Say that this process works on the spool, so that nobody sweeps it away."""
    (directory / f"{os.getpid()}.pid").touch()


def sweep(root: Path, is_alive: Callable[[int], bool]) -> None:
    """Remove the spools below `root` whose processes have all died: their keys are gone, nobody can read them."""
    for directory in root.iterdir() if root.is_dir() else ():
        pids = [int(path.stem) for path in directory.glob("*.pid") if path.stem.isdigit()]
        if pids and not any(map(is_alive, pids)):
            shutil.rmtree(directory, ignore_errors=True)


class SpoolWriter:
    """Appends sealed blocks. Not thread-safe: whoever writes holds a lock of their own (`Link`)."""

    def __init__(self, directory: Path, key: bytes) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._cipher = AESGCM(key)
        self._number = 0
        self._position = 0
        self._fd = -1
        self._serial = 0
        self._rotate()

    @property
    def segment(self) -> int:
        """The number of the segment that is being written."""
        return self._number

    def _rotate(self) -> None:
        path = segment_path(self._directory, self._number + 1)
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._number, self._position = fd, self._number + 1, 0

    def append(self, *blocks: Block) -> None:
        """Seal blocks and append them, all or none.

        Raises:
            OSError: the disk is full or gone; nothing of the blocks is kept, and the spool can be written on.
        """
        if self._position >= SEGMENT_SIZE:
            self._rotate()
        pieces = [piece for block in blocks for piece in self._pieces(block)]
        try:
            written = sum(_write_all(self._fd, pieces[at : at + VECTOR]) for at in range(0, len(pieces), VECTOR))
        except OSError:
            self._take_back()
            raise
        self._position += written

    def _pieces(self, block: Block) -> tuple[bytes, bytes]:
        self._serial += 1
        label, payload = block.label, block.payload
        if not block.plain:
            payload = self._cipher.encrypt(_nonce(self._serial), payload, label)
        return _HEAD.pack(len(payload), self._serial, block.plain, len(label)) + label, payload

    def _take_back(self) -> None:
        """Cut a half-written block off; where even that fails, the next block opens a new segment."""
        try:
            os.ftruncate(self._fd, self._position)
            os.lseek(self._fd, self._position, os.SEEK_SET)
        except OSError:
            self._position = SEGMENT_SIZE

    def close(self) -> None:
        """Close the segment's file; what was appended stays readable."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _write_all(fd: int, pieces: list[bytes]) -> int:
    """Write pieces one behind the other; how many bytes they are."""
    size = sum(map(len, pieces))
    written = os.writev(fd, pieces) if hasattr(os, "writev") else 0
    if written < size:
        rest = memoryview(b"".join(pieces))[written:]
        while rest:
            rest = rest[os.write(fd, rest) :]
    return size


class SpoolReader:
    """Reads blocks as they come, from a place on."""

    def __init__(self, directory: Path, key: bytes, place: Place) -> None:
        self._directory = directory
        self._cipher = AESGCM(key)
        self.place = place

    def read(self) -> Iterator[tuple[Place, Place, Block]]:
        """The blocks that are there now, each with the places before and behind it. Ends where the spool ends now.

        A block that cannot be opened (torn by a full disk) is passed over.
        """
        while True:
            yield from self._read_segment()
            if not self._next_segment_exists():
                return
            # The writer opens a segment only after the last block of the one before: look once more, then go on.
            yield from self._read_segment()
            self.place = Place(self.place.segment + 1, 0)

    def _next_segment_exists(self) -> bool:
        return segment_path(self._directory, self.place.segment + 1).exists()

    def _read_segment(self) -> Iterator[tuple[Place, Place, Block]]:
        try:
            file = segment_path(self._directory, self.place.segment).open("rb")
        except FileNotFoundError:
            return
        with file:
            while (found := self._next_block(file)) is not None:
                serial, block = found
                before = self.place
                size = _HEAD.size + len(block.label) + len(block.payload)
                self.place = Place(before.segment, before.position + size)
                opened = self._opened(serial, block)
                if opened is not None:
                    yield before, self.place, opened

    def _opened(self, serial: int, block: Block) -> Block | None:
        if block.plain:
            return block
        try:
            return Block(block.label, self._cipher.decrypt(_nonce(serial), block.payload, block.label))
        except InvalidTag:
            return None

    def _next_block(self, file: BufferedReader) -> tuple[int, Block] | None:
        """A block as it stands, with its serial; None while it is not there whole."""
        file.seek(self.place.position)
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        length, serial, plain, label_length = _HEAD.unpack(head)
        label, payload = file.read(label_length), file.read(length)
        return (serial, Block(label, payload, plain)) if len(payload) == length else None

    def lag(self, now: float) -> Lag:
        """How far the reader is behind; means something while there are blocks to read. `now`: Unix time."""
        try:
            last = segment_path(self._directory, self.place.segment).stat().st_mtime
        except OSError:
            return Lag(0.0, 0)
        newest = segments(self._directory)[-1:] or [self.place.segment]
        return Lag(now - last, (newest[0] - self.place.segment) * SEGMENT_SIZE)

    def release(self, place: Place) -> None:
        """Delete the segments before a place: they will not be read again."""
        for number in segments(self._directory):
            if number >= place.segment:
                return
            try:
                segment_path(self._directory, number).unlink(missing_ok=True)
            except OSError:
                return
