"""Lists, single exchanges, sessions and problems out of a recording."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from support.calls import HOST, NOON, call, known, record

from inspector.errors import RecordingError
from inspector.facts import Facts
from inspector.store.reader import Recording
from inspector.store.rows import list_fields, rfc3339
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import (
    BodyInfo,
    Digests,
    Exchange,
    Failure,
    Fidelity,
    Request,
    Response,
    SignedChunk,
    Timing,
)
from inspector.wire.headers import Header
from inspector.wire.problem import Problem


def line(name: bytes, value: bytes) -> Header:
    return name, value


_BYTES = st.binary(max_size=20)
_LABELS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = _BYTES.map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))
_HEADERS = st.lists(
    st.builds(
        line, st.binary(min_size=1, max_size=8).map(lambda name: name.translate(None, b":\r\n \t") or b"x"), _VALUES
    ),
    max_size=4,
).map(tuple)
_MOMENT = st.floats(0, 4e9).map(lambda moment: round(moment, 6))
_REQUESTS = st.builds(
    Request,
    method=_BYTES,
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from([HOST, "localhost"]),
    port=st.integers(1, 65535),
    target=_BYTES,
    headers=_HEADERS,
    http_version=st.sampled_from(["HTTP/1.1", "HTTP/2.0"]),
    authority=_BYTES,
)
_RESPONSES = st.builds(
    Response, status=st.integers(200, 599), headers=_HEADERS, reason=_BYTES, http_version=st.just("HTTP/1.1")
)
_TIMINGS = st.builds(
    Timing,
    _MOMENT,
    st.none() | _MOMENT,
    st.none() | _MOMENT,
    st.none() | _MOMENT,
    st.none() | _MOMENT,
    st.none() | _MOMENT,
)
_EXCHANGES = st.builds(
    Exchange,
    uid=st.uuids().map(str),
    request=_REQUESTS,
    timing=_TIMINGS,
    response=st.none() | _RESPONSES,
    failure=st.none() | st.builds(Failure, st.sampled_from(["truncated", "upstream-reset"]), _LABELS),
    client_address=_LABELS,
    server_address=_LABELS,
    client_connection=_LABELS,
    server_connection=_LABELS,
    alterations=st.lists(_LABELS, max_size=2).map(tuple),
    fidelity=st.sampled_from(list(Fidelity)),
    interim=st.lists(st.just(103), max_size=2).map(tuple),
)
_FACTS = st.builds(
    Facts,
    api=st.sampled_from([None, "s3"]),
    operation=st.none() | _LABELS,
    bucket=st.none() | _LABELS,
    key=st.none() | _BYTES,
    client=st.none() | _LABELS,
    auth=st.just("sigv4-header"),
    presigned=st.booleans(),
    attempt=st.none() | st.integers(1, 9),
    part_number=st.none() | st.integers(1, 10_000),
    request_id=st.none() | _LABELS,
)
_DIGESTS = st.builds(Digests, st.integers(0, 2**40), st.just("a"), st.just("b"), st.just("c"))
_INFOS = st.builds(
    BodyInfo,
    sent=_DIGESTS,
    stored_size=st.integers(0, 99),
    truncated=st.sampled_from([None, "keep-limit"]),
    redacted=st.booleans(),
    decoded=st.none() | _DIGESTS,
    trailers=_HEADERS,
    checksum=st.sampled_from([None, ("x-amz-checksum-crc32", "AAAAAA==")]),
    chunk_count=st.integers(0, 99),
    framing_error=st.none() | _LABELS,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("reader") / "r.db")


@given(exchange=_EXCHANGES, facts=_FACTS, info=_INFOS)
def test_what_was_written_is_read(shared: Path, exchange: Exchange, facts: Facts, info: BodyInfo) -> None:
    """An exchange comes back as it went in: every byte of its heads, every fact, all that is known of its body."""
    writer = Writer(shared)
    with writer.transaction():
        number = writer.put(1, Entry(exchange, facts, request_info=info, redacted=("cookie",)), "done")
    writer.close()

    with Recording(shared) as opened:
        stored = opened.exchange(number)
        assert stored is not None
        assert number == opened.find(exchange.uid) == opened.find(number)

    assert (exchange, facts, info) == (stored.exchange, stored.facts, stored.request_info)
    assert stored.redacted == ("cookie",)
    assert json.dumps(list_fields(stored.row))


CONTRACT = (
    *("id", "uid", "session", "started_at", "method", "scheme", "host", "path", "http_version", "status", "operation"),
    *("bucket", "key", "client", "auth", "payload", "key_id", "region", "error_code", "error_message"),
    *("request_size", "response_size", "ttfb_ms", "duration_ms", "attempt", "truncated", "alterations", "fidelity"),
    "replay_of",
)


def test_a_listed_call_has_the_fields_that_scripts_rely_on(tmp_path: Path) -> None:
    """All of them, always, null where nothing is known."""
    with Recording(record(tmp_path / "r.db", [call(), call(status=None, facts={"operation": None})])) as opened:
        for row in opened.exchanges():
            assert set(CONTRACT) <= set(list_fields(row))
        fields = list_fields(opened.rows([1])[0])

    assert (
        fields["started_at"],
        fields["status"],
        fields["alterations"],
        fields["marked"],
    ) == ("2026-11-22T12:00:00.000000Z", 200, [], False)
    assert not {"path_b64", "key_b64"} & set(fields)


def test_what_is_not_utf8_shows_its_bytes_beside(tmp_path: Path) -> None:
    """The text has U+FFFD where the bytes are none."""
    path = record(tmp_path / "r.db", [call(b"/b/\xff", facts={"key": b"\xff\xfe"})])
    with Recording(path) as opened:
        fields = list_fields(opened.rows([1])[0])

    assert (fields["path"], fields["path_b64"]) == ("/b/\ufffd", "L2Iv/w==")
    assert (fields["key"], fields["key_b64"]) == ("\ufffd\ufffd", "//4=")


def test_sessions_come_with_their_numbers(tmp_path: Path) -> None:
    """Calls, errors, what is under way, problems, what was tunnelled and what was lost."""
    calls = [call(), call(status=500), call(status=None, failure=Failure("truncated", "x"), state="failed")]
    path = record(
        tmp_path / "r.db", calls, [call(status=None, state="open")], problems=[Problem(NOON, "bad-request", "h", "x")]
    )
    writer = Writer(path)
    with writer.transaction():
        for _ in range(3):
            writer.count_tunnel(1, "example.com", 443)
        writer.count_tunnel(1, "example.org", 443)
        writer.count_loss(2, 4, 500)
    writer.close()

    with Recording(path) as opened:
        first, second = opened.sessions()
        assert (
            *(first.exchanges, first.errors, first.open, first.problems),
            *(first.tunnelled_hosts, first.tunnelled_connections),
        ) == (3, 2, 0, 1, 2, 4)
        assert (
            *(second.exchanges, second.errors, second.open),
            *(second.lost_exchanges, second.lost_bytes),
        ) == (1, 0, 1, 4, 500)
        assert [tunnel.host for tunnel in opened.tunnels(1)] == ["example.com", "example.org"]
        assert opened.tunnels(2) == []
        assert [row.id - 3 for row in opened.under_way()] == [1]
        assert {1, 2} == {problem.session for problem in opened.problems()}
        assert [problem.problem.kind for problem in opened.problems(2)] == ["bad-request"]


@pytest.mark.parametrize(
    ("name", "session"), [("last", 3), ("1", 1), ("run 2", 2), ("run *", 3), ("9", None), ("x", None)]
)
def test_a_session_is_found_by_number_name_or_as_the_last(tmp_path: Path, name: str, session: int | None) -> None:
    """Of several with a name the newest."""
    with Recording(record(tmp_path / "r.db", [], [], [])) as opened:
        assert session == opened.session_named(name)


def test_neighbours_are_those_that_match(tmp_path: Path) -> None:
    """From one failure to the next."""
    calls = [call(status=status) for status in (403, 200, 403, 200, 403)]
    with Recording(record(tmp_path / "r.db", calls)) as opened:
        assert opened.neighbours(3, "status:403") == (1, 5)
        assert opened.neighbours(3) == (2, 4)
        assert opened.neighbours(1) == (None, 2)
        assert opened.neighbours(9) == (5, None)


def test_changes_of_others_are_noticed(tmp_path: Path) -> None:
    """`data_version` moves when somebody else has written, and not else."""
    path = record(tmp_path / "r.db", [call()])
    with Recording(path) as opened:
        before = opened.data_version()
        assert before == opened.data_version()
        writer = Writer(path)
        with writer.transaction():
            writer.count_tunnel(1, "h", 1)
        writer.close()
        assert before != opened.data_version()


def test_a_page_is_what_its_ids_say(tmp_path: Path) -> None:
    """In their order; what has been pruned is left out."""
    with Recording(record(tmp_path / "r.db", [call()] * 5)) as opened:
        assert [row.id for row in opened.rows([4, 99, 2])] == [4, 2]
        assert opened.rows([]) == []
        assert range(1, 6) == opened.ids()
        assert opened.find(2**70) is None


def test_chunks_come_in_their_order(tmp_path: Path) -> None:
    """As they were signed."""
    chunks = tuple(SignedChunk(number, "a" * 64, f"{number:064x}") for number in range(20))
    with Recording(record(tmp_path / "r.db", [call(chunks=chunks, info=known(b"abc"))])) as opened:
        assert list(chunks) == list(opened.chunks(1))


def test_times_are_rfc3339() -> None:
    """In UTC, to the microsecond, also where there is none to tell."""
    assert rfc3339(NOON) == "2026-11-22T12:00:00.000000Z"
    assert rfc3339(NOON + 0.1234567) == "2026-11-22T12:00:00.123457Z"


def test_a_piece_that_says_it_holds_ten_gigabytes_is_not_believed(tmp_path: Path) -> None:
    """A recording of somebody else's; nothing is reserved, and the word says what to do."""
    path = record(tmp_path / "calls.db", [call(response_body=b"hello " * 1000)])
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"hello " * 1000)
    hostile = frame[:4] + b"\xc0" + frame[5:6] + (10 << 30).to_bytes(8, "little") + frame[6:]
    bomb = zstandard.compress(bytes(64 << 20))
    for data in (hostile, bomb, frame[:-3], b"no frame"):
        with sqlite3.connect(path) as conn:
            conn.execute("UPDATE piece SET codec = 'zstd', data = ?", [data])
        conn.close()
        with Recording(path) as opened:
            one = opened.exchange(1)
            assert one is not None
            with pytest.raises(RecordingError, match="damaged"):
                opened.body(one.response_body).read()
