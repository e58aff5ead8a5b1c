"""The recording that ships with the project opens anywhere, says what the README shows, and holds no secret."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.demo.calls import KEY_ID, SECRET
from inspector.errors import ExitCode
from inspector.store.reader import Recording

TREE = Path(__file__).parents[2]
SAMPLE = TREE / "recordings" / "sample.db"
EXAMPLES = re.findall(
    r"^\s*(?:\$ )?b2-inspector (.* -r recordings/sample\.db.*)$", (TREE / "README.md").read_text(), re.M
)


def test_it_is_one_small_plain_file() -> None:
    """No WAL, so that it opens where nobody may write."""
    with sqlite3.connect(f"file:{SAMPLE}?mode=ro", uri=True) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()

    assert SAMPLE.stat().st_size <= 300 * 1024
    assert [path.name for path in SAMPLE.parent.glob("sample.db*")] == ["sample.db"]


def test_it_opens_in_a_directory_that_one_may_not_write(tmp_path: Path) -> None:
    """And leaves nothing beside itself."""
    copy = shutil.copy(SAMPLE, tmp_path)
    tmp_path.chmod(0o500)
    try:
        with Recording(Path(copy)) as opened:
            assert opened.count() == sum(session.exchanges for session in opened.sessions()) > 0
        assert [path.name for path in tmp_path.iterdir()] == ["sample.db"]
    finally:
        tmp_path.chmod(0o700)


def test_it_holds_calls_of_real_clients() -> None:
    """Each with its session, on B2's host name; good calls and each kind of failure that the demo shows."""
    with Recording(SAMPLE) as opened:
        rows = list(opened.exchanges())
        sessions = {session.name for session in opened.sessions()}

    clients = {(row.client or "curl").split()[0].split("/")[0] for row in rows}
    assert sessions >= {"boto3", "rclone"}
    assert {name.lower() for name in clients} >= {"boto3", "rclone"}
    assert {row.host for row in rows} == {"s3.us-west-004.backblazeb2.com"}
    assert {row.key_id for row in rows} == {KEY_ID}
    assert {"SignatureDoesNotMatch", "NoSuchKey", "MissingContentLength"} <= {row.error_code for row in rows}
    assert {"sigv4-header", "sigv4-query"} <= {row.auth for row in rows}
    assert {"PutObject", "UploadPart", "CompleteMultipartUpload", "ListObjectsV2"} <= {row.operation for row in rows}
    assert not [row for row in rows if row.operation is None]


def everything_said(opened: Recording) -> Iterator[bytes]:
    """Every session, head and stored body."""
    yield from (repr(session).encode() for session in opened.sessions())
    for row in opened.exchanges():
        stored = opened.exchange(row.id)
        assert stored is not None
        yield repr(stored).encode()
        yield from (opened.body(body).read() for body in (stored.request_body, stored.response_body))


def test_it_says_nothing_of_the_machine_that_made_it() -> None:
    """Nor the secret, in any session, body or head."""
    with Recording(SAMPLE) as opened:
        said = list(everything_said(opened))

    assert len(said) > 60
    for words in (SECRET, f"{Path.home()}/", "/home/", "/tmp/"):
        assert not [text for text in said if words.encode() in text]


def run_verb(*words: str) -> subprocess.CompletedProcess[str]:
    """A verb as a user calls it, at the top of the checkout."""
    command = [sys.executable, "-m", "inspector", *words]
    return subprocess.run(command, cwd=TREE, capture_output=True, text=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("verb", ["ls", "stats", "sessions", "ls --json", "show 1", "info"])
def test_every_reading_verb_reads_it(verb: str) -> None:
    """Without writing to it."""
    before = SAMPLE.read_bytes()
    done = run_verb(*verb.split(), "-r", str(SAMPLE))

    assert done.returncode == ExitCode.OK, done.stderr
    assert done.stdout
    assert SAMPLE.read_bytes() == before


@pytest.mark.skipif(not EXAMPLES, reason="the README shows none")
def test_the_examples_of_the_readme_work() -> None:
    """Each line that names the sample runs and prints something."""
    for example in EXAMPLES:
        done = run_verb(*shlex.split(example, comments=True))
        assert done.returncode == ExitCode.OK, f"{example}\n{done.stderr}"
        assert done.stdout, example
