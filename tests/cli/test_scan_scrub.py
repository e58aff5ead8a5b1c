"""`scan` and `scrub` as a user calls them: exit codes, places, and nothing of a secret on any stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.leaky import APPLICATION_KEY, KNOWN, SECRETS, SESSION_TOKEN, leaky_recording

from inspector.errors import ExitCode

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"
CASSETTE = f"""\
interactions:
- request:
    headers:
      X-Amz-Security-Token:
      - {SESSION_TOKEN.decode()}
    uri: https://s3.us-west-004.backblazeb2.com/photos/a?X-Amz-Signature={"0f" * 32}
"""


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that leaks."""
    return leaky_recording(tmp_path_factory.mktemp("leaky") / "calls.db")


def verb(*words: object, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """A verb, with no secret at hand but those in `environ`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_"))}
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    command = [sys.executable, "-m", "inspector", *map(str, words)]
    env = plain | nowhere | environ
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env, input=given)


def test_a_leak_ends_with_4_and_is_told_by_its_place(leaky: Path) -> None:
    """In words and in JSON, without the secret."""
    done = verb("scan", leaky)
    assert done.returncode == ExitCode.DIFFERS
    assert "#5 request header cookie, byte " in done.stdout
    assert "#5 request body, byte 0: application key in base64, in compressed" in done.stdout
    rows = [json.loads(line) for line in verb("scan", "--json", "-r", leaky).stdout.splitlines()]
    assert {"file", "exchange", "where", "offset", "what", "level", "wrapped"} == set(rows[0])
    assert len(rows) == len(done.stdout.splitlines())
    for secret in SECRETS:
        assert secret.decode() not in done.stdout + done.stderr + json.dumps(rows)


def test_a_secret_at_hand_is_looked_for(leaky: Path) -> None:
    """From the environment and from standard input."""
    for done in (
        verb("scan", leaky, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY=KNOWN.decode()),
        verb("scan", leaky, "--secret-stdin", given=KNOWN.decode()),
    ):
        assert done.returncode == ExitCode.DIFFERS
        assert "#6 request header x-note, byte 6: a secret at hand" in done.stdout
        assert "#7 request target, byte 0: a secret at hand in URL" in done.stdout
        assert KNOWN.decode() not in done.stdout + done.stderr


def test_nothing_found_ends_with_0() -> None:
    """The sample."""
    done = verb("scan", SAMPLE)
    assert (done.returncode, done.stdout) == (ExitCode.OK, "")
    assert "nothing found" in done.stderr
    assert verb("scan", "--signatures", SAMPLE).returncode == ExitCode.DIFFERS


def test_files_are_told_by_their_lines(tmp_path: Path) -> None:
    """Those in directories too; in files signatures count."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yaml").write_text(CASSETTE)
    (tmp_path / "clean.txt").write_text("nothing")
    done = verb("scan", tmp_path)
    assert done.returncode == ExitCode.DIFFERS
    told = done.stdout.splitlines()
    assert [line.partition("a.yaml: ")[2].partition(",")[0] for line in told] == ["line 5", "line 6"]
    assert verb("scan", "--no-signatures", tmp_path).stdout.count("\n") == 1
    assert verb("scan", tmp_path / "clean.txt").returncode == ExitCode.OK
    assert verb("scan", tmp_path / "none").returncode == ExitCode.USAGE


def test_a_copy_passes(leaky: Path, tmp_path: Path) -> None:
    """The original is as before."""
    before = leaky.read_bytes()
    out = tmp_path / "copy.db"
    done = verb("scrub", leaky, "-o", out, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY=KNOWN.decode())
    assert done.returncode == ExitCode.OK, done.stderr
    assert verb("scan", "--signatures", out, "--secret-stdin", given=KNOWN.decode()).returncode == ExitCode.OK
    assert leaky.read_bytes() == before
    again = verb("scrub", leaky, "-o", out)
    assert again.returncode == ExitCode.USAGE
    assert "is there already" in again.stderr


def test_a_file_is_scrubbed_in_place(tmp_path: Path) -> None:
    """Once; then there is nothing to do. Other bytes stay."""
    file = tmp_path / "a.yaml"
    file.write_text(CASSETTE)
    file.chmod(0o640)
    done = verb("scrub", "--in-place", file)
    assert done.returncode == ExitCode.DIFFERS, done.stderr
    clean = file.read_text()
    assert SESSION_TOKEN.decode() not in clean
    assert clean.splitlines()[:4] == CASSETTE.splitlines()[:4]
    assert clean.count("\n") == CASSETTE.count("\n")
    assert verb("scan", file).returncode == ExitCode.OK
    assert verb("scrub", "--in-place", file).returncode == ExitCode.OK
    assert file.read_text() == clean
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_key_from_a_file_gives_everybody_the_same_pseudonyms(tmp_path: Path) -> None:
    """Whoever runs it, wherever."""
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "a.txt").write_bytes(b"key " + APPLICATION_KEY)
    texts = []
    for number in (1, 2):
        out = tmp_path / f"out{number}"
        words = ("scrub", tmp_path / "a.txt", "-o", out, "--key-file", tmp_path / "key")
        assert verb(*words, B2_INSPECTOR_HOME=str(tmp_path / f"home{number}")).returncode == ExitCode.OK
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]
    (tmp_path / "key").write_bytes(b"short")
    assert verb("scrub", tmp_path / "a.txt", "-o", tmp_path / "x", "--key-file", tmp_path / "key").returncode == 2


@pytest.mark.parametrize("words", [[SAMPLE], [SAMPLE, "-o", "x", "--in-place"], ["none.db", "-o", "x"]])
def test_where_the_copy_goes_has_to_be_said(words: list[object]) -> None:
    """Nothing is overwritten by accident."""
    assert verb("scrub", *words).returncode in (ExitCode.USAGE, ExitCode.FAILED)
