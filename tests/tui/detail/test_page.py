"""What the tabs of a call say."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import brotli
import pytest
from support.calls import Call, call, known, record

from inspector.store.reader import Recording
from inspector.tui.detail.body_rows import WHOLE
from inspector.tui.detail.look import Look, Way
from inspector.tui.detail.tabs import PAGES
from inspector.wire.exchange import Digests, Failure, SignedChunk

SUMMARY, REQUEST, RESPONSE, _, BODY, TIMING, RAW = range(7)
XML = b"<Error><Code>SlowDown</Code></Error>"
CHUNKED = b"5;chunk-signature=" + b"a" * 64 + b"\r\nhello\r\n0;chunk-signature=" + b"b" * 64 + b"\r\n\r\n"

Read = Callable[..., list[str]]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Read]:
    """The lines of a tab of one recorded call."""
    opened: list[Recording] = []

    def lines(each: Call, tab: int, width: int = 100, **how: Any) -> list[str]:
        opened.append(Recording(record(tmp_path / "calls.db", [each])))
        stored = opened[0].exchange(1)
        assert stored is not None
        page = PAGES[tab](opened[0], stored, Look(**how))
        page.resize(width)
        return ["".join(span.text for span in row) for row in page.rows(0, 500)]

    yield lines
    for recording in opened:
        recording.close()


def test_heads_are_shown_as_they_stood(look: Read) -> None:
    """Case, order and repeats; what would move the cursor is escaped."""
    headers = ((b"X-Twice", b"1"), (b"x-twice", b"2"), (b"X-Evil", b"\x1b[2J\xff\xe2\x80\xae"))
    assert look(call(b"/photos/a%2fb?x=?y", headers=headers), REQUEST) == [
        "PUT /photos/a%2fb?x=?y HTTP/1.1",
        "Host: s3.us-west-004.backblazeb2.com",
        "X-Twice: 1",
        "x-twice: 2",
        "X-Evil: \\x1b[2J\\xff\\u202e",
    ]


def test_a_long_line_goes_on_below_and_says_so(look: Read) -> None:
    """It must not be taken for two lines."""
    lines = look(call(headers=((b"Authorization", b"a" * 60),)), REQUEST, width=40)
    assert lines[-2:] == ["Authorization: " + "a" * 25, "↳ " + "a" * 35]


BODIES = [
    ("XML", XML, (), ["[body: 36 bytes, indented]", "", "<Error>", "  <Code>SlowDown</Code>", "</Error>"]),
    ("JSON", b'{"a":1}', (), ["[body: 7 bytes, indented]", "", "{", '  "a": 1', "}"]),
    ("text", "größe\nja".encode(), (), ["[body: 10 bytes]", "", "größe", "ja"]),
    (
        "gzip",
        gzip.compress(b"hello" * 9, mtime=0),
        ((b"Content-Encoding", b"gzip"),),
        [f"[body: {len(gzip.compress(b'hello' * 9, mtime=0))} bytes, unpacked 45]", "", "hello" * 9],
    ),
    (
        "binary",
        b"\0\x01\xff",
        (),
        ["[body: 3 bytes, in hex]", "", "00000000  00 01 ff" + " " * 42 + "..."],
    ),
]


@pytest.mark.parametrize(("body", "answer", "lines"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_small_bodies_are_unpacked_and_indented(body: bytes, answer: object, lines: list[str], look: Read) -> None:
    """And what was done to them is said."""
    assert look(call(answer=answer, response_body=body), RESPONSE)[-len(lines) :] == lines


def test_chunks_are_taken_off_and_shown_in_hex_when_asked(look: Read) -> None:
    """aws-chunked framing: the payload to read, the bytes to look at."""
    each = call(
        headers=((b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),),
        request_body=CHUNKED,
        info=replace(known(CHUNKED), chunk_count=2),
        chunks=(SignedChunk(5, "0" * 64, "a" * 64), SignedChunk(0, "0" * 64, "b" * 64)),
    )
    assert look(each, REQUEST)[-4:] == [
        f"[body: {len(CHUNKED)} bytes, unpacked 5]",
        "[aws-chunked: 2 chunks of 5 0 bytes]",
        "",
        "hello",
    ]


def test_hex_shows_a_body_as_it_was_sent(look: Read) -> None:
    """With its framing."""
    lines = look(call(response_body=XML), RESPONSE, way=Way.HEX)
    assert lines[-3].startswith("00000000  3c 45 72 72 6f 72 3e")


def test_large_bodies_are_indented_in_windows(look: Read) -> None:
    """They are not held; as they were sent when asked."""
    body = json.dumps([{"number": number} for number in range(WHOLE // 10)]).encode()
    lines = look(call(response_body=body), RESPONSE)
    assert f"[body: {len(body)} bytes, indented]" in lines
    assert lines[lines.index("") + 3 :][:4] == ["[", "  {", '    "number": 0', "  },"]
    raw = look(call(response_body=body), RESPONSE, way=Way.RAW)
    assert '[{"number": 0}, {"number": 1}' in raw[raw.index("") + 3]


def chunked(payload: bytes, size: int) -> bytes:
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return framed + b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"


STREAMED = ((b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),)


def test_large_chunked_bodies_are_unpacked_in_windows(look: Read) -> None:
    """And their chunks told, with the trailers behind the last."""
    body = chunked(b'{"a": [1, 2]}' * 30_000, 65_536)
    each = call(headers=STREAMED, request_body=body)
    _, _, note, _, *lines = look(each, BODY)
    assert note == f"[body: {len(body)} bytes, without their aws-chunked framing, indented]"
    assert lines[:3] == ["{", '  "a": [', "    1,"]
    rows = look(each, BODY, way=Way.CHUNKS)
    assert rows[5].split() == ["1", "0", "65,536", "unsigned"]
    assert rows[9].split() == ["5", "262,144", "65,536", "unsigned"]
    assert rows[-1] == "trailer  x-amz-checksum-crc32:AAAAAA=="


def test_headers_carry_their_meaning_when_asked(look: Read) -> None:
    """What B2 does with each, and where that is known from."""
    each = call(headers=((b"X-Amz-Tagging", b"a=b"), (b"X-Amz-Meta-Any", b"1"), (b"X-Else", b"2")))
    lines = look(each, REQUEST, meanings=True)
    assert lines[lines.index("X-Amz-Tagging: a=b") + 1].startswith("    refused with 400")
    assert lines[lines.index("X-Amz-Meta-Any: 1") + 1].startswith("    stored and given back")
    assert lines[-1] == "X-Else: 2"


def test_the_tab_of_bodies_takes_the_larger_one(look: Read) -> None:
    """Or the other one, when asked."""
    each = call(request_body=b"hello", response_body=XML)
    assert look(each, BODY)[0] == "the response's body"
    assert look(each, BODY, request_body=True)[-1] == "hello"
    assert look(call(), BODY) == ["the response has no body"]


def test_raw_is_both_sides_as_they_travelled(look: Read) -> None:
    """Head and body in one, each with its size."""
    lines = look(call(request_body=b"hello", answer=((b"A", b"b"),), response_body=XML), RAW)
    assert lines[0].startswith("--- request, ")
    assert lines[1] == "PUT /photos/a.jpg HTTP/1.1"
    assert lines[-4:] == ["HTTP/1.1 200", "A: b", "", XML.decode()]


def test_time_is_told_phase_by_phase(look: Read) -> None:
    """As bars on one scale: what took longest is longest."""
    lines = look(call(took=0.1), TIMING)
    bars = {line.split()[0]: line.count("█") for line in lines if "█" in line}
    assert list(bars) == ["send", "wait", "receive"]
    assert bars["send"] == 1
    assert bars["wait"] < bars["receive"]


def test_what_is_missing_is_said(look: Read) -> None:
    """A body that was not kept whole, an alteration, a failure, an answer that never came."""
    digests = Digests(1000, "0" * 64, "0" * 32, "0" * 8)
    each = call(
        status=None,
        state="failed",
        request_body=b"abc",
        info=replace(known(b"abc"), sent=digests, truncated="keep-limit", redacted=True),
        failure=Failure("upstream-reset", "Connection reset\x1b[1m"),
        exchange={"alterations": ("expect-100-continue answered",)},
    )
    request = look(each, REQUEST)
    assert "[altered by the proxy: expect-100-continue answered]" in request
    assert "[only 3 of 1000 bytes were kept: keep-limit]" in request
    assert "[secrets in it were replaced before it was stored]" in request


def test_a_failure_stands_where_the_answer_would(look: Read) -> None:
    """With the words of whoever noticed."""
    failure = Failure("upstream-reset", "Connection reset\x1b[1m")
    lines = look(call(status=None, state="failed", failure=failure), RESPONSE)
    assert lines == ["(no answer)", "[upstream-reset: Connection reset\\x1b[1m]"]


def test_a_call_under_way_says_so(look: Read) -> None:
    """In place of the answer."""
    assert look(call(status=None, state="open"), RESPONSE) == ["(no answer yet: the call is under way)"]


def test_the_summary_begins_with_the_call(look: Read) -> None:
    """Operation, status, code, object."""
    facts = {"error_code": "SlowDown", "error_message": "Please reduce your request rate"}
    lines = look(call(status=503, facts=facts), SUMMARY)
    assert lines[0] == "#1  PutObject  503 SlowDown  photos/a.jpg"
    assert "  message   Please reduce your request rate" in lines


@pytest.mark.parametrize(("coding", "pack"), [(b"gzip", gzip.compress), (b"br", brotli.compress)])
def test_large_packed_bodies_are_unpacked(coding: bytes, pack: Callable[[bytes], bytes], look: Read) -> None:
    """Also those that are large as they were sent; what is not packed as it says is shown as it was sent."""
    text = "\n".join(f"{number} {hashlib.sha512(b'%d' % number).hexdigest()}" for number in range(6000)).encode()
    body = pack(text)
    assert len(body) > WHOLE
    lines = look(call(answer=((b"Content-Encoding", coding),), response_body=body), RESPONSE)
    assert f"[body: {len(body)} bytes, unpacked {len(text)}]" in lines
    assert lines[lines.index("") + 3].startswith("0 31bca02094eb78")
    plain = look(call(answer=((b"Content-Encoding", coding),), response_body=text), RESPONSE)
    assert f"[body: {len(text)} bytes]" in plain
