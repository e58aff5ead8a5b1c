"""A file is known by its first bytes; what is not understood is named, with the next step."""

from __future__ import annotations

import pytest

from inspector.errors import ExitCode, UsageError
from inspector.formats.detect import UNDERSTOOD, detect


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"1234:9:websocket;0:~", "mitmproxy flows"),
        (b'{"log": {"version"', "HAR"),
        (b'\xef\xbb\xbf\r\n  {\n"log"', "HAR"),
        (b"GET / HTTP/1.1\r\nHost: h", "raw HTTP"),
        (b"\r\n\nPUT http://h/a b HTTP/1.1\nHost: h", "raw HTTP"),
        (b"M-SEARCH * HTTP/1.1", "raw HTTP"),
        (b"GET / HTTP/2\r\n", "raw HTTP"),
    ],
)
def test_a_format_is_known_by_its_content(head: bytes, name: str) -> None:
    """A file's name says nothing."""
    assert detect(head).name == name


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"PK\x03\x04abc", "ZIP archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"SQLite format 3\x00", "SQLite database"),
        (b"\xd4\xc3\xb2\xa1", "packet capture"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b"HTTP/1.1 200 OK\r\n", "without its request"),
        (b"GET https://h/", "no known format"),
        (b"\x00\x01\x02", "no known format"),
    ],
)
def test_what_is_not_understood_is_named(head: bytes, words: str) -> None:
    """With what would be understood."""
    with pytest.raises(UsageError, match=words) as caught:
        detect(head)

    assert UNDERSTOOD in caught.value.hint
    assert caught.value.exit_code == ExitCode.USAGE
