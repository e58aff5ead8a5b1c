"""What the tabs of a call say."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.calls import Call, call, known, record

from inspector.store.reader import Recording
from inspector.tui.detail.page import TABS, WHOLE, Page
from inspector.wire.exchange import Digests, Failure, SignedChunk

SUMMARY, REQUEST, RESPONSE = range(3)
XML = b"<Error><Code>SlowDown</Code></Error>"
CHUNKED = b"5;chunk-signature=" + b"a" * 64 + b"\r\nhello\r\n0;chunk-signature=" + b"b" * 64 + b"\r\n\r\n"

Look = Callable[..., list[str]]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    """The lines of a tab of one recorded call."""
    opened: list[Recording] = []

    def lines(each: Call, tab: int, width: int = 100, as_hex: bool = False) -> list[str]:
        opened.append(Recording(record(tmp_path / "calls.db", [each])))
        stored = opened[0].exchange(1)
        assert stored is not None
        page: Page = TABS[tab][1](opened[0], stored, as_hex)
        page.resize(width)
        return ["".join(span.text for span in row) for row in page.rows(0, 500)]

    yield lines
    for recording in opened:
        recording.close()


def test_heads_are_shown_as_they_stood(look: Look) -> None:
    """Case, order and repeats; what would move the cursor is escaped."""
    headers = ((b"X-Twice", b"1"), (b"x-twice", b"2"), (b"X-Evil", b"\x1b[2J\xff\xe2\x80\xae"))
    assert look(call(b"/photos/a%2fb?x=?y", headers=headers), REQUEST) == [
        "PUT /photos/a%2fb?x=?y HTTP/1.1",
        "Host: s3.us-west-004.backblazeb2.com",
        "X-Twice: 1",
        "x-twice: 2",
        "X-Evil: \\x1b[2J\\xff\\u202e",
    ]


def test_a_long_line_goes_on_below_and_says_so(look: Look) -> None:
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
def test_small_bodies_are_unpacked_and_indented(body: bytes, answer: object, lines: list[str], look: Look) -> None:
    """And what was done to them is said."""
    assert look(call(answer=answer, response_body=body), RESPONSE)[-len(lines) :] == lines


def test_chunks_are_taken_off_and_shown_in_hex_when_asked(look: Look) -> None:
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


def test_hex_shows_a_body_as_it_was_sent(look: Look) -> None:
    """With its framing."""
    lines = look(call(response_body=XML), RESPONSE, as_hex=True)
    assert lines[-3].startswith("00000000  3c 45 72 72 6f 72 3e")


def test_large_text_is_shown_as_it_was_sent(look: Look) -> None:
    """It is not held, so it is not indented."""
    body = json.dumps([{"number": number} for number in range(WHOLE // 10)]).encode()
    lines = look(call(response_body=body), RESPONSE)
    assert f"[body: {len(body)} bytes as they were sent]" in lines
    assert '[{"number": 0}, {"number": 1}' in lines[lines.index("") + 3]


def test_what_is_missing_is_said(look: Look) -> None:
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


def test_a_failure_stands_where_the_answer_would(look: Look) -> None:
    """With the words of whoever noticed."""
    failure = Failure("upstream-reset", "Connection reset\x1b[1m")
    lines = look(call(status=None, state="failed", failure=failure), RESPONSE)
    assert lines == ["(no answer)", "[upstream-reset: Connection reset\\x1b[1m]"]


def test_a_call_under_way_says_so(look: Look) -> None:
    """In place of the answer."""
    assert look(call(status=None, state="open"), RESPONSE) == ["(no answer yet: the call is under way)"]


def test_the_summary_begins_with_the_call(look: Look) -> None:
    """Operation, status, code, object."""
    facts = {"error_code": "SlowDown", "error_message": "Please reduce your request rate"}
    lines = look(call(status=503, facts=facts), SUMMARY)
    assert lines[0] == "#1  PutObject  503 SlowDown  photos/a.jpg"
    assert "  message   Please reduce your request rate" in lines
