"""Cutting a HAR into entries: the same values as `json`, in the memory of one, with places for errors."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import FormatError
from inspector.formats import entries
from inspector.formats.entries import EntryReader

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('"\\{}[]', max_size=8)
VALUES = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=4)
OTHERS = st.dictionaries(TEXT.filter(lambda key: key != "entries"), VALUES, max_size=3)


def cut(text: bytes) -> tuple[list[Any], EntryReader]:
    """The entries of a file, and the reader at its end."""
    reader = EntryReader(io.BytesIO(text))
    return list(reader), reader


@given(ENTRIES, OTHERS, OTHERS, st.booleans(), st.sampled_from([None, 1]), st.integers(1, 40))
def test_entries_and_envelope_are_what_json_reads(
    found: list[Any], before: dict[str, Any], after: dict[str, Any], ascii_only: bool, indent: int | None, chunk: int
) -> None:
    """Wherever the chunks end, in strings, escapes or UTF-8 sequences."""
    log = {**before, "entries": found, **{f"z{key}": value for key, value in after.items()}}
    text = json.dumps({"log": log}, ensure_ascii=ascii_only, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "CHUNK_BYTES", chunk)
        read, reader = cut(text)

    assert read == found
    assert reader.log() == {**log, "entries": []}


def test_a_lone_surrogate_survives() -> None:
    """mitmproxy's hardump writes bytes that are no text so."""
    read, _ = cut(rb'{"log":{"entries":[{"a":"\udcff"}]}}')

    assert read == [{"a": "\udcff"}]


def test_a_byte_order_mark_is_passed_over() -> None:
    """Fiddler writes one."""
    read, reader = cut(b'\xef\xbb\xbf{"log":{"creator":{"name":"Fiddler"},"entries":[{}]}}')

    assert read == [{}]
    assert reader.creator() == "Fiddler"


def test_entries_of_something_else_are_not_taken_for_the_log_s() -> None:
    """Only `log.entries` counts, wherever else the word stands."""
    read, _ = cut(
        b'{"x":{"entries":[{"no":1}]},"log":{"pages":[{"entries":[{"no":2}]}],"entries":[{"yes":{"entries":[]}}]}}'
    )

    assert read == [{"yes": {"entries": []}}]


@pytest.mark.parametrize(
    ("text", "before", "message"),
    [
        (b'{"log":{"entries":[{"a":1},{"b":2', 1, "byte 33: the file ends in the middle of entry 2"),
        (b'{"log":{"entries":[{"a":1},{"b":"', 1, "byte 33: the file ends in the middle of entry 2"),
        (b'{"log":{"entries":[{"a":1},{"b":nope}]}}', 1, "byte 32: entry 2 is no JSON: Expecting value"),
        ('{"log":{"entries":[{"é":nope}]}}'.encode(), 0, "byte 25: entry 1 is no JSON: Expecting value"),
        (b'{"log":{"entries":[{"a":1}]}}}', 1, "byte 29: a } closes what was never opened"),
        (b'{"log":{}}', 0, "byte 10: this is JSON without `log.entries`"),
        (b"", 0, "byte 0: this is JSON without `log.entries`"),
    ],
)
def test_a_break_is_said_with_its_place_after_what_stands_before_it(text: bytes, before: int, message: str) -> None:
    """Entries before the break are handed on; the words of the file are not repeated: they may be secret."""
    read: list[Any] = []
    with pytest.raises(FormatError) as caught:
        read.extend(EntryReader(io.BytesIO(text)))

    assert len(read) == before
    assert caught.value.message == message


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    """No other exception gets out."""
    try:
        cut(b'{"log":{"entries":[' + junk)
    except FormatError:
        return
    pytest.fail("a HAR that never ends was taken for whole")
