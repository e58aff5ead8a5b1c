"""Two calls beside each other: what differs is in its section, and what is alike is folded away."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import call, record

from inspector.store.reader import Recording
from inspector.view.beside import SECTIONS, Beside, Bytes, Look, beside, headline
from inspector.view.paint import Paint

PLAIN = Paint(False)
SIGNED = (
    b"AWS4-HMAC-SHA256 Credential=004/20261122/us-west-004/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0"
)


def compared(tmp_path: Path, *calls: object) -> Beside:
    path = record(tmp_path / "calls.db", calls)  # type: ignore[arg-type]
    with Recording(path) as opened:
        a, b = opened.exchange(1), opened.exchange(2)
        assert a is not None
        assert b is not None
        return beside(opened, a, b)


def section(found: Beside, name: str, **look: object) -> str:
    return "\n".join(SECTIONS[name](found, Look(PLAIN, 100, **look)))  # type: ignore[arg-type]


def signed(date: bytes, **rest: object) -> object:
    headers = ((b"x-amz-date", date), (b"Authorization", SIGNED))
    return call(headers=headers, **rest)  # type: ignore[arg-type]


def test_the_head_says_what_the_difference_comes_to(tmp_path: Path) -> None:
    found = compared(tmp_path, call(status=403, facts={"error_code": "AccessDenied"}), call(answer=((b"ETag", b"x"),)))

    a, b, told = headline(found)

    assert a == "- #1  PutObject  403 AccessDenied  photos/a.jpg"
    assert b == "+ #2  PutObject  200  photos/a.jpg"
    assert told == "differs in: outcome 2, response headers; bodies alike"


def test_two_of_the_same_differ_in_nothing_that_matters(tmp_path: Path) -> None:
    assert headline(compared(tmp_path, call(), call()))[2] == "nothing that matters differs; bodies alike"


def test_canonical_requests_are_set_beside_each_other_where_a_signature_failed(tmp_path: Path) -> None:
    failed = {"error_code": "SignatureDoesNotMatch"}
    found = compared(tmp_path, signed(b"20261122T000000Z", status=403, facts=failed), signed(b"20261123T000000Z"))

    assert found.signature_failed
    text = section(found, "Canonical", context=0)
    assert "- x-amz-date:20261122T000000Z" in text
    assert "+ x-amz-date:20261123T000000Z" in text
    assert "lines alike" in text
    assert "host:" not in text
    assert "host:" in section(found, "Canonical", context=9)


def test_a_call_that_is_not_signed_has_no_canonical_request(tmp_path: Path) -> None:
    found = compared(tmp_path, call(), signed(b"20261122T000000Z"))
    assert not found.signature_failed
    assert "cannot be computed" in section(found, "Canonical")


def test_what_always_differs_is_shown_on_demand(tmp_path: Path) -> None:
    one = ((b"x-amz-request-id", b"aaa"),)
    found = compared(tmp_path, call(answer=one), call(answer=((b"x-amz-request-id", b"bbb"),)))

    assert "bbb" not in section(found, "Headers")
    assert "bbb" in section(found, "Headers", volatile=True)


def test_targets_are_compared_as_bytes(tmp_path: Path) -> None:
    text = section(compared(tmp_path, call(b"/photos/a%20b"), call(b"/photos/a+b")), "Query")
    assert "- /photos/a%20b" in text
    assert "+ /photos/a+b" in text


@pytest.mark.parametrize("name", list(SECTIONS))
def test_every_section_says_something_of_any_two_calls(tmp_path: Path, name: str) -> None:
    """Failures without an answer, hostile bytes."""
    odd = call(b"/\xff\x1b[31m", status=None, headers=((b"X-\x1b", b"\x00\xe2\x80\xae"),), facts={"key": b"\xff\x1b"})
    found = compared(tmp_path, odd, call(response_body=b"\x1b]0;x\x07"))
    found = Beside(found.a, found.b, found.hunks, found.canonical, found.chunks, [Bytes("body", (), False, (0, 7))])

    text = section(found, name, volatile=True)

    assert text
    assert "\x1b" not in text
    assert "\x00" not in text
