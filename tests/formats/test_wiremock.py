"""WireMock's stubs are read where they are calls, never beyond their directory; what is written, WireMock serves."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.answering import needs

from inspector.errors import FormatError, UsageError
from inspector.formats.captured import Captured, Passed, pieces
from inspector.formats.detect import detect
from inspector.formats.wiremock import read, read_directory

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"
JAR = "B2_INSPECTOR_TEST_WIREMOCK_JAR"
"""Where WireMock's standalone jar lies (npm's package `wiremock` brings one); tests with it are skipped without."""

STUB = {
    "id": "0b9bfa11-0d1c-4d0a-8a6f-6a3f2f0c2a11",
    "request": {
        "urlPath": "/photos/a%20b",
        "method": "PUT",
        "queryParameters": {"x": {"equalTo": "1 2"}, "y": {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}},
        "headers": {"Host": {"equalTo": "s3.us-west-004.backblazeb2.com"}, "X-Any": {"matches": ".*"}},
        "bodyPatterns": [{"binaryEqualTo": "aGVsbG///g=="}],
    },
    "response": {"status": 200, "body": "ok", "headers": {"Server": ["a", "b"], "ETag": '"x"'}},
    "insertionIndex": 2,
}


def items(value: Any) -> list[Captured | Passed]:
    """What a file with this JSON holds."""
    return list(read(io.BytesIO(json.dumps(value).encode()), 1e9))


def only(value: Any) -> Captured:
    """Its one call."""
    (item,) = items(value)
    assert isinstance(item, Captured), item
    return item


def with_file(directory: Path, name: str) -> Captured:
    """A stub whose answer's body stands in a file of this name."""
    (directory / "mappings").mkdir(exist_ok=True)
    (directory / "__files").mkdir(exist_ok=True)
    stub = {"request": {"method": "GET", "url": "/a"}, "response": {"status": 200, "bodyFileName": name}}
    path = directory / "mappings" / "a.json"
    path.write_text(json.dumps(stub))
    with path.open("rb") as stream:
        (item,) = read(stream, 0.0)
    assert isinstance(item, Captured)
    return item


def test_a_stub_that_asks_for_equal_things_is_a_call() -> None:
    """Method, path, query, headers, body; patterns of headers say nothing."""
    call = only(STUB)
    request = call.exchange.request
    assert (request.method, request.target) == (b"PUT", b"/photos/a%20b?x=1%202&y=a&y=b")
    assert request.headers == ((b"Host", b"s3.us-west-004.backblazeb2.com"),)
    assert call.request_body == b"hello\xff\xfe"
    assert call.exchange.response is not None
    assert call.exchange.response.headers == ((b"Server", b"a"), (b"Server", b"b"), (b"ETag", b'"x"'))
    assert call.exchange.fidelity.value == "rebuilt"


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "GET", "urlPattern": "/a.*"},
        {"method": "ANY", "url": "/a"},
        {"method": "GET", "urlPath": "/a", "queryParameters": {"x": {"matches": "1"}}},
        {"method": "GET"},
        {"url": "/a"},
        {},
    ],
)
def test_a_stub_that_asks_for_a_pattern_is_none(asked: dict[str, Any]) -> None:
    """Nobody knows which request was made."""
    (item,) = items({"mappings": [{"request": asked, "response": {"status": 200}}]})
    assert isinstance(item, Passed)


def test_the_journal_has_whole_calls() -> None:
    """As `/__admin/requests` gives it."""
    event = {
        "request": {
            "url": "/a?b",
            "absoluteUrl": "https://h:8443/a?b",
            "method": "PUT",
            "headers": {"Host": "h:8443", "X": ["1", "2"]},
            "loggedDate": 1_700_000_000_123,
            "bodyAsBase64": "aGk=",
            "body": "hi",
        },
        "response": {"status": 503, "headers": {"A": "1"}, "bodyAsBase64": "/w=="},
    }
    call = only({"requests": [event], "meta": {"total": 1}})
    assert (call.exchange.request.port, call.exchange.request.target) == (8443, b"/a?b")
    assert call.exchange.timing.request_start == 1_700_000_000.123
    assert (call.request_body, call.response_body) == (b"hi", b"\xff")


def test_a_fault_is_a_failure() -> None:
    """No answer came."""
    call = only({"request": {"method": "GET", "url": "/a"}, "response": {"fault": "CONNECTION_RESET_BY_PEER"}})
    assert call.exchange.response is None
    assert call.exchange.failure is not None
    assert call.exchange.failure.kind == "upstream-reset"


def test_a_directory_is_read_in_the_order_of_recording(tmp_path: Path) -> None:
    """With the bodies in `__files`."""
    (tmp_path / "mappings" / "deep").mkdir(parents=True)
    (tmp_path / "__files" / "deep").mkdir(parents=True)
    (tmp_path / "__files" / "deep" / "b.bin").write_bytes(b"\x00\xff")
    second = {
        "request": {"method": "GET", "url": "/2"},
        "response": {"bodyFileName": "deep/b.bin"},
        "insertionIndex": 9,
    }
    (tmp_path / "mappings" / "a.json").write_text(json.dumps(second))
    (tmp_path / "mappings" / "deep" / "z.json").write_text(json.dumps(STUB))
    calls = [item for item in read_directory(tmp_path, 0.0) if isinstance(item, Captured)]
    assert [call.exchange.request.method for call in calls] == [b"PUT", b"GET"]
    assert calls[1].response_body == b"\x00\xff"
    with pytest.raises(UsageError, match="no mappings"):
        list(read_directory(tmp_path / "__files", 0.0))


NAMES = ["../secret", "../../secret", "{root}/secret", "link", "deep/../../secret", "..\\secret", "a\0b", ".", "", "/"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_files(name: str, tmp_path: Path) -> None:
    """Neither dots nor links nor a root: the body is missing, and that is told."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "__files").mkdir()
    if hasattr(os, "symlink"):
        os.symlink(tmp_path / "secret", tmp_path / "__files" / "link")
    call = with_file(tmp_path, name.format(root=tmp_path))
    assert call.response_body == b""
    assert call.exchange.alterations == ("response-body-missing",)
    (tmp_path / "__files" / "fine").write_bytes(b"fine")
    assert with_file(tmp_path, "fine").response_body == b"fine"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"mappings": 1}', "[" * 100_000, '{"a":' * 100_000, "nothing"])
def test_what_is_broken_ends_with_a_word(text: str) -> None:
    """Nesting, too."""
    with pytest.raises(FormatError):
        list(read(io.BytesIO(text.encode()), 0.0))


NO_STUBS = [
    *(1, None, "x", [], {"request": 1}),
    {"request": {"method": "GET", "url": "/"}, "response": {"status": "x"}},
    {"request": {"method": "GET", "url": "//evil"}, "response": {"proxyBaseUrl": "http://x"}},
]


@pytest.mark.parametrize("stub", NO_STUBS)
def test_what_is_no_stub_is_passed_over(stub: Any) -> None:
    """And said."""
    (item,) = items({"mappings": [stub]})
    assert isinstance(item, Passed)


def test_it_is_known_by_its_content() -> None:
    """And no HAR is taken for it."""
    assert detect(json.dumps(STUB).encode()).name == "WireMock mappings"
    assert detect(json.dumps({"mappings": [STUB]}, indent=2).encode()).name == "WireMock mappings"
    assert detect(b'{"log": {"entries": [{"request": {"url": "/"}}]}}').name == "HAR"


# With WireMock itself


@contextmanager
def wiremock(root: Path) -> Iterator[str]:
    """The URL of a WireMock over a directory, which ends with the test."""
    jar = os.environ.get(JAR)
    if not jar:
        pytest.skip(f"{JAR} does not say where WireMock's jar is")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [needs("java"), "-jar", jar, "--port", str(port), "--bind-address", "127.0.0.1", "--root-dir", str(root)]
    process = subprocess.Popen([*command, "--disable-banner"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/__admin/mappings", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_wiremock_serves_what_is_exported(tmp_path: Path) -> None:
    """The sample: binary and XML bodies, statuses, repeated requests in their order."""
    (tmp_path / "mappings").mkdir()
    out = tmp_path / "mappings" / "calls.json"
    command = [sys.executable, "-m", "inspector", "export", "--session", "boto3", "--as", "wiremock"]
    subprocess.run([*command, "-r", str(SAMPLE), "-o", str(out)], check=True, timeout=100)
    with out.open("rb") as stream:
        calls = [item for item in read(stream, 0.0) if isinstance(item, Captured)]
    with wiremock(tmp_path) as url:
        for call in calls:
            request, response = call.exchange.request, call.exchange.response
            if response is None:
                continue
            headers = {name.decode(): value.decode() for name, value in request.headers if name.lower() not in OWN}
            asked = urllib.request.Request(
                url + request.target.decode(),
                method=request.method.decode(),
                headers=headers,
                data=b"".join(pieces(call.request_body)) or None,
            )
            try:
                answer = urllib.request.urlopen(asked, timeout=60)
            except urllib.error.HTTPError as error:
                answer = error
            assert answer.status == response.status, asked.full_url
            assert answer.read() == b"".join(pieces(call.response_body)), asked.full_url
            for name in (b"etag", b"last-modified", b"x-amz-request-id"):
                said = [value.decode() for key, value in response.headers if key.lower() == name]
                assert [answer.headers[name.decode()]] == (said or [None])


OWN = (b"host", b"content-length", b"transfer-encoding", b"connection", b"expect")
