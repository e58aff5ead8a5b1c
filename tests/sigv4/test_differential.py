"""Whatever real clients sign, as it was recorded on the wire, verifies: all of it, and nobody is accused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import KEYS
from support import http2
from support.genuine import AWKWARD, CLIENTS, ENDPOINT, OBJECTS, REGION, Play, recorder
from support.recorded import HOST, Stage, recording_stage

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.diagnose.finding import Certainty
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.view.examination import Examiner

pytestmark = pytest.mark.slow

KEY = Key(KEYS[0], KEYS[1].encode())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def strict(home: Path, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A recorder before a server that checks every signature."""
    directory = tmp_path_factory.mktemp("rclone")
    for bucket in ("photos-boto3", "photos-rclone"):
        (directory / bucket).mkdir()
    server = RcloneServer(directory, KEYS, certificates)
    with server, recorder(server.url, certificates, home, tmp_path_factory.mktemp("strict")) as stage:
        yield stage


@pytest.fixture(scope="module")
def lenient(
    home: Path, moto: str, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A recorder before a server that takes every key, and checks no signature."""
    with recorder(moto, certificates, home, tmp_path_factory.mktemp("lenient")) as stage:
        yield stage


def judge(stage: Stage, play: Play, *, at_least: int) -> set[int | None]:
    """Every call since the last time verifies, body and all, and nobody is accused of anything; gives the statuses."""
    calls = play.calls()
    assert len(calls) >= at_least
    with Recording(stage.recording) as recording:
        examiner = Examiner(recording, lambda _: [KEY])
        for call in calls:
            found = examiner.recorded(call.row.id)
            assert found is not None
            told = f"{call.row.method} {call.row.path} {call.row.status}: {found.verification} {found.findings}"
            assert found.verification.verdict == "verified", told
            assert found.verification.body != "mismatch", told
            accused = [one for one in found.findings if one.certainty > Certainty.HINT]
            assert not accused or (call.row.status or 0) >= 400, told
            assert not [one for one in accused if one.certainty is Certainty.PROVED], told
    return {call.row.status for call in calls}


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_strict_server_takes_verifies(client: str, strict: Stage, home: Path, tmp_path: Path) -> None:
    """And what it refuses, it refuses for other reasons than the signature."""
    play = Play(strict, KEYS, home, tmp_path)
    CLIENTS[client](play)
    assert 403 not in judge(strict, play, at_least=3)


@pytest.mark.parametrize("client", ["boto3", "minio-py", "obstore", "AWS SDK for JavaScript"])
def test_awkward_keys_verify(client: str, lenient: Stage, home: Path, tmp_path: Path) -> None:
    """Slashes and dots that are names like any other."""
    play = Play(lenient, KEYS, home, tmp_path, AWKWARD)
    CLIENTS[client](play)
    judge(lenient, play, at_least=8)


def test_http2_verifies(home: Path, certificates: Certificates, tmp_path: Path) -> None:
    """Signed by botocore and sent over HTTP/2, where no Host line is, and names are in lower case."""
    asked = []
    for key in (*OBJECTS, *AWKWARD):
        request = AWSRequest("GET", f"{ENDPOINT}/photos/{quote(key, safe='/~')}", {"x-amz-meta-a": "b   c"})
        S3SigV4Auth(Credentials(*KEYS), "s3", REGION).add_auth(request)
        head = [(":method", "GET"), (":scheme", "https"), (":authority", HOST)]
        lines = [*head, (":path", str(request.url).removeprefix(ENDPOINT)), *request.headers.items()]
        asked.append([(name.lower().encode(), value.encode()) for name, value in lines])
    with recording_stage(tmp_path, certificates, home=home) as stage:
        stage.secure.offer("h2")
        stage.play(http2.serve)
        with stage.connect(HOST, 443, "h2") as client:
            answers = http2.ask(client.socket, *asked)
        assert [answer.body for answer in answers] == [b"ok"] * len(asked)
        assert judge(stage, Play(stage, KEYS, home, tmp_path), at_least=len(asked)) == {200}
        with Recording(stage.recording) as recording:
            assert {row.http_version for row in recording.exchanges()} == {"HTTP/2.0"}
