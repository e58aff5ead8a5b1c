"""What is offered while a filter is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import call, record

from inspector.store.filters.completion import Place, fields, fixed_values, place
from inspector.store.filters.fields import FIELDS
from inspector.store.reader import Recording

PLACES = [  # the cursor is the bar
    ("|", Place(0, None, "")),
    ("sta|", Place(0, None, "sta")),
    ("status:403 o|p:x", Place(11, None, "o")),
    ("status:4|", Place(7, "status", "4")),
    ("-op:Put|", Place(4, "op", "Put")),
    ("(a OR !error_code:|", Place(18, "code", "")),
    ("header[etag]:a|", Place(13, "header", "a")),
    ("key~^a|", Place(4, "key", "^a")),
    ("nonsense:a|", Place(0, None, "nonsense:a")),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_the_word_before_the_cursor_is_completed(text: str, expected: Place) -> None:
    """A field first, then a value of it."""
    cursor = text.index("|")

    assert expected == place(text.replace("|", ""), cursor)


def test_fields_are_offered_by_their_beginning() -> None:
    """In the order of the table."""
    assert [each for each in fields("sta") if each != "started_at:"] == ["status:", "state:"]
    assert len(FIELDS) == len(fields(""))
    assert fixed_values("is", "err") == ["error"]


def test_values_are_those_that_occur(tmp_path: Path) -> None:
    """Whatever they hold, written into a filter they find their call."""
    keys = (b"2024/a b.jpg", b"2024/*", b"2024/(1)", b"plain", b'quo"te', b"back\\slash")
    calls = [call(facts={"key": key, "client": f"boto3 1.{number}"}) for number, key in enumerate(keys)]
    calls.append(call(method=b"DELETE", facts={"operation": "DeleteObject", "key": b"plain", "bucket": "other"}))
    with Recording(record(tmp_path / "r.db", calls)) as opened:
        assert opened.values("op") == ["DeleteObject", "PutObject"]
        assert opened.values("op", "put") == ["PutObject"]
        assert opened.values("method") == ["DELETE", "PUT"]
        assert opened.values("status", "4x") == ["4xx"]
        assert opened.values("body", "x") == []
        assert len(opened.values("key", "2024/")) == 3
        found = {value: set(opened.ids(f"key:{value}")) for value in opened.values("key")}

    assert [{1}, {2}, {3}, {4, 7}, {5}, {6}] == sorted(found.values(), key=min)
    assert {'"2024/a b.jpg"', "2024/\\*", '"2024/(1)"'} <= set(found)
