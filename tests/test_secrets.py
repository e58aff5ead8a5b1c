"""Secrets never rest: what passed as a credential is in no file, no argument and no environment of the recorder."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path

import psutil
import pytest
import zstandard
from support.scripted import Peer, ScriptedServer

from inspector.capture.proxy import Proxy, ProxyOptions
from inspector.demo.certificates import Certificates
from inspector.store.reader import Recording
from inspector.wire.uid import uuid7

pytestmark = pytest.mark.slow

S3, API, DOWNLOAD = "s3.us-west-004.backblazeb2.com", "api.backblazeb2.com", "f004.backblazeb2.com"
SECRETS = {
    "session token": "SessionTokenThatNobodyMaySee0123456789",
    "presigned token": "PresignedTokenThatNobodyMaySee0123456789",
    "sse-c key": base64.b64encode(b"an SSE-C key of thirty-two bytes").decode(),
    "cookie": "CookieThatNobodyMaySee0123456789",
    "application key": "K004ApplicationKeyNobodyMaySee0",
    "account token": "4_0041234567890ab0000000001_account_token_nobody_may_see",
    "upload token": "4_0041234567890ab0000000001_upload_token_nobody_may_see",
    "bearer": "BearerThatNobodyMaySee0123456789",
    "proxy password": "ProxyPasswordThatNobodyMaySee",
    "environment": "EnvironmentSecretThatNobodyMaySee",
}
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=004aaaaaaaaaaaa0000000001/20261122/us-west-004/s3/aws4_request, "
    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=" + "0" * 64
)


def answer(peer: Peer) -> None:
    """Upstream: answers the native API with tokens, others with a cookie only."""
    tokens = {"authorizationToken": SECRETS["account token"], "uploadAuthorizationToken": SECRETS["upload token"]}
    body = json.dumps({**tokens, "applicationKey": SECRETS["application key"], "accountId": "1234567890ab"}).encode()
    cookie = f"Set-Cookie: session={SECRETS['cookie']}".encode()
    while (seen := peer.request()) is not None:
        peer.answer(body if b"/b2api/" in seen.head else b"ok", b"200 OK", b"Content-Type: application/json", cookie)


def requests() -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    """Host, target, headers and body of calls that carry each secret in each place it may stand in."""
    basic = base64.b64encode(f"0041234567890ab0000000001:{SECRETS['application key']}".encode()).decode()
    token = {"x-amz-security-token": SECRETS["session token"], "x-amz-date": "20261122T120000Z"}
    yield S3, "/b/k", {"Authorization": SIGNED, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", **token}, b""
    yield S3, f"/b/k?X-Amz-Security-Token={SECRETS['presigned token']}&X-Amz-Signature=00", {}, b""
    yield S3, "/b/k", {"x-amz-server-side-encryption-customer-key": SECRETS["sse-c key"]}, b""
    yield S3, "/b/k", {"Cookie": f"a={SECRETS['cookie']}", "Authorization": f"Bearer {SECRETS['bearer']}"}, b""
    yield API, "/b2api/v4/b2_authorize_account", {"Authorization": f"Basic {basic}"}, b""
    yield API, "/b2api/v4/b2_get_upload_url", {"Authorization": SECRETS["account token"]}, b'{"bucketId": "1"}'
    yield DOWNLOAD, f"/file/b/k?Authorization={SECRETS['account token']}", {}, b""


@pytest.fixture
def proxy(
    tmp_path: Path,
    home: Path,
    scripted: Callable[..., ScriptedServer],
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxy]:
    """A recorder with a password, before an upstream that hands tokens out."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS["environment"])
    monkeypatch.setenv("B2_APPLICATION_KEY", SECRETS["environment"])
    port = scripted(answer, tls=True).port
    options = ProxyOptions(
        tmp_path / "calls.db",
        uuid7(time.time(), os.urandom(10)),
        "record",
        connect_to=[f":443:127.0.0.1:{port}"],
        upstream_ca=certificates.authority,
        password=SECRETS["proxy password"],
    )
    home.mkdir(exist_ok=True)
    running = Proxy(options, home, os.environ, print)
    running.wait_until_ready()
    yield running
    running.stop()


def send(proxy: Proxy, host: str, target: str, headers: dict[str, str], body: bytes) -> None:
    """One call through the proxy."""
    context = ssl.create_default_context(cafile=str(proxy.authority.certificate))
    connection = HTTPSConnection("127.0.0.1", proxy.port, context=context, timeout=10)
    password = base64.b64encode(f"b2-inspector:{SECRETS['proxy password']}".encode()).decode()
    connection.set_tunnel(host, 443, {"Proxy-Authorization": f"Basic {password}"})
    connection.request("POST" if body else "GET", target, body or None, headers)
    assert connection.getresponse().read()
    connection.close()


def traces(data: bytes) -> list[str]:
    """The names of the secrets that stand in some bytes, as they are or in one of the usual spellings."""
    found = []
    for name, secret in SECRETS.items():
        plain = secret.encode()
        if any(form in data for form in (plain, base64.b64encode(plain)[:-4], plain.hex().encode())):
            found.append(name)
    return found


def resting(directory: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a directory with its bytes; one that goes away meanwhile is passed over."""
    for path in directory.rglob("*"):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            continue


def test_no_secret_rests_while_recording_or_after(proxy: Proxy, tmp_path: Path) -> None:
    """Database, WAL, spool, zstd frames, logs: none holds a secret, at no moment."""
    found: set[tuple[str, str]] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path, data in resting(tmp_path):
                found.update((path.name, name) for name in traces(data))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(3):
        for call in requests():
            send(proxy, *call)
    proxy.stop()
    stop.set()
    watcher.join()
    frames = sqlite3.connect(tmp_path / "calls.db").execute("SELECT codec, data FROM piece").fetchall()
    unpacked = [zstandard.ZstdDecompressor().decompress(data) if codec == "zstd" else data for codec, data in frames]
    assert unpacked
    assert [name for data in unpacked for name in traces(data)] == []
    assert found == set()


def test_no_secret_in_arguments_or_environment(proxy: Proxy) -> None:
    """Whoever lists the processes learns nothing."""
    for process in [psutil.Process(proxy.pid), *psutil.Process(proxy.pid).children(recursive=True)]:
        said = " ".join(process.cmdline()) + json.dumps(process.environ())
        assert traces(said.encode()) == []


def test_what_was_equal_stays_equal(proxy: Proxy, tmp_path: Path) -> None:
    """Pseudonyms are stable: the token that an answer handed out is recognised in the next request."""
    for call in requests():
        send(proxy, *call)
    proxy.stop()
    with Recording(tmp_path / "calls.db") as recording:
        answered = recording.exchange(next(recording.exchanges("op:b2_authorize_account")).id)
        used = recording.exchange(next(recording.exchanges("op:b2_get_upload_url")).id)
        assert answered is not None
        assert used is not None
        body = json.loads(recording.body(answered.response_body).read())
    sent = dict(used.exchange.request.headers)[b"Authorization"].decode()
    assert body["authorizationToken"] == sent != SECRETS["account token"]
    assert body["accountId"] == "1234567890ab"


def test_a_signed_secret_leaves_the_hash_of_what_was_signed(proxy: Proxy, tmp_path: Path) -> None:
    """Where a replaced header is signed, the true canonical request's hash is stored, so that it can be verified."""
    send(proxy, *next(requests()))
    proxy.stop()
    row = sqlite3.connect(tmp_path / "calls.db").execute("SELECT canonical_sha256, redacted FROM exchange").fetchone()
    assert len(row[0]) == 64
    assert json.loads(row[1]) == ["header x-amz-security-token", "header set-cookie"]
