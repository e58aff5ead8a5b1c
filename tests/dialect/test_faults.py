"""Trouble comes when it was asked for, to whom it was asked for, as often as it was asked for."""

from __future__ import annotations

import pytest

from inspector.dialect.faults import read_fault
from inspector.errors import UsageError
from inspector.facts import Facts

PUT = Facts(operation="PutObject", bucket="photos", key=b"2024/a.jpg")
GET = Facts(operation="GetObject", bucket="photos", key=b"2024/a.jpg")


def test_every_third_call_and_no_other() -> None:
    """`every` counts the calls that match, not all."""
    fault = read_fault("op:PutObject status:503 every:3")
    struck = []
    for _ in range(6):
        assert not fault.strikes(GET)
        struck.append(fault.strikes(PUT))
    assert struck == [False, False, True, False, False, True]


def test_after_so_many_and_so_often() -> None:
    """`after` lets the first pass, `times` ends it."""
    fault = read_fault("reset after:1 times:2")
    assert [fault.strikes(PUT) for _ in range(5)] == [False, True, True, False, False]
    assert fault.refusal is None


@pytest.mark.parametrize(
    ("spec", "status", "code", "wording"),
    [
        ("cap:download", 403, "AccessDenied", "quoted"),
        ("no-tomes", 503, "ServiceUnavailable", "verbatim"),
        ("status:500", 500, "InternalError", "verbatim"),
        ("status:503", 503, "SlowDown", "asked"),
        ("status:404", 404, "NoSuchKey", "asked"),
        ("status:412", 412, "PreconditionFailed", "asked"),
        ("status:429 retry-after:5", 429, "TooManyRequests", "asked"),
        ("status:418 code:Teapot 'message:short and stout'", 418, "Teapot", "asked"),
    ],
)
def test_answers_are_b2s_where_its_words_are_known(spec: str, status: int, code: str, wording: str) -> None:
    """And say that they were asked for where they are not."""
    refusal = read_fault(spec).refusal
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.wording) == (status, code, wording)


def test_keys_and_buckets_are_globs() -> None:
    """As in a shell."""
    assert read_fault("bucket:pho* key:2024/* reset").strikes(PUT)
    assert not read_fault("bucket:pho* key:2023/* reset").strikes(PUT)


@pytest.mark.parametrize("spec", ["", "op:PutObject", "status:x", "colour:red status:503", "'", "status:503 every:-1"])
def test_what_cannot_be_read_says_how_to_write_it(spec: str) -> None:
    """A usage error with the vocabulary in its hint."""
    with pytest.raises(UsageError) as caught:
        read_fault(spec)
    assert "every:N" in caught.value.hint
