"""A recording as a cassette."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.replay import recorded
from inspector.replay.match.payload import payload_of
from inspector.replay.play.answer import Answer
from inspector.replay.play.cassette import Taped
from inspector.replay.play.player import Player
from inspector.replay.recorded import SMALL, RecordedCassette

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"


def asked(cassette: RecordedCassette, player: Player, call: Taped) -> int | None:
    payload = payload_of(b"".join(cassette.payload(call).windows()))
    found = player.ask(call.request, payload, time.time())
    assert isinstance(found, Answer), found
    assert found.call is not None
    if found.response is not None and call.request.method != b"HEAD":
        assert sum(map(len, found.windows())) == found.size
    return found.call.id


def test_the_sample_is_played_to_the_last_call() -> None:
    """Every call of several SDKs, failures and native calls among them, is answered by itself."""
    cassette = RecordedCassette(SAMPLE)
    player = Player(cassette)
    assert [asked(cassette, player, one) for one in cassette.calls] == [one.id for one in cassette.calls]
    assert player.unplayed() == []
    cassette.close()


def test_a_filter_chooses_what_is_played() -> None:
    """One session, one bucket: the language of filters."""
    cassette = RecordedCassette(SAMPLE, "op:PutObject")
    assert {one.request.method for one in cassette.calls} == {b"PUT"}
    assert cassette.name == "sample.db, op:PutObject"


def test_bodies_are_read_in_windows_from_anywhere(tmp_path: Path) -> None:
    """Small and large ones; the payload of a framed upload without its frame."""
    large = bytes(range(256)) * (SMALL // 256 * 40)
    framed = (
        b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (large[:100_000], large[100_000:])) + b"0\r\n\r\n"
    )
    line = (b"Content-Encoding", b"aws-chunked")
    path = record(
        tmp_path / "r.db",
        [
            call(b"/photos/plain", request_body=large),
            call(b"/photos/framed", headers=(line,), request_body=framed, info=None),
            call(b"/photos/plain", method=b"GET", response_body=large, facts={"operation": "GetObject"}),
            call(b"/photos/small", method=b"GET", response_body=b"small", facts={"operation": "GetObject"}),
        ],
    )
    cassette = RecordedCassette(path)
    plain, chunked, got, small = cassette.calls
    for body in (cassette.payload(plain), cassette.payload(chunked), cassette.answer(got)):
        assert b"".join(body.windows()) == large
        for start, end in ((0, 1), (99_999, 100_001), (1_048_570, 1_048_590), (len(large) - 1, None)):
            assert b"".join(body.windows(start, end)) == large[start:end]
        assert all(len(window) <= 1 << 20 for window in body.windows())
    assert b"".join(cassette.answer(small).windows(1, 3)) == b"ma"
    assert cassette.answer(plain).size == 0


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    """Each with a connection of its own; a large body is read by all at once."""
    large = bytes(range(251)) * 20_000
    gets = [call(b"/photos/large", method=b"GET", response_body=large, facts={"operation": "GetObject"})]
    cassette = RecordedCassette(record(tmp_path / "r.db", gets))
    found: list[bytes] = []

    def read() -> None:
        found.append(b"".join(cassette.answer(cassette.calls[0]).windows()))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [large] * 8
    cassette.close()


def test_calls_stand_in_the_order_of_their_answers(tmp_path: Path) -> None:
    """A write that began first and ended last changes what is read after it ended."""
    slow = call(b"/photos/k", at=1_000.0, took=0.05)
    quick = call(b"/photos/k", method=b"GET", at=1_000.005, took=0.05, facts={"operation": "GetObject"})
    cassette = RecordedCassette(record(tmp_path / "r.db", [quick, slow]))
    assert [one.request.method for one in cassette.calls] == [b"PUT", b"GET"]


def test_a_body_that_was_decoded_when_it_was_captured_is_not_called_coded(tmp_path: Path) -> None:
    """HARs hold bodies after decoding, beside a Content-Encoding line: a client would decode them again."""
    answer = ((b"Content-Encoding", b"gzip"), (b"ETag", b'"1"'))
    one = call(b"/b/k", method=b"GET", answer=answer, response_body=b"plain")
    one.exchange["alterations"] = ("response-body-decoded",)
    cassette = RecordedCassette(record(tmp_path / "calls.db", [one]))
    found = Player(cassette).ask(cassette.calls[0].request, payload_of(b""), time.time())
    assert isinstance(found, Answer)
    assert found.response is not None
    assert b"".join(found.windows()) == b"plain"
    assert b"content-encoding" not in {name.lower() for name, _ in found.response.headers}
    cassette.close()


def test_short_bodies_are_at_hand_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers refer to all of them for good; the newest are in memory, and the others are read again."""
    monkeypatch.setattr(recorded, "HELD", 3_500)
    bodies = [bytes([number]) * 1_000 for number in range(10)]
    path = record(tmp_path / "calls.db", [call(response_body=body) for body in bodies])
    cassette = RecordedCassette(path)
    kept = [cassette.answer(one) for one in cassette.calls]
    for _ in range(2):
        for body, known in zip(kept, bodies, strict=True):
            assert b"".join(body.windows()) == known
            assert b"".join(body.windows(10, 20)) == known[10:20]
    assert [body.data is not None for body in kept] == [False] * 7 + [True] * 3  # type: ignore[attr-defined]
    cassette.close()
