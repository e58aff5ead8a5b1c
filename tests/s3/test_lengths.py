"""Lengths of errors that answers to HEAD leave out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.lengths import FRAME, WITHOUT_STANDALONE, fits
from inspector.s3.sentences import BY_NAME, SENTENCES, error_body, error_length

FIXED = [one for one in SENTENCES if one.status and one.code and "{" not in one.text]

# Status and Content-Length of public traces, and the sentence that each had or must have had.
TRACES = [
    (400, 188, "not-in-signature", {"not-in-signature.header": ["x-amz-content-sha256"]}),  # cloudyr/aws.s3#404
    (400, 198, "unsupported-header", {"unsupported-header.header": ["x-amz-checksum-mode"]}),  # minio/mc#5072
    (400, 200, "unsupported-header", {"header": ["x-amz-checksum-sha256"]}),  # iterate-ch/cyberduck#16107
    (403, 180, "unauthenticated", {}),  # kahing/goofys#739
]


@pytest.mark.parametrize(("status", "length", "name", "known"), TRACES)
def test_published_lengths_are_read(status: int, length: int, name: str, known: dict[str, list[str]]) -> None:
    """Each names one sentence."""
    assert [fit.sentence.name for fit in fits(status, length, known)] == [name]


@pytest.mark.parametrize("sentence", FIXED, ids=lambda one: one.name)
def test_every_sentence_is_found_by_its_length(sentence: object) -> None:
    """With the arithmetic that the body bears out, and with the shorter prologue where nothing else fits."""
    row = next(one for one in FIXED if one is sentence)
    assert row.status is not None
    assert row.code is not None
    length = error_length(row.code, row.text)
    found = {fit.sentence.name: fit for fit in fits(row.status, length, {})}
    assert found[row.name].arithmetic.startswith(f"{length} = {FRAME} + ")
    shorter = {fit.sentence.name: fit for fit in fits(row.status, length - WITHOUT_STANDALONE, {})}
    assert row.name in shorter or not any(fit.short for fit in shorter.values())


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_what_stands_in_a_sentence_counts_in_bytes_of_xml(bucket: str) -> None:
    """An ampersand takes five."""
    sentence = BY_NAME["bucket-not-authorized"]
    assert sentence.status is not None
    length = len(error_body(sentence.code or "", sentence.text.format(bucket=bucket)))
    assert [fit.parts for fit in fits(sentence.status, length, {"bucket": [bucket]}) if fit.sentence is sentence] == [
        {"bucket": bucket}
    ]


@pytest.mark.parametrize(("status", "length"), [(403, 0), (403, 10**6), (200, 139), (404, 139), (401, 170)])
def test_other_lengths_say_nothing(status: int, length: int) -> None:
    """Nor does one whose sentence has a hole that nothing is known for."""
    assert list(fits(status, length, {})) == []
