"""rclone's own `b2` remote, which speaks the first version of the native API: recorded, and replayed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("b2sdk")

from support.native_server import KEYS, names, native_server
from support.shell_session import under_a_verb

from inspector.demo.certificates import make_certificates
from inspector.demo.server import find_rclone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_rclone() is None, reason="there is no rclone"),
    pytest.mark.skipif(sys.platform != "linux", reason="Go asks the system's store elsewhere; the session is for sh"),
]

SESSION = """
set -e
rclone() { "$RCLONE" --retries 1 --low-level-retries 1 --b2-chunk-size 5M --b2-upload-cutoff 5M "$@"; }
mkdir -p tree/x
printf 1 > tree/x/1.txt
printf 22 > 'tree/a b+c~.txt'
head -c 12000000 /dev/zero > large
rclone mkdir "n:$BUCKET"
rclone copy tree "n:$BUCKET"
rclone check --quiet tree "n:$BUCKET"
rclone copyto large "n:$BUCKET/large"
rclone copyto "n:$BUCKET/large" back
cmp large back
rclone copyto "n:$BUCKET/x/1.txt" "n:$BUCKET/copied"
rclone lsf -R "n:$BUCKET"
rclone cat --offset 1 --count 1 "n:$BUCKET/a b+c~.txt"
rclone deletefile "n:$BUCKET/copied"
rclone --b2-hard-delete purge "n:$BUCKET"
"""


def session(directory: Path, *words: str, bucket: str, keys: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """The session under a verb."""
    remote = {"TYPE": "b2", "ACCOUNT": keys[0], "KEY": keys[1]}
    mine = {f"RCLONE_CONFIG_N_{name}": value for name, value in remote.items()}
    mine |= {"RCLONE_CONFIG": os.devnull, "RCLONE": find_rclone() or "", "BUCKET": bucket}
    return under_a_verb(directory, *words, environ=mine)


def test_recorded_and_replayed(tmp_path: Path) -> None:
    """With another key and another bucket; no file is what it was when it was checked out again."""
    (tmp_path / "session.sh").write_text(SESSION)
    certificates = make_certificates(tmp_path, names())
    with native_server(certificates, named=True) as b2:
        options = ["--as", "rclone", *b2.connect_to, "--upstream-ca", str(certificates.authority)]
        live = session(tmp_path, "run", "-r", "calls.db", *options, bucket="tour-3fa9c2d1e0", keys=KEYS)
        secrets = {one.encode() for one in b2.secrets}
    assert live.returncode == 0, live.stderr
    assert sorted(live.stdout.split("\n")) == ["2", "a b+c~.txt", "copied", "large", "x/", "x/1.txt"]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("calls.db*"))
    assert not [secret for secret in secrets if secret in kept]

    other = ("004ffffffffffff0000000007", "K004another")
    replayed = session(tmp_path, "replay", "--as", "rclone", "-r", "calls.db", bucket="tour-77d0e4b2aa", keys=other)
    assert replayed.returncode == 0, replayed.stderr
    assert sorted(replayed.stdout.split("\n")) == sorted(live.stdout.split("\n"))
    assert "missed 0" in replayed.stderr
