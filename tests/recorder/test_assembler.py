"""Frames become rows, in whatever portions they come; one that cannot be taken stops no other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder.assembler import OPEN_SECONDS, Assembler
from inspector.recorder.events import Code, FrameKind, frames_of, pack
from inspector.recorder.spool import Place
from inspector.store.reader import Recording
from inspector.store.writer import Writer
from inspector.wire.redaction import Redactor

HEADERS = [[b"Host", b"s3.us-west-004.backblazeb2.com"], [b"X-Double", b"1"], [b"x-double", b"2"]]
EVENTS: list[tuple[Any, ...]] = [
    (
        *(Code.REQUEST_HEAD, 100.0, b"PUT", "https", "s3.us-west-004.backblazeb2.com", 443, b"", b"/b/k", "HTTP/1.1"),
        *(HEADERS, "127.0.0.1:5000", "client"),
    ),
    (Code.ALTERED, "expect-answered"),
    (Code.REQUEST_DATA, b"hello "),
    (Code.REQUEST_DATA, b"world"),
    (Code.REQUEST_END, 100.1),
    (Code.RESPONSE_HEAD, 100.2, 200, b"", "HTTP/1.1", [[b"ETag", b'"0"']], "127.0.0.1:9000", "server", 1.5, 2.5),
    (Code.RESPONSE_DATA, b"answer"),
    (Code.RESPONSE_END, 100.3),
    (Code.DONE,),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the recording of a test lies."""
    return tmp_path / "calls.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    """A writer with a session."""
    writer = Writer(path)
    with writer.transaction():
        writer.begin_session("session", "record", 0.0)
    yield writer
    writer.close()


def assembler(writer: Writer) -> Assembler:
    """One that keeps all bodies."""
    return Assembler(writer, 1, Redactor(bytes(32)), None)


def take(into: Assembler, uid: str, events: list[tuple[Any, ...]], **more: Any) -> None:
    """Hand events over as they would come out of the spool."""
    for frame in frames_of(b"", pack((FrameKind.FLOW, uid, events))):
        into.take(frame, Place(), 0.0, **more)


def only_call(path: Path) -> dict[str, Any]:
    """The columns of the one call that there is."""
    conn = sqlite3.connect(path)
    conn.row_factory = sqlite3.Row
    (row,) = conn.execute("SELECT * FROM exchange").fetchall()
    return dict(row)


@given(cuts=st.sets(st.integers(1, len(EVENTS) - 1)))
def test_any_portions_give_the_same_row(cuts: set[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """How events are spread over frames does not matter."""
    path = tmp_path_factory.mktemp("assembler") / "calls.db"
    writer = Writer(path)
    with writer.transaction():
        writer.begin_session("session", "record", 0.0)
        into = assembler(writer)
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(EVENTS)], strict=True):
            take(into, "call", EVENTS[start:end])
    writer.close()
    row = only_call(path)
    assert (row["state"], row["method"], row["operation"], row["key"]) == ("done", "PUT", "PutObject", "k")
    assert (row["request_size"], row["response_size"], row["status"]) == (11, 6, 200)
    assert (row["ttfb_ms"], row["duration_ms"], row["tcp_ms"], row["tls_ms"]) == (100.0, 300.0, 1.5, 2.5)
    assert row["request_headers"] == b"Host: s3.us-west-004.backblazeb2.com\r\nX-Double: 1\r\nx-double: 2\r\n"
    assert row["alterations"] == '["expect-answered"]'


def test_a_call_under_way_shows_and_keeps_its_id(writer: Writer, path: Path) -> None:
    """After a quarter of a second there is a row; the end completes that one."""
    into = assembler(writer)
    with writer.transaction():
        take(into, "call", EVENTS[:3])
        into.show_open(OPEN_SECONDS - 0.01)
    with Recording(path) as recording:
        assert recording.under_way() == []
    with writer.transaction():
        into.show_open(OPEN_SECONDS)
    with Recording(path) as recording:
        (shown,) = recording.under_way()
    with writer.transaction():
        take(into, "call", EVENTS[3:])
    assert (only_call(path)["id"], only_call(path)["state"]) == (shown.id, "done")
    with writer.transaction():
        take(into, "next", EVENTS)
    with Recording(path) as recording:
        assert [row.id for row in recording.exchanges()] == [1, 2]


def test_frames_that_were_taken_before_are_taken_once(writer: Writer, path: Path) -> None:
    """A writer that takes over reads what another has read, and repeats nothing that is complete."""
    with writer.transaction():
        take(assembler(writer), "call", EVENTS)
        successor = assembler(writer)
        take(successor, "call", EVENTS, again=True)
        successor.take((FrameKind.TUNNEL, "pypi.org", 443), Place(), 0.0, again=True)
    assert only_call(path)["request_size"] == 11
    with Recording(path) as recording:
        assert recording.tunnels() == []


def test_what_is_under_way_at_the_end_is_told(writer: Writer, path: Path) -> None:
    """A call that the recorder did not see to its end is kept, as one that failed, with what had come."""
    into = assembler(writer)
    with writer.transaction():
        take(into, "call", EVENTS[:3])
        into.end("the recorder was stopped")
    row = only_call(path)
    assert (row["state"], row["failure"], row["truncated"]) == ("failed", "recorder-stopped", "incomplete")
    assert row["request_size"] == len(b"hello ")


def test_a_call_that_cannot_be_taken_is_let_go(writer: Writer, path: Path) -> None:
    """After a broken event the rest of that call is passed over, and others are taken."""
    into = assembler(writer)
    with writer.transaction():
        take(into, "broken", EVENTS[:1])
        broken = (FrameKind.FLOW, "broken", [(Code.RESPONSE_HEAD, "no such answer")])
        with pytest.raises(TypeError):
            into.take(broken, Place(), 0.0)
        into.forget(broken)
        take(into, "broken", EVENTS[5:])
        take(into, "whole", EVENTS)
    assert only_call(path)["uid"] == "whole"


def left(length: bytes, kind: str = "client-disconnected") -> list[tuple[Any, ...]]:
    """The client leaves after six bytes of an answer that declares so many."""
    head = (Code.RESPONSE_HEAD, 100.2, 200, b"", "HTTP/2.0", [[b"content-length", length]], "a", "server", None, None)
    return [*EVENTS[:5], head, EVENTS[6], (Code.FAILED, 100.4, kind, "stream reset by client (CANCEL)"), EVENTS[8]]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (left(b"6"), "done"),
        (left(b"7"), "failed"),
        (left(b"6", "upstream-reset"), "failed"),
        (left(b""), "failed"),
    ],
    ids=["whole", "cut", "the server left", "no length"],
)
def test_a_client_that_leaves_with_its_whole_answer_has_not_failed(
    path: Path, writer: Writer, events: list[tuple[Any, ...]], state: str
) -> None:
    """HTTP/2: curl closes when it has what Content-Length says, and does not wait for the end of the stream."""
    with writer.transaction():
        take(assembler(writer), "call", events)

    call = only_call(path)

    assert call["state"] == state
    assert (call["failure"] is None) == (state == "done")
    assert (call["truncated"] is None) == (state == "done")
