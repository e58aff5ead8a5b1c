"""The servers that other tests lean on do what they say."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from collections.abc import Callable

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support import scripted as scripts
from support.scripted import ScriptedServer

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer

KEYS = ("0041234567890ab0000000001", "K004abc/def+ghiJKLmnoPQRstuVWXyz")
Start = Callable[..., ScriptedServer]


def s3_client(url: str, certificates: Certificates, secret: str = KEYS[1]) -> object:
    """A boto3 client for a local server."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-west-004",
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=secret,
        verify=str(certificates.authority),
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )


@pytest.mark.slow
def test_rclone_checks_signatures(rclone: RcloneServer, certificates: Certificates) -> None:
    """The right secret is let in, a wrong one is told so."""
    client = s3_client(rclone.url, certificates)
    client.create_bucket(Bucket="photos")  # type: ignore[attr-defined]
    client.put_object(Bucket="photos", Key="a/é b", Body=b"data")  # type: ignore[attr-defined]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        s3_client(rclone.url, certificates, "wrong").list_buckets()  # type: ignore[attr-defined]

    answer = client.get_object(Bucket="photos", Key="a/é b")  # type: ignore[attr-defined]
    assert answer["Body"].read() == b"data"


@pytest.mark.slow
def test_moto_answers_over_tls(moto: str, certificates: Certificates) -> None:
    """With a certificate from our authority."""
    client = s3_client(moto, certificates)
    client.create_bucket(Bucket="support-test", CreateBucketConfiguration={"LocationConstraint": "us-west-004"})  # type: ignore[attr-defined]

    assert "support-test" in [b["Name"] for b in client.list_buckets()["Buckets"]]  # type: ignore[attr-defined]


def fetch(server: ScriptedServer, body: bytes | None = None) -> tuple[int, bytes]:
    """One call on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("PUT" if body is not None else "GET", "/k", body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_kept_connection_is_counted_once(scripted: Start) -> None:
    """And every request on it is kept as it came."""
    server = scripted(scripts.keep_alive(b"hello"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for number in range(3):
        connection.request("PUT", f"/{number}", iter([b"a", b"bc"]), encode_chunked=True)
        assert connection.getresponse().read() == b"hello"
    connection.close()

    assert server.connections == 1
    assert [(seen.head.split(b" ")[1], seen.body) for seen in server.seen] == [(b"/%d" % n, b"abc") for n in range(3)]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (scripts.reset_after_request, ConnectionResetError),
        (scripts.reset_after_head, ConnectionError),
        (scripts.close_without_answer, http.client.RemoteDisconnected),
        (scripts.truncated(100, 10), http.client.IncompleteRead),
        (scripts.truncated_chunks, http.client.IncompleteRead),
        (scripts.garbage, http.client.BadStatusLine),
    ],
)
def test_a_bad_day_is_bad(scripted: Start, script: scripts.Script, error: type[Exception]) -> None:
    """Each script breaks in its own way."""
    with pytest.raises(error):
        fetch(scripted(script), b"data")


@pytest.mark.parametrize("script", [scripts.slow(0.01), scripts.continue_100])
def test_an_odd_day_still_answers(scripted: Start, script: scripts.Script) -> None:
    """Slow or continuing: 200 in the end."""
    assert fetch(scripted(script))[0] == 200


def test_early_hints_come_unasked(scripted: Start) -> None:
    """`http.client` knows no interim answer but 100, and takes this one for the answer."""
    assert fetch(scripted(scripts.early_hints))[0] == 103


def test_an_early_refusal_needs_no_body(scripted: Start) -> None:
    """The client hears 403."""
    assert fetch(scripted(scripts.refuse_early))[0] == 403


def test_a_scripted_server_speaks_tls(scripted: Start, certificates: Certificates) -> None:
    """With the certificate of the suite, for B2's names too."""
    server = scripted(scripts.keep_alive(), tls=True)
    context = ssl.create_default_context(cafile=str(certificates.authority))

    assert urllib.request.urlopen(server.url, context=context, timeout=10).read() == b"ok"
