"""The name that a server goes by."""

from __future__ import annotations

import pytest

from inspector.wire.exchange import Request
from inspector.wire.host import host_name

LINES = [
    (b"Example.COM", "example.com"),
    (b"example.com:443", "example.com"),
    (b"example.com:", "example.com"),
    (b" example.com ", "example.com"),
    (b"example.com.:80", "example.com"),
    (b"[::1]:9000", "::1"),
    (b"[::1]", "::1"),
    (b"::1", "::1"),
    (b"127.0.0.1:80", "127.0.0.1"),
    (b"a:b", "a:b"),
    (b"\xff", "\ufffd"),
]


@pytest.mark.parametrize(("line", "name"), LINES)
def test_port_case_brackets_and_final_dot_are_no_part_of_the_name(line: bytes, name: str) -> None:
    assert host_name(Request(b"GET", "https", "h", 1, b"/", ((b"host", line),))) == name
