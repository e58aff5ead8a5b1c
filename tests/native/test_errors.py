"""B2's errors in JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.native.body import LONGEST
from inspector.native.errors import NativeError, read_error

STATED = [
    (
        b'{"status": 400, "code": "bad_request", "message": "no"}',
        NativeError("bad_request", "no", 400),
    ),
    (b'{\n  "code": "internal_error",\n  "message": "",\n  "status": 500\n}', NativeError("internal_error", "", 500)),
    (b'\xef\xbb\xbf{"code": "a"}', NativeError("a", "")),
    (b' {"code": "a", "message": 1, "status": "500"}', NativeError("a", "")),
    (b'{"code": "a", "message": "\\ud800x"}', NativeError("a", "\ufffdx")),
    (b'{"code": "a", "message": "\\ud801\\udc00"}', NativeError("a", "\U00010400")),
]


@pytest.mark.parametrize(("body", "error"), STATED)
def test_code_message_and_status_are_read(body: bytes, error: NativeError) -> None:
    assert read_error(body) == error


NO_ERROR = [
    b"",
    b"{",
    b"[]",
    b'"code"',
    b"{}",
    b'{"code": null}',
    b'{"code": 7}',
    b'{"code": ""}',
    b'{"message": "m"}',
    b'{"code": "a", "status": ' + b"9" * 5000 + b"}",
    b'{"code": ' + b"[" * 50_000,
    b'{"code": "a", "message": "' + b"m" * LONGEST + b'"}',
    b'{"code": "\xff"}',
    b"<Error><Code>A</Code></Error>",
    b"Bad Gateway",
]


@pytest.mark.parametrize("body", NO_ERROR)
def test_nothing_else_is_taken_for_an_error(body: bytes) -> None:
    assert read_error(body) is None


@given(st.one_of(st.binary(), st.binary().map(lambda tail: b'{"code":' + tail)))
def test_any_bytes_can_be_asked(body: bytes) -> None:
    error = read_error(body)
    assert error is None or (error.code + error.message).encode()
