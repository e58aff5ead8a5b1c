"""Trouble on demand over recorded answers."""

from __future__ import annotations

import pytest
from support.tapes import Call, Tape, ask, body_of, call, etag, get_, id_of, put

from inspector.errors import UsageError
from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.faults import read_fault
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.s3.errors import read_error
from inspector.wire.headers import get

DATA = bytes(range(256)) * 10


def player(*specs: str, calls: list[Call] | None = None) -> Player:
    recorded = calls or [put("k", DATA), get_("k", DATA)]
    return Player(Tape(recorded), Options(faults=tuple(read_fault(spec) for spec in specs)))


def answer_of(one: Player, asked: Call) -> Answer:
    found = ask(one, asked)
    assert isinstance(found, Answer)
    return found


def code_of(answer: Answer) -> tuple[int, str]:
    assert answer.response is not None
    error = read_error(b"".join(answer.windows()))
    return answer.response.status, error.code if error else ""


def part(number: int) -> Call:
    return call("PUT", f"/b/big?partNumber={number}&uploadId=u", body=b"%d" % number, headers=[etag(b"x")])


def test_a_call_is_refused_and_its_recorded_answer_stays_for_the_next_attempt() -> None:
    """503 SlowDown once, then what was recorded."""
    one = player("op:PutObject status:503 times:1")
    assert code_of(answer_of(one, put("k", DATA))) == (503, "SlowDown")
    assert id_of(ask(one, put("k", DATA))) == 1
    assert one.counts == {Source.FAULT: 1, Source.RECORDED: 1}


def test_an_error_may_come_under_200() -> None:
    """As S3 may, where the head is sent before the work is done."""
    done = call(
        "POST", "/b/big?uploadId=u", body=b"<CompleteMultipartUpload/>", answer=b"<CompleteMultipartUploadResult/>"
    )
    one = player("op:CompleteMultipartUpload error-in-200 times:1", calls=[done])
    assert code_of(answer_of(one, done)) == (200, "InternalError")
    assert id_of(ask(one, done)) == 1
    told = player("op:CompleteMultipartUpload error-in-200 code:SlowDown message:wait", calls=[done])
    assert code_of(answer_of(told, done)) == (200, "SlowDown")
    assert body_of(answer_of(told, done)).endswith(b"</Error>")  # where JS v3 looks for it


def test_a_download_breaks_off() -> None:
    """After so many bytes; the head promises all of them."""
    cut = answer_of(player("op:GetObject truncate:100"), get_("k", b""))
    assert cut.break_after == 100
    assert cut.response is not None
    assert dict(cut.response.headers)[b"Content-Length"] == b"%d" % len(DATA)
    assert answer_of(player("op:GetObject truncate:100000"), get_("k", b"")).break_after is None


def test_a_checksum_is_wrong() -> None:
    """A bit of a download is turned, its tag stays; an upload is told another tag."""
    one = player("wrong-checksum")
    spoiled = answer_of(one, get_("k", b""))
    data = body_of(spoiled)
    assert len(data) == len(DATA)
    assert [n for n in range(len(DATA)) if data[n] != DATA[n]] == [0]
    assert spoiled.response is not None
    assert etag(DATA) in spoiled.response.headers
    uploaded = answer_of(one, put("k", DATA))
    assert uploaded.response is not None
    tag = dict(uploaded.response.headers)[b"ETag"]
    assert tag != etag(DATA)[1]
    assert len(tag) == len(etag(DATA)[1])


def test_the_connection_breaks_at_one_part() -> None:
    """No answer at part 2, once; the others are answered."""
    one = player("op:UploadPart part:2 reset times:1", calls=[part(n) for n in (1, 2, 3)])
    assert answer_of(one, part(1)).response is not None
    assert answer_of(one, part(2)).response is None
    assert [id_of(ask(one, part(n))) for n in (2, 3)] == [2, 3]


def test_a_token_is_over() -> None:
    """In the words of each API."""
    native = call("POST", "/b2api/v3/b2_list_buckets", body=b"{}", host=b"api004.backblazeb2.com")
    assert code_of(answer_of(player("expired-token"), get_("k", b""))) == (400, "ExpiredToken")
    told = answer_of(player("expired-token", calls=[native]), native)
    assert told.response is not None
    assert (told.response.status, b'"expired_auth_token"' in body_of(told)) == (401, True)


@pytest.mark.parametrize(("spec", "seconds"), [("latency:250ms", 0.25), ("latency:2s", 2.0), ("latency:1.5", 1.5)])
def test_an_answer_is_late(spec: str, seconds: float) -> None:
    """And otherwise as it was recorded."""
    late = answer_of(player(f"op:GetObject {spec}"), get_("k", b""))
    assert late.delay == seconds
    assert body_of(late) == DATA


def test_rules_strike_as_often_as_they_say() -> None:
    """Matches by operation, bucket and key; every, times, after."""
    one = player("key:k* op:GetObject status:500 every:2 after:1 times:2")
    statuses = [answer_of(one, get_("k", b"")).response for _ in range(8)]
    assert [one.status for one in statuses if one] == [200, 200, 500, 200, 500, 200, 200, 200]
    assert answer_of(player("bucket:other status:500"), get_("k", b"")).source is Source.RECORDED


def test_a_head_is_refused_without_a_body() -> None:
    """Whatever refuses it."""
    for spec in ("status:503", "expired-token", "error-in-200", "cap:download"):
        assert answer_of(player(spec), call("HEAD", "/b/k")).size == 0


@pytest.mark.parametrize(
    "spec", ["", "op:GetObject", "part:2", "truncate:x", "part:x reset", "latency:soon", "status:abc", "nonsense", "'"]
)
def test_what_cannot_be_read_is_refused_with_what_can(spec: str) -> None:
    """The hint names every term."""
    with pytest.raises(UsageError) as caught:
        read_fault(spec)
    assert "latency" in caught.value.hint


def test_what_was_stored_wrongly_has_the_wrong_tag_for_whoever_asks() -> None:
    """rclone holds the tag that HEAD tells against its file; an upload that goes well puts it right."""
    head = call("HEAD", "/b/k", headers=[etag(b"1"), (b"Content-Length", b"1")])
    one = player("op:PutObject wrong-checksum times:1", calls=[put("k", b"1"), head, get_("k", b"1")])
    true = etag(b"1")[1]

    def told(asked: Call) -> bytes | None:
        found = answer_of(one, asked).response
        assert found is not None
        return get(found.headers, b"etag")

    wrong = told(put("k", b"1"))
    assert wrong != true
    assert [told(head), told(get_("k", b"1"))] == [wrong, wrong]
    assert [told(put("k", b"1")), told(head)] == [true, true]


def test_an_upload_in_parts_is_told_another_tag_in_its_xml() -> None:
    """So is a copy; their answers have no line with it."""
    xml = b'<R><Key>k</Key><ETag>"abc0-2"</ETag></R>'
    done = call("POST", "/b/k?uploadId=u", body=b"<CompleteMultipartUpload/>", answer=xml)
    found = body_of(answer_of(player("op:CompleteMultipartUpload wrong-checksum", calls=[done]), done))
    assert found != xml
    assert len(found) == len(xml)
    assert b"<Key>k</Key><ETag>" in found
