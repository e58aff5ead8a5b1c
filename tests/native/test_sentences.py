"""B2's native sentences are told from their words and codes."""

from __future__ import annotations

import pytest

from inspector.native.sentences import BY_NAME, CODES, SENTENCES, NativeSentence, recognise


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.name)
def test_every_sentence_is_recognised_in_its_own_words(sentence: NativeSentence) -> None:
    """With its holes filled, under its status and code."""
    parts = {"version": "3", "n": "200", "api": "API_LIST_FILE_NAMES_CALLED", "period": "PT1M", "vault": "118"}
    parts |= {"pod": "c002_v0001118_t0002", "incident": "62096cb3b343-0424780b144c", "more": "", "token": "3_2016"}
    parts |= {"size": "6000000000", "type": "com.backblaze.X", "field": "maxFileCount", "prefix": "logs/"}
    parts |= {"header": "Content-Length", "operation": "S3 Put Object"}
    said = recognise(sentence.status, sentence.code, sentence.text.format(**parts))
    assert said is not None
    assert said.sentence.name == sentence.name
    assert all(parts[name] == value for name, value in said.parts.items())


@pytest.mark.parametrize(
    ("status", "code", "message", "name"),
    [
        (429, "too_many_requests", "200 calls/minute allowed for: API_LIST_FILE_NAMES_CALLED", "calls-a-minute"),
        (429, "too_many_requests", "60 calls per PT1M allowed for: API_LIST_BUCKETS_CALLED", "calls-a-period"),
        (503, "service_unavailable", "c002_v0001118_t0002 is too busy", "pod-busy"),
        (500, "internal_error", "incident id 62096cb3b343-0424780b144c", "incident"),
        (500, "internal_error", "internal incident", "internal-incident"),
        (400, "bad_request", "Sha1 did not match data received", "sha1-mismatch"),
        (404, "not_found", "File with such name does not exist", "no-such-file"),
        (400, "bad_json", "unknown field in com.backblaze.modules.b2.data.X: maxFileCount", "unknown-field"),
        (400, "file_lock_conflict", BY_NAME["lock-disable"].text, "lock-disable"),
        (400, "bad_request", BY_NAME["lock-disable"].text, "lock-disable"),
        (401, "unauthorized", "", "unauthorized-empty"),
    ],
)
def test_published_answers(status: int, code: str, message: str, name: str) -> None:
    """As they stand in public threads."""
    said = recognise(status, code, message)
    assert said is not None
    assert said.sentence.name == name


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "unauthorized", "something else"),
        (400, "bad_request", "incident id 62096cb3b343"),
        (503, "internal_error", "no tomes available"),
        (500, "AccessDenied", ""),
    ],
)
def test_other_words_and_codes_are_none_of_them(status: int, code: str, message: str) -> None:
    """Status and code count, where they are known."""
    assert recognise(status, code, message) is None


def test_a_message_without_end_is_none_of_them() -> None:
    """Nor does it take long."""
    assert recognise(429, "too_many_requests", "1 calls per " * 6000) is None


def test_names_and_codes() -> None:
    """A name finds one sentence; its code is one of B2's."""
    assert len(BY_NAME) == len(SENTENCES)
    assert {sentence.code for sentence in SENTENCES if sentence.code} <= CODES
