"""`export`: complete, without credentials, all or nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.leaks.find import finds

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"


def export(*words: str, cwd: Path, recording: Path = SAMPLE, **environ: str) -> subprocess.CompletedProcess[str]:
    """`b2-inspector export` in a directory of its own."""
    command = [sys.executable, "-m", "inspector", "export", "-r", str(recording), *words]
    env = os.environ | environ
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=env)


@pytest.mark.parametrize("form", ["curl", "har", "jsonl", "boto3", "aws-cli", "vcr", "mitm", "wiremock"])
def test_every_call_is_there_and_no_credential(form: str, tmp_path: Path) -> None:
    """All of the sample, in each format."""
    done = export("--as", form, "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out").read_bytes()
    assert list(finds(text)) == []
    counts = {
        "curl": text.count(b"curl --path-as-is"),
        "har": text.count(b'"startedDateTime"'),
        "jsonl": text.count(b'"uid"'),
        "vcr": text.count(b"\n- request:"),
        "mitm": text.count(b"9:websocket;"),
        "wiremock": text.count(b'"insertionIndex"'),
        "aws-cli": text.count(b"aws s3api") + text.count(b"has no command"),
        "boto3": text.count(b"\n# ") - text.count(b"without an argument") - text.count(b"has no method"),
    }
    assert counts[form] == 35
    if form == "boto3":
        compile(text, "out", "exec")
    for stored in tmp_path.rglob("*.body"):
        assert stored.stat().st_size > 0


def test_a_body_that_no_text_holds_goes_into_a_file(tmp_path: Path) -> None:
    """Beside the output, byte for byte."""
    done = export("8", "--as", "curl", "-o", "part.sh", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "part-bodies/8.body" in (tmp_path / "part.sh").read_text()
    shown = subprocess.run(
        [sys.executable, "-m", "inspector", "show", "8", "--part", "request-payload", "-r", str(SAMPLE)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert (tmp_path / "part-bodies" / "8.body").read_bytes() == shown.stdout


def test_what_looks_like_a_credential_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A key that somebody wrote into a header of his own."""
    recording = tmp_path / "r.db"
    shutil.copy(SAMPLE, recording)
    with sqlite3.connect(recording) as conn:
        conn.execute(
            "UPDATE exchange SET target = CAST('/photos/K004abcDEF0123456789+/abcDEF012' AS BLOB) WHERE id = 3"
        )
    conn.close()
    done = export("--as", "jsonl", "-o", "out.jsonl", cwd=tmp_path, recording=recording)
    assert done.returncode == 1
    assert "looks like a credential (application key)" in done.stderr
    assert "abcDEF0123" not in done.stderr
    assert sorted(path.name for path in tmp_path.glob("out*")) == []


def test_a_secret_at_hand_is_never_written(tmp_path: Path) -> None:
    """Whatever it looks like: here the name of a bucket is taken for one."""
    done = export("--as", "jsonl", cwd=tmp_path, AWS_SECRET_ACCESS_KEY="holiday-photos")
    assert done.returncode == 1
    assert "a secret at hand" in done.stderr


def test_json_lines_go_through_a_pipe(tmp_path: Path) -> None:
    """One object a line, with heads and bodies."""
    done = export("is:error", "--as", "jsonl", cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows
    assert all(row["status"] >= 400 and row["request_headers"] for row in rows)


def test_nothing_matched_and_what_is_no_format(tmp_path: Path) -> None:
    """Exit 3 and 2."""
    assert export("op:Nothing", "--as", "curl", cwd=tmp_path).returncode == 3
    assert export("--as", "pdf", cwd=tmp_path).returncode == 2


def test_what_a_format_cannot_hold_is_told(tmp_path: Path) -> None:
    """By the calls that lose it."""
    recording = record(tmp_path / "r.db", [call(), call(status=None, headers=((b"X-A", b"1"), (b"x-a", b"2")))])
    done = export("--as", "vcr", "-o", "a.yaml", cwd=tmp_path, recording=recording)
    assert done.returncode == 0
    assert "the format cannot hold calls without an answer: #2" in done.stderr
    assert "the format cannot hold request header lines after the first of their name: #2" in done.stderr


def test_a_credential_in_base64_is_refused_too(tmp_path: Path) -> None:
    """In whatever an export wraps it: here a body that is no text."""
    body = b"\0" + b"K004abcDEF0123456789+/abcDEF012"
    recording = record(tmp_path / "r.db", [call(request_body=body)])
    for form in ("har", "vcr", "mitm", "wiremock", "jsonl", "curl"):
        done = export("--as", form, "-o", "out", cwd=tmp_path, recording=recording)
        assert done.returncode == 1, form
        assert "application key" in done.stderr
        assert not list(tmp_path.rglob("out*"))
