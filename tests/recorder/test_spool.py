"""The spool: what one process appended, another reads, in order, however it was cut; and nobody else can."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder import spool
from inspector.recorder.spool import Block, Place, SpoolReader, SpoolWriter, new_key, segments


def read_all(reader: SpoolReader) -> list[bytes]:
    return [payload for _, _, (_, payload, _) in reader.read()]


@given(payloads=st.lists(st.binary(max_size=2000), max_size=20))
def test_payloads_come_back_in_order(payloads: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is appended is read back, byte for byte and in order."""
    directory, key = tmp_path_factory.mktemp("spool"), new_key()
    writer = SpoolWriter(directory, key)
    for payload in payloads:
        writer.append(Block(b"", payload))
    assert payloads == read_all(SpoolReader(directory, key, Place()))


def test_a_reader_goes_on_where_another_stopped(tmp_path: Path) -> None:
    """Every place that was handed out is one to begin at."""
    key = new_key()
    writer = SpoolWriter(tmp_path, key)
    for number in range(10):
        writer.append(Block(b"", b"%d" % number))
    for _, behind, (_, payload, _) in SpoolReader(tmp_path, key, Place()).read():
        rest = read_all(SpoolReader(tmp_path, key, behind))
        assert [b"%d" % number for number in range(int(payload) + 1, 10)] == rest


def test_reading_while_it_grows(tmp_path: Path) -> None:
    """A reader that came to the end sees what is appended later, over the end of a segment too."""
    key = new_key()
    writer, reader = SpoolWriter(tmp_path, key), SpoolReader(tmp_path, key, Place())
    size = spool.SEGMENT_SIZE // 3
    for number in range(10):
        writer.append(Block(b"", b"%02d" % number + bytes(size)))
        assert [b"%02d" % number] == [payload[:2] for payload in read_all(reader)]
    assert len(segments(tmp_path)) > 2


def test_read_segments_are_released(tmp_path: Path) -> None:
    """The disk holds what is not read yet, and no more."""
    key = new_key()
    writer, reader = SpoolWriter(tmp_path, key), SpoolReader(tmp_path, key, Place())
    for _ in range(4):
        writer.append(Block(b"", bytes(spool.SEGMENT_SIZE)))
    read_all(reader)
    reader.release(reader.place)
    assert [reader.place.segment] == segments(tmp_path)


def test_nothing_rests_in_the_clear(tmp_path: Path) -> None:
    """A secret that passes through the spool cannot be found in its files."""
    writer = SpoolWriter(tmp_path, new_key())
    writer.append(Block(b"", b"x-amz-security-token: very-secret-token"))
    writer.close()
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Segments are 0600."""
    writer = SpoolWriter(tmp_path / "spool", new_key())
    writer.close()
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "spool").iterdir()] == [0o600]


def test_labels_come_back_with_their_payloads(tmp_path: Path) -> None:
    """What a payload belongs to is said beside it."""
    key = new_key()
    SpoolWriter(tmp_path, key).append(Block(b"one", b"1"), Block(b"", b"2"))
    assert [block for *_, block in SpoolReader(tmp_path, key, Place()).read()] == [
        Block(b"one", b"1"),
        Block(b"", b"2"),
    ]


def test_plain_blocks_come_back_as_they_went_in(tmp_path: Path) -> None:
    """Runs of bodies that hold no credential are not sealed."""
    key, block = new_key(), Block(b"label", b"payload of an object", plain=True)
    SpoolWriter(tmp_path, key).append(block)
    assert [found for *_, found in SpoolReader(tmp_path, key, Place()).read()] == [block]
    assert b"payload of an object" in next(tmp_path.iterdir()).read_bytes()


def test_a_forged_label_is_passed_over(tmp_path: Path) -> None:
    """A label is sealed with its payload: neither can be put to another."""
    key = new_key()
    SpoolWriter(tmp_path, key).append(Block(b"mine", b"1"), Block(b"", b"2"))
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes().replace(b"mine", b"your"))
    assert read_all(SpoolReader(tmp_path, key, Place())) == [b"2"]


def test_a_full_disk_takes_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that did not fit leaves no trace; what is appended afterwards is read."""
    key, write = new_key(), os.write

    def no_space(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = SpoolWriter(tmp_path, key)
    writer.append(Block(b"", b"before"))
    monkeypatch.setattr(os, "writev", lambda fd, pieces: write(fd, pieces[0][:7]), raising=False)
    monkeypatch.setattr(os, "write", no_space)
    with pytest.raises(OSError, match="No space"):
        writer.append(Block(b"", b"lost"))
    monkeypatch.undo()
    writer.append(Block(b"", b"after"))
    assert read_all(SpoolReader(tmp_path, key, Place())) == [b"before", b"after"]


def test_the_lag_is_that_of_the_segment_being_read(tmp_path: Path) -> None:
    """Not that of the newest: a reader that has far to go knows it."""
    key = new_key()
    writer = SpoolWriter(tmp_path, key)
    reader = SpoolReader(tmp_path, key, Place())
    writer.append(Block(b"", b"x" * spool.SEGMENT_SIZE))
    os.utime(spool.segment_path(tmp_path, 1), (1000.0, 1000.0))
    writer.append(Block(b"", b"y"))
    assert reader.lag(1030.0) == (30.0, spool.SEGMENT_SIZE)
    read_all(reader)
    assert reader.lag(1030.0) < (0.0, 0)
