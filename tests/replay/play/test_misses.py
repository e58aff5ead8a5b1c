"""A question without an answer: why, what came nearest, and what the client is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tapes import NOW, Call, Tape, absent, ask, call, get_, put, taken

from inspector.replay.match.payload import payload_of
from inspector.replay.play.answer import Source
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.miss_answer import MESSAGE, REASON, miss_answer
from inspector.replay.play.near import first_difference
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.s3.errors import read_error
from inspector.s3.xml import tree


def part(number: int, data: bytes, upload: str = "u") -> Call:
    return call("PUT", f"/b/big?partNumber={number}&uploadId={upload}", body=data, headers=[(b"ETag", b'"1"')])


def versioned(version: int) -> Call:
    return call("GET", f"/b/v?versionId={version}")


BIG = b"0123456789abcdef" * 8192
RECORDED = [
    put("photos/cat.jpg", b"cat"),
    part(3, BIG),
    call("GET", "/b/k", (b"Range", b"bytes=0-9"), status=206, answer=b"0123456789"),
    call("POST", "/b?delete", body=b"<Delete><Object><Key>a</Key></Object></Delete>", answer=b"<DeleteResult/>"),
    call("PUT", "/b/locked", (b"x-amz-object-lock-mode", b"GOVERNANCE"), body=b"1"),
    call("PUT", "/b?versioning", body=b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    call("GET", "/b/v?versionId=1"),
]
MISSES = {
    "another payload": (
        part(3, BIG[:4096] + b"X" + BIG[4097:]),
        Reason.BODY_DIFFERS,
        "UploadPart, part 3 b/big is not in test.db: it was recorded with another body"
        " (nearest: call 2, same UploadPart, part 3, body differs at byte 4,096 (decoded))",
    ),
    "a shorter payload": (part(3, BIG[:-1]), Reason.BODY_DIFFERS, "body differs at byte 131,071 (decoded), recorded"),
    "a longer payload": (part(3, BIG + b"x"), Reason.BODY_DIFFERS, "recorded 131,072 bytes, asked 131,073"),
    "another part": (part(4, BIG), Reason.NO_MATCH, "partNumber differs: recorded 3, asked 4"),
    "another range": (
        call("GET", "/b/k", (b"Range", b"bytes=5-9")),
        Reason.NO_MATCH,
        "nearest: call 3, same GetObject, Range differs: recorded bytes=0-9, asked bytes=5-9",
    ),
    "another key": (put("photos/dog.jpg", b"cat"), Reason.NO_MATCH, "recorded photos/cat.jpg, asked photos/dog.jpg"),
    "another bucket": (
        put("photos/cat.jpg", b"cat", bucket="c"),
        Reason.NO_MATCH,
        "call 1, same PutObject, bucket differs: recorded b, asked c",
    ),
    "another document": (
        call("POST", "/b?delete", body=b"<Delete><Object><Key>b</Key></Object></Delete>"),
        Reason.BODY_DIFFERS,
        "call 4, same DeleteObjects, body differs at /Delete/Object[Key=a]",
    ),
    "another setting": (
        call("PUT", "/b/locked", (b"x-amz-object-lock-mode", b"COMPLIANCE"), body=b"1"),
        Reason.NO_MATCH,
        "x-amz-object-lock-mode differs: recorded GOVERNANCE, asked COMPLIANCE",
    ),
    "another text in a document": (
        call(
            "PUT",
            "/b?versioning",
            body=b"<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
        ),
        Reason.BODY_DIFFERS,
        "body differs at /VersioningConfiguration/Status: recorded Enabled, asked Suspended",
    ),
    "another version": (versioned(2), Reason.NO_MATCH, "versionId differs: recorded 1, asked 2"),
    "another operation on a known object": (
        call("GET", "/b/locked?acl"),
        Reason.NO_MATCH,
        "PutObject of the same object, recorded was PutObject, asked is GetObjectAcl",
    ),
    "nothing like it": (call("GET", "/b?policy"), Reason.NOTHING_SIMILAR, "nothing like it was recorded"),
}


@pytest.mark.parametrize("what", MISSES)
def test_a_miss_says_in_s3s_words_what_differs(what: str) -> None:
    """The reason is a word for programs, the message a line for people, with the command that records it."""
    asked, reason, words = MISSES[what]
    missed = ask(Player(Tape(RECORDED), Options(record_command="b2-inspector run -- pytest")), asked)
    assert isinstance(missed, Miss)
    assert missed.reason is reason
    assert words in missed.message
    assert missed.message.endswith("Record it: b2-inspector run -- pytest")
    assert len(missed.near) <= 3


def test_a_style_that_counts_is_named() -> None:
    """Only where `match_on` says that it counts."""
    options = Options(match_on=("operation", "bucket", "key", "path_style"))
    asked = call("PUT", "/photos/cat.jpg", body=b"cat", host=b"b.s3.us-west-004.backblazeb2.com")
    missed = ask(Player(Tape(RECORDED), options), asked)
    assert isinstance(missed, Miss)
    assert missed.reason is Reason.PATH_STYLE_DIFFERS
    assert "recorded path-style, you sent virtual-host" in missed.message
    assert not isinstance(ask(Player(Tape(RECORDED)), asked), Miss)


@given(st.binary(min_size=1, max_size=400_000), st.data())
def test_where_a_payload_departs_is_found(data: bytes, draw: st.DataObject) -> None:
    """To the byte within what is kept of it, to the block beyond."""
    at = draw.draw(st.integers(0, len(data) - 1))
    other = bytearray(data)
    other[at] ^= 0xFF
    asked = call("PUT", "/b/k", body=bytes(other))
    found = first_difference(taken(asked.request, asked.body), iter((data[:1000], data[1000:])))
    if at < 256 * 1024:
        assert found == f"at byte {at:,}"
    else:
        start = at // 65536 * 65536
        assert found == f"between bytes {start:,} and {min(start + 65536, len(data)):,}"


def test_one_payload_may_be_the_beginning_of_the_other() -> None:
    """Then they part where the shorter one ends."""
    for one, other in ((b"abc", b"abcdef"), (b"abcdef", b"abc")):
        assert first_difference(payload_of(one), iter((other,))) == "at byte 3"


# What the client is told


def told(asked: Call) -> tuple[int, dict[bytes, bytes], bytes]:
    missed = ask(Player(Tape(RECORDED)), asked)
    assert isinstance(missed, Miss)
    answer = miss_answer(missed, asked.request, NOW)
    assert answer.source is Source.MISS
    assert answer.response is not None
    return answer.response.status, dict(answer.response.headers), b"".join(answer.windows())


def test_an_sdk_reads_it_as_an_error_that_is_not_tried_again() -> None:
    """400, XML, and a code that is in nobody's list of retries."""
    status, headers, body = told(put("photos/dog<&>.jpg", b"cat"))
    error = read_error(body)
    assert error is not None
    assert (status, error.code, headers[b"Content-Type"]) == (400, "RecordingMiss", b"application/xml")
    assert "photos/dog<&>.jpg" in error.message
    assert error.fields["Reason"] == headers[REASON].decode() == "no_match"
    assert int(headers[b"Content-Length"]) == len(body)


def test_on_head_a_header_says_it() -> None:
    """There is no body; what is long or no ASCII is made fit."""
    status, headers, body = told(call("HEAD", "/b/" + "%C3%A9" * 700))
    assert (status, body, headers[REASON]) == (400, b"", b"nothing_similar")
    assert headers[MESSAGE].startswith(b"HeadObject b/\\xe9\\xe9")
    assert len(headers[MESSAGE]) <= 1024
    assert headers[MESSAGE].isascii()


def test_the_native_api_is_told_in_json() -> None:
    """As its own errors are."""
    asked = call("POST", "/b2api/v3/b2_list_buckets", body=b"{}", host=b"api004.backblazeb2.com")
    status, _, body = told(asked)
    value = json.loads(body)
    assert (status, value["status"], value["code"], value["reason"]) == (400, 400, "RecordingMiss", "nothing_similar")
    assert "b2_list_buckets" in value["message"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    """A key with control characters makes no broken document."""
    _, _, body = told(put("a%00b%1Fc", b"x"))
    assert tree(body) is not None


def test_a_recorded_404_is_no_miss() -> None:
    """That an object is not there was recorded too."""
    answer = ask(Player(Tape([absent("k")])), absent("k"))
    assert not isinstance(answer, Miss)
    assert isinstance(ask(Player(Tape([get_("k", b"1")])), absent("n")), Miss)
