"""`record --mode endpoint` as a person uses it: what is printed is enough for a client, and no secret is said."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from conftest import B2_HOST, KEYS

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer

REAL = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
CLIENT = {"B2_INSPECTOR_CLIENT_KEY_ID": "test", "B2_INSPECTOR_CLIENT_SECRET": "opens/nothing"}
UPSTREAM = ("--mode", "endpoint", "--upstream", f"https://{B2_HOST}")


def environment(**more: str) -> dict[str, str]:
    """Without AWS files and keys of whoever runs the tests."""
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_APPLICATION"))}
    return kept | nowhere | more


def b2_inspector(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inspector", *words],
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@contextmanager
def recording(*words: str, **environ: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """A recorder; what it printed for a client as variables, and (at the end) what it said."""
    said: list[str] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "inspector", "record", *words],
        env=environment(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        printed: dict[str, str] = {}
        while "# AWS_ENDPOINT_URL_S3" not in printed:
            name, equals, value = process.stdout.readline().rstrip("\n").partition("=")
            assert equals, process.stderr.read()
            printed[name] = value
        yield printed, said
    finally:
        process.send_signal(signal.SIGINT)
        said.append(process.communicate(timeout=60)[1])


@pytest.mark.slow
def test_dummy_credentials(tmp_path: Path, rclone: RcloneServer, certificates: Certificates) -> None:
    """A test suite that holds no real key talks to a server that knows only that."""
    (tmp_path / "rclone" / "photos").mkdir()
    path = str(tmp_path / "r.db")
    route = ("--connect-to", f"{B2_HOST}:443:127.0.0.1:{rclone.port}", "--upstream-ca", str(certificates.authority))
    with recording(*UPSTREAM, "-r", path, *route, **REAL, **CLIENT) as (printed, said):
        for url in (printed["AWS_ENDPOINT_URL_S3"], printed["# AWS_ENDPOINT_URL_S3"]):
            client = boto3.client(
                "s3",
                endpoint_url=url,
                verify=printed["AWS_CA_BUNDLE"],
                region_name="us-west-004",
                aws_access_key_id="test",
                aws_secret_access_key="opens/nothing",
                config=Config(request_checksum_calculation="when_required", retries={"total_max_attempts": 1}),
            )
            client.put_object(Bucket="photos", Key="a", Body=b"hello")
    assert KEYS[1] not in said[0]
    assert "opens/nothing" not in said[0]
    assert "clients sign with: B2_INSPECTOR_CLIENT_SECRET" in said[0]

    listed = b2_inspector("ls", "-r", path, "--json")
    assert [json.loads(line)["status"] for line in listed.stdout.splitlines()] == [200, 200]

    shown = json.loads(b2_inspector("show", "1", "-r", path, "--json").stdout)
    assert shown["key_id"] == "test"
    assert shown["forwarded"]["host"] == B2_HOST
    assert shown["forwarded"]["chunk_signatures"] is None
    assert f"signed again and sent on to https://{B2_HOST}:443" in b2_inspector("show", "1", "-r", path).stdout
    head = b2_inspector("show", "1", "-r", path, "--part", "forwarded-head").stdout
    assert head.startswith("PUT /photos/a HTTP/1.1")
    assert KEYS[0] in head
    assert b2_inspector("show", "1", "-r", path, "--part", "forwarded-body").stdout == "hello"

    told = json.loads(b2_inspector("explain", "1", "-r", path, "--json", **CLIENT).stdout)
    assert told["signature"]["verdict"] == "verified"
    assert b2_inspector("prune", "--keep", "0s", "-r", path).returncode == 0
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT (SELECT count(*) FROM exchange), count(*) FROM forwarded").fetchone() == (0, 0)


WRONG: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("--mode", "endpoint"), REAL, "--upstream https://s3.REGION.backblazeb2.com"),
    (("--mode", "endpoint", "--upstream", "nonsense"), REAL, "is no URL"),
    (("--upstream", f"https://{B2_HOST}"), REAL, "add --mode endpoint"),
    (("--client-profile", "x"), REAL, "add --mode endpoint"),
    (UPSTREAM, {}, "there is no key to sign with"),
    (UPSTREAM, CLIENT, "there is no key to sign with"),
    ((*UPSTREAM, "--client-profile", "nobody"), REAL, "profile 'nobody' has no key"),
    (UPSTREAM, {**REAL, "B2_INSPECTOR_CLIENT_KEY_ID": "test"}, "belong together"),
    ((*UPSTREAM, "--listen", "0.0.0.0:0"), REAL, "--allow-remote"),
]


@pytest.mark.parametrize(("words", "environ", "said"), WRONG)
def test_what_cannot_be_is_refused(words: tuple[str, ...], environ: dict[str, str], said: str) -> None:
    """Before anything starts, with the next step."""
    done = b2_inspector("record", *words, **environ)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert KEYS[1] not in done.stderr
