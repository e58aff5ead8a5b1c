"""A server may say as much as it likes; a screen holds only so much of it."""

from __future__ import annotations

from inspector.diagnose.examine import examine
from inspector.view.diagnosis import Style, diagnosis_lines
from tests.support.diagnosed import Answer, asked

ENDLESS = "A" * 60_000
REQUEST = "GET /photos/a.jpg HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n"


def test_endless_words_are_cut() -> None:
    """In the lines of a call, and in what its findings quote."""
    ids = ((b"x-amz-request-id", b"f15a449517f8b909"),)
    diagnosis = examine(asked(REQUEST, Answer(503, "SlowDown", ENDLESS, headers=ids)))
    assert [one.cause for one in diagnosis.findings] == ["slowdown"]
    assert len(diagnosis.findings[0].seen) < 1000
    text = "\n".join(diagnosis_lines(diagnosis, Style()))
    assert "AAAA" in text
    assert len(text) < 5000


def test_no_sentence_is_wider_than_the_terminal() -> None:
    """Neither with words of one letter, which fill each line to its last column."""
    answer = Answer(403, "SignatureDoesNotMatch", "a " * 150)
    for columns in (80, 81):
        lines = diagnosis_lines(examine(asked(REQUEST, answer)), Style(columns=columns))
        assert max(map(len, lines)) <= columns
