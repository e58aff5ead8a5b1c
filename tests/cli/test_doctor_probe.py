"""`doctor --probe` against servers on this machine: asked, answered, written, cleaned up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import B2_HOST, KEYS
from support.scripted import Peer, ScriptedServer

from inspector.capture.authority import ensure_authority
from inspector.capture.local import LocalOptions, LocalServer
from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.doctor.probe.ask import Ask, Bench, built
from inspector.doctor.probe.table import PROBES, sent_at_most
from inspector.sigv4.key import Key

COMMAND = [sys.executable, "-m", "inspector", "doctor", "--probe", "photos"]
URL = f"https://{B2_HOST}"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Keys that the servers know."""
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1], "B2_INSPECTOR_HOME": str(home)}
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_"))}
    return bare | keys | more


def probe(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`doctor --probe photos` with these words."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def routed(port: int, authority: Path) -> list[str]:
    """The words that lead B2's name to a server on this machine."""
    return ["--connect-to", f"{B2_HOST}:443:127.0.0.1:{port}", "--upstream-ca", str(authority), "--endpoint-url", URL]


def answers(path: Path) -> dict[str, dict[str, Any]]:
    """What was written, by name."""
    return {one["name"]: one for one in json.loads(path.read_text())["answers"]}


def files(directory: Path) -> list[str]:
    """What lies in a bucket of rclone's."""
    return [str(path) for path in (directory / "photos").rglob("*") if path.is_file()]


@pytest.fixture
def bucket(rclone: RcloneServer, tmp_path: Path) -> Path:
    """rclone's directory, with a bucket in which something lies already."""
    directory = tmp_path / "rclone"
    (directory / "photos").mkdir()
    (directory / "photos" / "mine.txt").write_text("stays")
    return directory


@pytest.mark.slow
def test_a_strict_server_is_found_to_be_what_it_is(
    rclone: RcloneServer, bucket: Path, certificates: Certificates, home: Path, tmp_path: Path
) -> None:
    """Its rules, its deviations, its sentences; and nothing but what was there is left."""
    output = tmp_path / "facts.json"
    words = routed(rclone.port, certificates.authority)
    done = probe(home, "--yes", "--output", str(output), "--json", *words)
    assert done.returncode == 0, done.stderr
    found = answers(output)
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == list(found)
    assert {probe.name for probe in PROBES} < set(found)
    expected = {
        "plus-in-query": "space",  # gofakes3 reads it by Go's url.Query
        "escaped-slash-in-path": "slash",
        "plus-in-path": "plus",
        "spaces-in-header": "collapsed",
        "repeated-header": "joined",
        "clock-limit": "14m-behind, 14m-ahead",
        "wrong-content-md5": "none",
        "wrong-signature": "SignatureDoesNotMatch",
        "unknown-key": "InvalidAccessKeyId",
        "order-signature-bucket": "SignatureDoesNotMatch",
        "no-such-key": "NoSuchKey",
        "upload": "sent",
    }
    assert {name: found[name]["answer"] for name in expected} == expected
    assert "plus+name" in found["stored-names"]["answer"].split()
    assert files(bucket) == [str(bucket / "photos" / "mine.txt")]
    text = output.read_text()
    assert json.loads(text)["service"] == "other"  # under B2's name, and not at B2's address
    assert not any(secret in text + done.stdout + done.stderr for secret in (KEYS[1], KEYS[1][4:]))
    assert KEYS[0] not in text
    assert "photos" not in text
    assert not (home / "probed.json").exists()


@pytest.mark.slow
def test_the_local_stand_in_is_probed_and_left_clean(home: Path, tmp_path: Path) -> None:
    """Versions and markers are removed, too; B2's own sentences come back word for word."""
    home.mkdir(mode=0o700)
    output = tmp_path / "facts.json"
    with LocalServer(LocalOptions(keys=[KEYS]), home, os.environ) as server:
        authority = ensure_authority(home).certificate
        make_bucket(server.port, authority)
        done = probe(home, "--yes", "--output", str(output), *routed(server.port, authority))
        left = listing(server.port, authority)
    assert done.returncode == 0, done.stderr
    found = answers(output)
    assert found["wrong-signature"]["words"] == "403 SignatureDoesNotMatch: Signature validation failed"
    assert found["content-sha256-not-signed"]["answer"] == "none"
    assert found["head-no-such-key"]["seen"][0]["content_length"] == 137
    assert "two//slashes" in found["stored-names"]["answer"].split()
    assert b"b2-inspector-probe" not in left
    assert "nothing left" in done.stderr


def make_bucket(port: int, authority: Path) -> None:
    """PUT /photos."""
    assert asked(port, authority, Ask(b"PUT")).status == 200


def listing(port: int, authority: Path) -> bytes:
    """Every version in the bucket."""
    return asked(port, authority, Ask(query=b"versions")).body


def asked(port: int, authority: Path, ask: Ask) -> Any:
    """One request of our own, signed by the rule."""
    import asyncio
    import ssl
    from types import SimpleNamespace

    from inspector.sending.address import Address
    from inspector.sending.line import head_of
    from inspector.sending.once import send

    bench = Bench(B2_HOST, "https", 443, "photos", "x/", "us-west-004", Key(KEYS[0], KEYS[1].encode()))
    ready = built(ask, bench, time.time())
    context = ssl.create_default_context(cafile=authority)
    address = Address(B2_HOST, 443, context, ("127.0.0.1", port))
    answer = asyncio.run(send(address, head_of(ready.request), ready.body))
    return SimpleNamespace(status=answer.response.status, body=answer.body)


@pytest.mark.slow
def test_a_server_that_checks_nothing_is_found_out(moto_plain: str, home: Path, tmp_path: Path) -> None:
    """moto takes every signature; over http, which B2 does not speak."""
    import boto3

    credentials = {"aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1], "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=moto_plain, **credentials)
    client.create_bucket(Bucket="photos")
    output = tmp_path / "facts.json"
    done = probe(home, "--yes", "--output", str(output), AWS_ENDPOINT_URL=moto_plain)
    assert done.returncode == 0, done.stderr
    assert answers(output)["wrong-signature"]["answer"] == "taken"
    assert answers(output)["alpn"]["answer"] == "none"
    assert not client.list_objects_v2(Bucket="photos").get("Contents")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_probing_cleans_up(
    rclone: RcloneServer, bucket: Path, certificates: Certificates, home: Path, tmp_path: Path, number: int
) -> None:
    """In the middle of its uploads; no answers are written, and the exit code says why."""
    output = tmp_path / "facts.json"
    words = [*COMMAND, "--yes", "--output", str(output), *routed(rclone.port, certificates.authority)]
    process = subprocess.Popen(
        words, env=environment(home), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "signed-chunks [right] 200" in line:
            break
    assert any("b2-inspector-probe" in name for name in files(bucket))
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(60) == 130
    process.stderr.close()
    assert "nothing left" in said
    assert files(bucket) == [str(bucket / "photos" / "mine.txt")]
    assert not output.exists()


@pytest.mark.slow
def test_what_cannot_be_removed_is_named(scripted: Callable[..., ScriptedServer], home: Path, tmp_path: Path) -> None:
    """A key that may not delete: the exit code is 1, and the service's reason is told."""

    def script(peer: Peer) -> None:
        seen = peer.request()
        head = seen.head if seen else b""
        if head.startswith(b"DELETE"):
            status, body = b"403 ", b"<Error><Code>AccessDenied</Code><Message>not entitled</Message></Error>"
        elif b"versions" in head.split(b"\r\n")[0]:
            prefix = head.partition(b"prefix=")[2].partition(b"&")[0].replace(b"%2F", b"/")
            version = b"<Version><Key>%bobject</Key><VersionId>4_z</VersionId></Version>" % prefix
            status, body = b"200 ", b"<ListVersionsResult>%b</ListVersionsResult>" % version
        else:
            status, body = b"200 ", b"<ListBucketResult></ListBucketResult>"
        peer.send(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status, len(body), body))

    server = scripted(script)
    done = probe(home, "--yes", "--output", str(tmp_path / "f"), "--endpoint-url", f"http://127.0.0.1:{server.port}")
    assert done.returncode == 1
    assert "not all could be removed" in done.stderr
    assert "not entitled" in done.stderr


@pytest.mark.slow
def test_a_bucket_that_does_not_answer_is_not_probed(
    rclone: RcloneServer, bucket: Path, certificates: Certificates, home: Path
) -> None:
    """With a wrong secret no answer would mean anything."""
    words = routed(rclone.port, certificates.authority)
    done = probe(home, "--yes", *words, AWS_SECRET_ACCESS_KEY="another")
    assert done.returncode == 1
    assert "a plain listing of the bucket fails: 403 SignatureDoesNotMatch" in done.stderr


def test_a_dry_run_shows_every_request_and_sends_none(home: Path) -> None:
    """Neither keys nor a network are needed, and no signature is shown."""
    done = probe(home, "--dry-run", "--json", AWS_ENDPOINT_URL=URL, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == sent_at_most()
    assert all(set(line) == {"probe", "question", "variant", "request", "means"} for line in lines)
    assert "Signature" not in done.stdout
    plain = probe(home, "--dry-run", AWS_ENDPOINT_URL=URL)
    assert "plus-in-query: How is a `+` in a query signed?" in plain.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing is sent without consent"),
        (["--yes", "--endpoint-url", "ftp://x"], "is no URL of an endpoint"),
        (["--yes", "--connect-to", "nonsense"], "cannot read --connect-to"),
        (["--yes", "--probe", "a/b"], "is no name of a bucket"),
        (["--yes", "--profile", "none"], "profile 'none' has no"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(home: Path, words: list[str], said: str) -> None:
    """A usage error; the endpoint would not even have an address."""
    done = probe(home, "--endpoint-url", "https://nowhere.invalid", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_options_of_the_probing_need_it(home: Path) -> None:
    """`doctor --dry-run` is a mistake."""
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "doctor", "--dry-run"],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--dry-run belongs to --probe" in done.stderr
