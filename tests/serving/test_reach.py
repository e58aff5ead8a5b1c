"""A client that was told of this server by its address stays with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from inspector.replay.play.answer import Answer
from inspector.serving.reach import within_reach
from inspector.wire.exchange import Request, Response

BASE = "http://127.0.0.1:8900"


def asked(target: bytes) -> Request:
    return Request(b"POST", "http", "127.0.0.1", 8900, target, ((b"host", b"127.0.0.1:8900"),))


def answered(told: object) -> Answer:
    body = json.dumps(told).encode()

    def windows() -> Iterator[bytes]:
        yield body

    headers = ((b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body)))
    return Answer(Response(200, headers), windows, len(body))


URLS = [
    (
        b"/b2api/v4/b2_authorize_account",
        {"apiInfo": {"storageApi": {"apiUrl": "https://api004.backblazeb2.com", "downloadUrl": "https://f004.x.com"}}},
        {"apiInfo": {"storageApi": {"apiUrl": BASE, "downloadUrl": BASE}}},
    ),
    (
        b"/b2api/v3/b2_get_upload_url",
        {"uploadUrl": "https://pod-000-1007-13.backblaze.com/b2api/v3/b2_upload_file/1/c001"},
        {"uploadUrl": f"{BASE}/b2api/v3/b2_upload_file/1/c001"},
    ),
    (
        b"/b2api/v3/b2_get_upload_part_url?fileId=1",
        {"uploadUrl": "http://127.0.0.1:1/b2api/v3/b2_upload_part/1/c001", "authorizationToken": "4_redacted-0"},
        {"uploadUrl": f"{BASE}/b2api/v3/b2_upload_part/1/c001", "authorizationToken": "4_redacted-0"},
    ),
    # what the client itself has said stays
    (b"/b2api/v3/b2_get_file_info", {"fileInfo": {"apiUrl": "https://a"}}, {"fileInfo": {"apiUrl": "https://a"}}),
    (b"/photos/b2_get_upload_url", {"uploadUrl": "https://a/b"}, {"uploadUrl": "https://a/b"}),
]


@pytest.mark.parametrize(("target", "recorded", "told"), URLS)
def test_addresses_in_answers_are_this_servers(target: bytes, recorded: object, told: object) -> None:
    """With the length that fits."""
    answer = within_reach(answered(recorded), asked(target))
    body = b"".join(answer.windows())
    assert json.loads(body) == told
    assert answer.response is not None
    assert dict(answer.response.headers)[b"Content-Length"] == b"%d" % len(body)
    assert answer.size == len(body)


def test_an_answer_that_breaks_off_stays_one() -> None:
    """A fault without a head has nothing to be written in."""
    broken = Answer(None)
    assert within_reach(broken, asked(b"/b2api/v3/b2_get_upload_url")) is broken
