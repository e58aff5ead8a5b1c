"""What a client is told through the recorder is what it is told without it: each of them, by either way in.

A client asks a server directly, then through the proxy, then at an endpoint, with buckets of its own each time; what
it prints has to be the same. And every signature that was recorded holds: the client's, and that of what went on.

A journey takes seconds, and there are many: by default four clients travel to one server each.
`B2_INSPECTOR_TEST_DRIVE=all` sends every client by every way to every server, and `B2_INSPECTOR_TEST_LARGE_MIB=100`
makes the large object as large. Clients that are not installed are skipped by name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import B2_HOST, KEYS
from support import travellers
from support.answering import needs
from support.endpoint import Endpoint, endpoint
from support.genuine import AWKWARD, NODE_MODULES, OBJECTS
from support.moto import moto_server

from inspector.capture.environment import BYPASSES, PROXY_VARIABLES
from inspector.capture.roots import CA_VARIABLES
from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.call import signed_of

pytestmark = pytest.mark.slow

LARGE_MIB = os.environ.get("B2_INSPECTOR_TEST_LARGE_MIB", "6")
EVERYTHING = os.environ.get("B2_INSPECTOR_TEST_DRIVE") == "all"
CLIENT = ("test", "opens/nothing")
TRUST = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "RCLONE_CA_CERT")


@dataclass(frozen=True)
class Server:
    """An S3 server. `name`: rclone or moto."""

    name: str
    url: str
    certificates: Certificates | None

    @property
    def region(self) -> str:
        """moto makes buckets elsewhere only when it is told so in the body."""
        return "us-west-004" if self.name == "rclone" else "us-east-1"

    @property
    def objects(self) -> tuple[str, ...]:
        """Without dot segments: boto3 resolves them on its way to a proxy over plain http, and minio-py takes none."""
        return OBJECTS if self.name == "rclone" else (*OBJECTS, AWKWARD[0])


@dataclass(frozen=True)
class Journey:
    """Where a client goes: to which URL, with which key, trusting whom, by which command in front of its own."""

    server: Server
    url: str
    directory: Path
    bucket: str
    key: tuple[str, str] = KEYS
    authority: str | None = None
    before: tuple[str, ...] = ()

    def run(self, program: str, words: list[str]) -> list[str]:
        """What the client printed, its bucket's name left out."""
        command = [*self.before, *((f"--as={program}", "--") if self.before else ()), *words]
        done = subprocess.run(
            command, env=self._environ(), capture_output=True, text=True, timeout=280, cwd=self.directory, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return [line.replace(self.bucket, "BUCKET") for line in done.stdout.splitlines() if line.startswith("[")]

    def _environ(self) -> dict[str, str]:
        dropped = (*CA_VARIABLES, *PROXY_VARIABLES, *BYPASSES)
        plain = {n: v for n, v in os.environ.items() if n not in dropped and not n.startswith("AWS_")}
        trust = dict.fromkeys(TRUST, self.authority) if self.authority else {}
        settings = {"PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": self.url, "REGION": self.server.region}
        required = "when_required" if self.server.name == "rclone" else "when_supported"
        return {
            **plain,
            **{name: value for name, value in trust.items() if value},
            **{f"RCLONE_S3_{name}": value for name, value in settings.items()},
            "RCLONE_CONFIG": os.devnull,
            "AWS_ACCESS_KEY_ID": self.key[0],
            "AWS_SECRET_ACCESS_KEY": self.key[1],
            "AWS_DEFAULT_REGION": self.server.region,
            "AWS_REGION": self.server.region,
            "AWS_CONFIG_FILE": str(self.directory / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REQUEST_CHECKSUM_CALCULATION": required,
            "CHECKSUMS": required,
            "ENDPOINT": self.url,
            "BUCKET": self.bucket,
            "OBJECTS": json.dumps(self.server.objects),
            "LARGE": LARGE_MIB,
            "NODE_PATH": os.environ.get(NODE_MODULES, ""),
        }


# The clients

Client = Callable[[Journey], list[str]]


def python(journey: Journey, code: str) -> list[str]:
    return journey.run("python", [sys.executable, "-c", travellers.dedented(code)])


def node(journey: Journey) -> list[str]:
    if not os.environ.get(NODE_MODULES):
        pytest.skip(f"{NODE_MODULES} does not say where @aws-sdk/client-s3 is installed")
    return journey.run("node", [needs("node"), "-e", travellers.NODE])


def steps(journey: Journey, program: str, asked: travellers.Steps) -> list[str]:
    """The words of a program that is run anew for each of its calls."""
    (journey.directory / "steps.json").write_text(json.dumps(asked))
    return journey.run(program, [sys.executable, "-c", travellers.dedented(travellers.STEPS), "steps.json"])


def aws(journey: Journey) -> list[str]:
    limits = "max_concurrent_requests = 8\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB"
    (journey.directory / "aws-config").write_text(f"[default]\ns3 =\n  addressing_style = path\n  {limits}\n")
    return steps(journey, "aws", travellers.aws(needs("aws"), journey.url, journey.bucket))


def rclone(journey: Journey) -> list[str]:
    return steps(journey, "rclone", travellers.rclone(needs("rclone"), journey.bucket))


def s3cmd(journey: Journey) -> list[str]:
    scheme, _, place = journey.url.partition("://")
    lines = {
        "access_key": journey.key[0],
        "secret_key": journey.key[1],
        "host_base": place,
        "host_bucket": place,
        "use_https": scheme == "https",
        "bucket_location": journey.server.region,
        "signature_v2": False,
        **({"ca_certs_file": journey.authority} if journey.authority else {}),
    }
    config = journey.directory / "s3cfg"
    config.write_text("[default]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    return steps(journey, "s3cmd", travellers.s3cmd(needs("s3cmd"), str(config), journey.bucket))


def curl(journey: Journey) -> list[str]:
    config = journey.directory / "curlrc"
    config.write_text(f'user = "{journey.key[0]}:{journey.key[1]}"\naws-sigv4 = "aws:amz:{journey.server.region}:s3"\n')
    return steps(journey, "curl", travellers.curl(needs("curl"), str(config), journey.url, journey.bucket))


CLIENTS: dict[str, Client] = {
    "boto3": lambda journey: python(journey, travellers.BOTO3),
    "minio-py": lambda journey: python(journey, travellers.MINIO),
    "AWS SDK for JavaScript": node,
    "aws-cli": aws,
    "rclone": rclone,
    "s3cmd": s3cmd,
    "curl": curl,
}

# The ways


def laid_out(directory: Path) -> Path:
    """A directory with what clients send."""
    directory.mkdir()
    (directory / "small").write_bytes(b"hello")
    (directory / "large").write_bytes(bytes(range(256)) * (int(LARGE_MIB) << 12))
    for name in ("plain.txt", "a b/c d+e~.txt", "caf\u00e9/'()!*.txt"):
        (directory / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / "tree" / name).write_text("hello")
    return directory


def bucket(client: str, way: str) -> str:
    """The name of a bucket of one's own; of the same length for each way."""
    return f"{client.split()[-1].lower()}-{way:-<8}b"


def directly(server: Server, directory: Path, client: str) -> Journey:
    authority = str(server.certificates.authority) if server.certificates else None
    return Journey(server, server.url, laid_out(directory), bucket(client, "direct"), authority=authority)


def by_proxy(server: Server, directory: Path, client: str, recording: Path) -> Journey:
    """`b2-inspector run`, under B2's name: programs in Go take no proxy to loopback."""
    scheme, _, place = server.url.partition("://")
    port = 443 if scheme == "https" else 80
    before = [
        sys.executable,
        "-m",
        "inspector",
        "run",
        "-r",
        str(recording),
        "--connect-to",
        f"{B2_HOST}:{port}:{place}",
    ]
    trust = ["--upstream-ca", str(server.certificates.authority)] if server.certificates else []
    return Journey(
        server, f"{scheme}://{B2_HOST}", laid_out(directory), bucket(client, "proxy"), before=(*before, *trust)
    )


@contextmanager
def at_endpoint(
    server: Server, directory: Path, client: str, home: Path, scheme: str
) -> Iterator[tuple[Journey, Endpoint]]:
    """`record --mode endpoint`, with a key that opens nothing."""
    laid_out(directory)
    authority = server.certificates.authority if server.certificates else None
    with endpoint(directory, home, server.url, KEYS, [CLIENT], upstream_ca=authority) as running:
        url = getattr(running, scheme)
        trust = running.authority if scheme == "https" else None
        yield Journey(server, url, directory, bucket(client, scheme), CLIENT, trust), running


# What was recorded


def verdicts(opened: Recording, stored: Stored, client: Key, real: Key) -> tuple[str, str]:
    """Of what came, and of what went on."""
    forwarded = opened.forwarded(stored.row.id)
    came = verify(signed_of(opened, stored), client).verdict
    return came, came if forwarded is None else verify(signed_request(forwarded.request), real).verdict


def assert_all_hold(recording: Path, key: tuple[str, str]) -> None:
    """Every call has its answer, and every signature is right, of the client and of what went on."""
    client, real = Key(key[0], key[1].encode()), Key(KEYS[0], KEYS[1].encode())
    with Recording(recording) as opened:
        rows = list(opened.exchanges())
        assert len(rows) > 5
        assert [(row.operation, row.failure) for row in rows if row.failure] == []
        for row in rows:
            stored = opened.exchange(row.id)
            assert stored is not None
            assert verdicts(opened, stored, client, real) == ("verified", "verified"), (row.id, row.operation, row.key)
            assert row.operation is not None


PLACES = [("rclone", True), ("moto", False), ("rclone", False), ("moto", True)]
SOME = [
    ("boto3", "moto", False),
    ("minio-py", "rclone", True),
    ("rclone", "rclone", True),
    ("curl", "moto", False),
]
JOURNEYS = [(client, *place) for client in CLIENTS for place in PLACES] if EVERYTHING else SOME


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Callable[..., Server]]:
    """Servers that are started when they are needed first."""
    with ExitStack() as stack:
        known: dict[tuple[str, bool], Server] = {}

        def started(name: str, secure: bool) -> Server:
            if (name, secure) not in known:
                trust = certificates if secure else None
                directory = tmp_path_factory.mktemp("objects")
                url = (
                    stack.enter_context(RcloneServer(directory, KEYS, trust)).url
                    if name == "rclone"
                    else stack.enter_context(moto_server(trust, any_host=True))
                )
                known[name, secure] = Server(name, url, trust)
            return known[name, secure]

        yield started


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("client", "name", "secure"), JOURNEYS)
def test_a_client_is_told_the_same(
    servers: Callable[..., Server], tmp_path: Path, home: Path, client: str, name: str, secure: bool
) -> None:
    """Every operation that the server knows, hard keys, parts in threads, ranges, conditions, presigned URLs."""
    server, travel = servers(name, secure), CLIENTS[client]
    expected = travel(directly(server, tmp_path / "directly", client))
    assert len(expected) > 8
    proxied = by_proxy(server, tmp_path / "proxy", client, tmp_path / "proxy.db")
    assert travel(proxied) == expected
    assert_all_hold(tmp_path / "proxy.db", KEYS)
    for scheme in ("http", "https") if EVERYTHING else ("https" if secure else "http",):
        with at_endpoint(server, tmp_path / scheme, client, home, scheme) as (journey, running):
            assert travel(journey) == expected
        assert_all_hold(running.recording, CLIENT)
