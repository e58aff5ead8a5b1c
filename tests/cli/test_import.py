"""`import`: what others captured becomes rows like any other, once, and without its secrets."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mitmproxy.http import Headers, HTTPFlow
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from inspector.cli.import_ import LOSSES, command
from inspector.errors import ExitCode, RecordingError
from inspector.formats import captured
from inspector.store.reader import Recording

HAR_ENTRY = {
    "startedDateTime": "2026-03-01T10:00:00Z",
    "time": 5,
    "request": {
        "method": "PUT",
        "url": "https://s3.us-west-004.backblazeb2.com/photos/2026/cat.jpg",
        "httpVersion": "h2",
        "headers": [
            {"name": "x-amz-security-token", "value": "hunter2-the-token"},
            {"name": "user-agent", "value": "aws-sdk-js/3.1169.0"},
        ],
        "bodySize": 3000,
    },
    "response": {
        "status": 403,
        "httpVersion": "h2",
        "headers": [
            {"name": "content-type", "value": "application/xml"},
            {"name": "content-encoding", "value": "gzip"},
        ],
        "content": {
            "size": 70,
            "mimeType": "application/xml",
            "text": "<Error><Code>AccessDenied</Code><Message>not entitled</Message></Error>",
        },
    },
    "timings": {"send": 1, "wait": 2, "receive": 2},
}


def har_file(path: Path, *entries: object) -> Path:
    """A HAR with these entries."""
    path.write_text(json.dumps({"log": {"creator": {"name": "WebInspector"}, "entries": entries}}))
    return path


def a_flow() -> HTTPFlow:
    """A PUT to B2, as mitmproxy kept it."""
    flow = tflow.tflow(resp=True)
    flow.request.data.method = b"PUT"
    flow.request.data.scheme = b"https"
    flow.request.data.host, flow.request.data.port = "s3.us-west-004.backblazeb2.com", 443
    flow.request.data.path = b"/photos/a%2Fb?x-id=PutObject"
    flow.request.data.headers = Headers(((b"Host", b"s3.us-west-004.backblazeb2.com"),))
    return flow


def mitm_file(path: Path, count: int, also: bytes = b"") -> Path:
    """A flow file with so many flows, and whatever follows them."""
    with path.open("wb") as out:
        for _ in range(count):
            FlowWriter(out).add(a_flow())
        out.write(also)
    return path


def bring_in(recording: Path, *words: object) -> int:
    """The verb as `main` calls it; gives the exit code."""
    code = command.main(["-r", str(recording), *map(str, words)], standalone_mode=False)
    assert isinstance(code, int)
    return code


def rows(recording: Path, where: str = "") -> list[Any]:
    """The rows of a recording, the oldest first."""
    with Recording(recording) as opened:
        return list(opened.exchanges(where) if where else opened.exchanges())


def count_rows(recording: Path) -> int:
    """How many rows a recording that may be in the making has."""
    try:
        return len(rows(recording))
    except RecordingError:
        return 0


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Where a recording will be."""
    return tmp_path / "calls.db"


def test_a_flow_file_becomes_rows_like_any_other(recording: Path, tmp_path: Path) -> None:
    """With facts, in a session of its own that bears the file's name."""
    assert bring_in(recording, mitm_file(tmp_path / "a.mitm", 2)) == ExitCode.OK

    found = rows(recording)
    with Recording(recording) as opened:
        (session,) = opened.sessions()
    assert [(row.operation, row.bucket, row.key, row.fidelity, row.status) for row in found] == [
        ("PutObject", "photos", "a/b", "wire", 200)
    ] * 2
    assert (session.kind, session.program) == ("import", "a.mitm")
    assert session.ended_at is not None


def test_a_har_says_what_it_lost(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, and in each exchange it happened to."""
    assert bring_in(recording, har_file(tmp_path / "a.har", HAR_ENTRY), "--name", "browser") == ExitCode.OK

    (row,) = rows(recording)
    assert (row.operation, row.error_code, row.fidelity) == ("PutObject", "AccessDenied", "rebuilt")
    assert json.loads(row.alterations) == ["request-body-missing", "response-body-decoded"]
    assert row.truncated is not None
    err = capsys.readouterr().err
    assert "a.har (HAR): 1 call → session 1" in err
    assert "the body of 1 call is not in the file" in err


def test_the_same_file_twice_brings_nothing_new(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time says so, and leaves no empty session."""
    file = har_file(tmp_path / "a.har", HAR_ENTRY, HAR_ENTRY)
    bring_in(recording, file)
    capsys.readouterr()

    assert bring_in(recording, file) == ExitCode.OK
    assert "0 calls, 2 already there" in capsys.readouterr().err
    assert len(rows(recording)) == 2
    with Recording(recording) as opened:
        assert len(opened.sessions()) == 1


def test_secrets_are_replaced_as_in_a_live_recording(recording: Path, tmp_path: Path) -> None:
    """Not one byte of a token reaches the file."""
    bring_in(recording, har_file(tmp_path / "a.har", HAR_ENTRY))

    for file in recording.parent.glob("calls.db*"):
        assert b"hunter2" not in file.read_bytes()


def test_what_stands_before_a_break_is_kept(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The break is said, with exit code 1; other files are read all the same."""
    broken = mitm_file(tmp_path / "broken.mitm", 2, b"999:oops")
    good = har_file(tmp_path / "good.har", HAR_ENTRY)

    assert bring_in(recording, broken, good) == ExitCode.FAILED
    err = capsys.readouterr().err
    assert "breaks off after 2 flows" in err
    assert "not read to its end" in err
    assert [row.fidelity for row in rows(recording)] == ["wire", "wire", "rebuilt"]


def test_a_file_that_is_not_understood_is_a_usage_error(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what would be understood; so is one that is not there, or a directory."""
    unknown = tmp_path / "x.bin"
    unknown.write_bytes(b"\x00\x01\x02")

    for file in (unknown, tmp_path / "missing.har", tmp_path):
        assert bring_in(recording, file) == ExitCode.USAGE
        assert str(file) in capsys.readouterr().err


def test_json_is_one_object_a_file(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What became of it, in numbers."""
    cached = {**HAR_ENTRY, "_fromCache": "disk"}
    bring_in(recording, har_file(tmp_path / "a.har", HAR_ENTRY, cached), mitm_file(tmp_path / "b.mitm", 1), "--json")

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "file": str(tmp_path / "a.har"),
        "format": "HAR",
        "session": 1,
        "imported": 1,
        "already_there": 0,
        "problems": 0,
        "passed": {"answer from the browser's cache": 1},
        "lost": {"request-body-missing": 1, "response-body-decoded": 1},
        "complete": True,
    }
    assert (second["format"], second["session"]) == ("mitmproxy flows", 2)


def test_every_loss_has_its_words() -> None:
    """What a reader can mark, the verb can say."""
    sides = ("request", "response")
    patterns = (captured.BODY_MISSING, captured.BODY_DECODED, captured.BODY_REBUILT, captured.BODY_LOSSY)
    named = {pattern.format(side=side) for pattern in (*patterns, captured.TRAILERS_LOST) for side in sides}
    never = {"request-body-decoded", "response-body-rebuilt"}

    assert set(LOSSES) == named - never | {captured.MESSAGES_LOST}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_keeps_what_was_read(recording: Path) -> None:
    """Through a pipe that never ends: three flows come, then Ctrl-C."""
    flows = io.BytesIO()
    for _ in range(3):
        FlowWriter(flows).add(a_flow())
    process = subprocess.Popen(
        [sys.executable, "-m", "inspector", "import", "-", "-r", str(recording)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(flows.getvalue() + b"1000:")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while count_rows(recording) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert b"3 calls" in err
    assert [row.operation for row in rows(recording)] == ["PutObject"] * 3
