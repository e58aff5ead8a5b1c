"""What a probing wrote is read back, and only what B2 said counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inspector.s3.probed import FORMAT, VERSION, read_probed

SEEN = [{"variant": "plus", "status": 403, "code": "SignatureDoesNotMatch", "message": "no"}]
GOOD: dict[str, Any] = {
    "format": FORMAT,
    "version": VERSION,
    "service": "b2",
    "endpoint": "s3.us-west-004.backblazeb2.com",
    "probed_at": "2026-11-22T17:08:27Z",
    "answers": [
        {"name": "plus-in-query", "question": "A +? (x)", "answer": "plus", "words": "a + is a plus", "seen": SEEN}
    ],
}


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_facts_are_read() -> None:
    """With what each request came to, and a sentence with place and day for who relies on them."""
    facts = read_probed(written(GOOD))
    assert facts is not None
    assert facts.answer("plus-in-query") == "plus"
    assert facts.answers() == {"plus-in-query": "plus"}
    assert [one.code for _, one in facts.refusals()] == ["SignatureDoesNotMatch"]
    note = "A +? A + is a plus (s3.us-west-004.backblazeb2.com, 2026-11-22)"
    assert facts.notes(("plus-in-query", "other")) == (note,)


def test_what_another_service_said_is_not_b2s() -> None:
    """It is there to be read, and answers nothing."""
    facts = read_probed(written(GOOD | {"service": "other"}))
    assert facts is not None
    assert facts.facts["plus-in-query"].answer == "plus"
    assert facts.answer("plus-in-query") is None
    assert facts.answers() == {}
    assert facts.notes(("plus-in-query",)) == ()
    assert list(facts.refusals()) == []
    assert facts.seen("plus-in-query", "plus") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        *map(written, ([], "x", 1, None, {}, GOOD | {"version": 99}, GOOD | {"answers": [1]})),
        written(GOOD | {"answers": [{"name": "x"}]}),
        written(GOOD | {"answers": [GOOD["answers"][0] | {"seen": [1]}]}),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_facts_file_gives_none(text: bytes) -> None:
    """Never an exception."""
    assert read_probed(text) is None
