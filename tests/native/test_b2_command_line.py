"""The real `b2` command line, where it is installed: recorded, and replayed with another key and another bucket.

It is not among the tests' own packages: it pins another version of tabulate than sqlite-utils does. `pip install b2`
into an environment of its own, with that on the PATH.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("b2sdk")

from support.native_server import KEYS, names, native_server
from support.shell_session import under_a_verb

from inspector.demo.certificates import make_certificates

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("b2") is None, reason="there is no b2 command line on the PATH"),
    pytest.mark.skipif(sys.platform == "win32", reason="the session is a script for sh"),
]

SESSION = """
set -e
b2 bucket create "$BUCKET" allPrivate > made
printf hello > hello.txt
b2 file upload --no-progress "$BUCKET" hello.txt 'a b/hello.txt' > up
head -c 250000 /dev/zero > large
b2 file upload --no-progress --threads 4 "$BUCKET" large large > up
b2 ls --recursive "b2://$BUCKET"
b2 file download --no-progress "b2://$BUCKET/large" back > down
cmp large back
b2 rm --no-progress --recursive --versions "b2://$BUCKET" > gone
b2 file info "b2://$BUCKET/none" 2>&1 || true
b2 bucket delete "$BUCKET"
"""


def session(directory: Path, *words: str, bucket: str, keys: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """The session under a verb, with an account of its own."""
    mine = {"B2_APPLICATION_KEY_ID": keys[0], "B2_APPLICATION_KEY": keys[1], "BUCKET": bucket}
    return under_a_verb(directory, *words, environ=mine | {"B2_ACCOUNT_INFO": str(directory / f"{bucket}.db")})


def test_recorded_and_replayed(tmp_path: Path) -> None:
    """The same words, all calls from the recording; the key is not in it."""
    (tmp_path / "session.sh").write_text(SESSION)
    certificates = make_certificates(tmp_path, names())
    with native_server(certificates, named=True) as b2:
        options = [*b2.connect_to, "--upstream-ca", str(certificates.authority)]
        live = session(tmp_path, "run", "-r", "calls.db", *options, bucket="tour-3fa9c2d1e0", keys=KEYS)
        asked = len(b2.asked)
        secrets = {one.encode() for one in b2.secrets}
    assert live.returncode == 0, live.stderr
    assert live.stdout.splitlines() == ["a b/hello.txt", "large", "ERROR: File not present: none"]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("calls.db*"))
    assert not [secret for secret in secrets if secret in kept]

    other = ("004ffffffffffff0000000007", "K004another")
    replayed = session(tmp_path, "replay", "-r", "calls.db", bucket="tour-77d0e4b2aa", keys=other)
    assert (replayed.stdout, replayed.returncode) == (live.stdout, 0), replayed.stderr
    assert f"replayed {asked}, missed 0, unused 0" in replayed.stderr
