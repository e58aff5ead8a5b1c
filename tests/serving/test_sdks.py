"""Recorded once with boto3, answered to every SDK, as a proxy and as an endpoint, with the origin gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import KEYS
from support.calls import HOST
from support.genuine import NODE_MODULES
from support.playing import authority
from support.same_program import BOTO3, PROGRAMS

from inspector.capture.clients import named
from inspector.capture.environment import BYPASSES, PROXY_VARIABLES, child_environment
from inspector.capture.roots import CA_VARIABLES
from inspector.capture.trust import trust_files
from inspector.cli.library import Library
from inspector.cli.serve import command
from inspector.replay.play.player import Player
from inspector.replay.recorded import RecordedCassette
from inspector.serving.server import ReplayServer

pytestmark = pytest.mark.slow

SETTINGS = {
    "ENDPOINT": f"https://{HOST}",
    "AWS_DEFAULT_REGION": "us-west-004",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
OTHER = {"AWS_ACCESS_KEY_ID": "other", "AWS_SECRET_ACCESS_KEY": "another", "AWS_DEFAULT_REGION": "eu-central-003"}


def b2_inspector(directory: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command line, in a directory of its own."""
    return subprocess.run(
        [sys.executable, "-m", "inspector", *words],
        env=os.environ | SETTINGS | {"B2_INSPECTOR_HOME": str(directory / "home")} | environ,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as boto3 made it, recorded by `run` before a stand-in for B2 that ends with it."""
    directory = tmp_path_factory.mktemp("recorded")
    path = directory / "calls.db"
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    options = ["run", "--local", "--keep-body", "all", "-r", str(path)]
    done = b2_inspector(directory, *options, "--", sys.executable, "-c", BOTO3, **keys)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def told() -> list[str]:
    """What the server says."""
    return []


@pytest.fixture
def server(recording: Path, told: list[str]) -> Iterator[ReplayServer]:
    """A server that answers from it, anew for each program."""
    cassette = RecordedCassette(recording)
    with ReplayServer(Player(cassette), authority(), told.append) as running:
        yield running
    cassette.close()


def play(server: ReplayServer, client: str, directory: Path, environ: dict[str, str]) -> None:
    """Run a client's program; fails where it does."""
    _, argv = PROGRAMS[client]
    done = subprocess.run(
        argv(directory),
        env={"PYTHONPATH": os.pathsep.join(sys.path), "NODE_PATH": os.environ.get(NODE_MODULES, "")} | environ,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"


def plain() -> dict[str, str]:
    """An environment without proxies and trust of its own."""
    return {n: v for n, v in os.environ.items() if n not in (*CA_VARIABLES, *PROXY_VARIABLES, *BYPASSES)}


@pytest.mark.parametrize("client", PROGRAMS)
def test_through_the_proxy(server: ReplayServer, told: list[str], tmp_path: Path, client: str) -> None:
    """The real host names, another SDK, other credentials: every call is answered, and rightly."""
    trust = trust_files(server.authority, tmp_path, {})
    environ = child_environment(named(PROGRAMS[client][0]), plain(), server.url, trust, "").applied(plain())
    path = os.pathsep.join(filter(None, (environ.get("PYTHONPATH"), *sys.path)))
    play(server, client, tmp_path, environ | SETTINGS | OTHER | {"PYTHONPATH": path})
    assert (server.tally.misses, told) == (0, [])
    assert server.tally.calls >= 85


@pytest.mark.parametrize(
    ("client", "scheme"),
    [
        ("boto3", "http"),
        ("boto3", "https"),
        ("minio-py", "http"),
        ("obstore", "https"),
        ("AWS SDK for JavaScript", "http"),
        ("rclone", "http"),
    ],
)
def test_at_the_endpoint(server: ReplayServer, told: list[str], tmp_path: Path, client: str, scheme: str) -> None:
    """The same where a client is pointed at the server. Over plain http SDKs send other requests than were recorded."""
    bundle = str(trust_files(server.authority, tmp_path, {}).bundle)
    trusting = dict.fromkeys(("AWS_CA_BUNDLE", "SSL_CERT_FILE"), bundle)
    place = {"ENDPOINT": server.url.replace("http://", f"{scheme}://")}
    play(server, client, tmp_path, plain() | SETTINGS | OTHER | trusting | place)
    assert (server.tally.misses, told) == (0, [])
    assert server.tally.calls >= 85


def replayed(recording: Path, directory: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`replay -- CMD` with boto3's program."""
    command = ["replay", "-r", str(recording), *words, "--", sys.executable, "-c", BOTO3]
    return b2_inspector(directory, *command, **(OTHER | environ))


def test_replay_a_command(recording: Path, tmp_path: Path) -> None:
    """Its settings are made; it ends as when it was recorded, in the other style of addressing; all calls are used."""
    done = replayed(recording, tmp_path, STYLE="virtual")
    assert done.returncode == 0, done.stderr
    assert "missed 0, unused 0" in done.stderr
    assert "UploadPart" in done.stderr


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("op:GetObject key:large truncate:1000 times:1", "IncompleteRead"),
        ("op:ListObjectsV2 expired-token", "ExpiredToken"),
        ("op:GetObject wrong-checksum", "checksum"),
    ],
)
def test_trouble_that_a_real_sdk_cannot_mend(recording: Path, tmp_path: Path, rule: str, said: str) -> None:
    """It is told by boto3, or seen by the program."""
    done = replayed(recording, tmp_path, "--fault", rule)
    assert f"--fault {rule} ×" in done.stderr
    assert done.returncode == 1
    assert said.lower() in done.stderr.lower()


def test_trouble_that_a_real_sdk_mends(recording: Path, tmp_path: Path) -> None:
    """What boto3 tries again ends well: SlowDown, a reset on a part, an error under 200."""
    rules = (
        "op:PutObject status:503 times:2",
        "op:UploadPart part:2 reset times:1",
        "op:CompleteMultipartUpload error-in-200 times:1",
    )
    done = replayed(recording, tmp_path, *(word for rule in rules for word in ("--fault", rule)))
    assert done.returncode == 0, done.stderr
    assert [rule for rule in rules if f"--fault {rule} ×" not in done.stderr] == []


def python(code: str) -> Sequence[str]:
    return ["--", sys.executable, "-c", code]


GET_UNKNOWN = """
import boto3, os
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"])
try:
    s3.get_object(Bucket="photos", Key="never asked for")
except Exception as error:
    print(error.response["Error"]["Code"], error.response["ResponseMetadata"]["RetryAttempts"])
"""


def test_exit_codes(recording: Path, tmp_path: Path) -> None:
    """The child's own code wins, 128 + n for a signal; else a miss gives 4; boto3 does not try a miss again."""
    base = ["replay", "-r", str(recording)]
    missed = b2_inspector(tmp_path, *base, *python(GET_UNKNOWN), **OTHER)
    assert missed.stdout == "RecordingMiss 0\n"
    assert missed.returncode == 4
    assert "MISS GetObject photos/never asked for" in missed.stderr
    assert "missed 1" in missed.stderr
    failing = b2_inspector(tmp_path, *base, *python(GET_UNKNOWN + "\nraise SystemExit(7)"), **OTHER)
    assert failing.returncode == 7
    killed = b2_inspector(tmp_path, *base, *python("import os; os.kill(os.getpid(), 15)"))
    assert killed.returncode == 143


def test_what_is_not_played(recording: Path, tmp_path: Path) -> None:
    """No command after the dashes, one that is not there, a recording without calls, a fault that cannot be read."""
    assert b2_inspector(tmp_path, "replay", "--").returncode == 2
    assert b2_inspector(tmp_path, "replay", "-r", str(recording), "--", "no-such-command").returncode == 2
    nothing = b2_inspector(tmp_path, "replay", "-r", str(recording), "bucket:none", *python("pass"))
    assert nothing.returncode == 3
    assert b2_inspector(tmp_path, "replay", "--fault", "op:x", *python("pass")).returncode == 2
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    silent = b2_inspector(tmp_path, "replay", "-r", str(recording), *python("pass"), **nobody)
    assert silent.returncode == 0
    assert "No call came to the server" in silent.stderr
    assert "Any will do for a replay" in silent.stderr
    assert "b2-inspector replay --as PROGRAM" in silent.stderr


def test_serve_until_ctrl_c(recording: Path, tmp_path: Path) -> None:
    """It says in a line where it is, refuses what is signed with another secret, and ends with a summary and 4."""
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    command = ["serve", "-r", str(recording), "--json", "--verify-signatures"]
    started = subprocess.Popen(
        [sys.executable, "-m", "inspector", *command],
        env=os.environ | SETTINGS | keys,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout is not None
        greeting = json.loads(started.stdout.readline())
        place = {"ENDPOINT": greeting["url"]}
        for secret, answer in ((KEYS[1], "NoSuchKey"), ("wrong", "SignatureDoesNotMatch")):
            code = GET_UNKNOWN.replace("never asked for", "missing")
            signing = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": secret}
            client = [sys.executable, "-c", code]
            environ = plain() | SETTINGS | signing | place
            done = subprocess.run(client, env=environ, capture_output=True, text=True, timeout=60, check=True)
            assert done.stdout.split()[0] == answer
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=20)
    finally:
        started.kill()
        started.wait()
    assert started.returncode == 4, err
    summary = json.loads(out)
    assert summary["missed"] == {"GetObject": 1}
    assert "Signature validation failed" in err


SUITE = """
const {S3Client, GetObjectCommand, PutObjectCommand} = require("@aws-sdk/client-s3");
const assert = require("assert"), server = process.env.SERVER;
const admin = (what, id = "") =>
  fetch(`${server}/_b2-inspector/${what}`, {method: "POST", headers: {"x-recording-id": id}}).then((r) => r.json());
const made = (endpoint) => new S3Client({endpoint, region: "us-west-004", forcePathStyle: true,
  credentials: {accessKeyId: "any", secretAccessKey: "any"}});
async function test(client, id) {
  for (const Body of ["one", "two"]) {
    await client.send(new PutObjectCommand({Bucket: "photos", Key: "a b+c.txt", Body}));
    const answer = await client.send(new GetObjectCommand({Bucket: "photos", Key: "a b+c.txt"}));
    assert.equal(await answer.Body.transformToString(), Body);
  }
  const over = await admin("stop", id);
  assert.deepEqual([over.replayed, over.missed_calls], [{PutObject: 2, GetObject: 2}, []]);
}
async function byPort() {
  const session = await admin("start");
  await test(made(session.url), session.id);
}
async function byHeader() {
  const session = await admin("start"), client = made(server);
  client.middlewareStack.add((next) => (args) => {
    args.request.headers["x-recording-id"] = session.id;
    return next(args);
  }, {step: "build"});
  await test(client, session.id);
}
Promise.all([byPort(), byHeader(), byPort(), byHeader()]).catch((error) => { console.error(error); process.exit(1); });
"""


def test_sessions_of_a_suite_in_javascript(recording: Path, tmp_path: Path) -> None:
    """Four tests at the same time, each with a state of its own, known by its port or by a header."""
    argv = [PROGRAMS["AWS SDK for JavaScript"][1](tmp_path)[0], "-e", SUITE]
    library = Library(command.make_context("serve", ["-r", str(recording)]).params)
    cassette = RecordedCassette(recording)
    with ReplayServer(Player(cassette), authority(), lambda _: None, library=library) as server:
        environ = plain() | {"NODE_PATH": os.environ[NODE_MODULES], "SERVER": server.url}
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        ended = server.sessions.ended
        assert (ended["sessions"], ended["replayed"], ended["missed"]) == (4, 16, 0)
    cassette.close()
