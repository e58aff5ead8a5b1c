"""What is exported says the same again, and holds no credential."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.session import Session
from conftest import KEYS
from hypothesis import given
from hypothesis import strategies as st
from support.scripted import Peer, ScriptedServer

from inspector.demo.server import RcloneServer
from inspector.facts import Facts, facts_of
from inspector.formats.captured import Captured
from inspector.formats.har import read as read_har
from inspector.formats.out import python
from inspector.formats.out.curl import curl_line, inline
from inspector.formats.out.har import har_pieces
from inspector.formats.out.shown import Shown, shown
from inspector.leaks.find import finds
from inspector.wire.exchange import EMPTY_DIGESTS, Exchange, Request, Response, Timing

HOST = "s3.us-west-004.backblazeb2.com"
SIGNED = (
    b"AWS4-HMAC-SHA256 Credential=0041234567890ab0000000001/20261122/us-west-004/s3/aws4_request,"
    b" SignedHeaders=host;x-amz-date, Signature=" + b"ab" * 32
)


def call(
    method: bytes = b"GET",
    target: bytes = b"/photos/a",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: bytes = b"",
    answer: bytes = b"",
    place: tuple[str, int] = (HOST, 443),
    scheme: str = "https",
) -> Shown:
    """A recorded call, as it is shown."""
    lines = ((b"Host", HOST.encode()), (b"Authorization", SIGNED), (b"x-amz-date", b"20261122T000000Z"), *headers)
    request = Request(method, scheme, *place, target, lines)
    response = Response(200, ((b"Content-Type", b"text/plain"), (b"Set-Cookie", b"id=1")))
    exchange = Exchange("u", request, Timing(1.7e9, 1.7e9 + 0.01, 1.7e9 + 0.02, 1.7e9 + 0.03), response)
    return shown(exchange, facts_of(request, response, body, answer), body, answer)


def test_what_authorizes_is_gone_and_the_rest_is_as_it_was() -> None:
    """Headers, cookies, key ids; the others in their order and case."""
    seen = call(headers=((b"X-Custom", b"1"), (b"x-amz-security-token", b"redacted-1"), (b"x-custom", b"2")))
    assert seen.request.headers == ((b"Host", HOST.encode()), (b"X-Custom", b"1"), (b"x-custom", b"2"))
    assert seen.facts.key_id is None
    assert seen.exchange.response is not None
    assert [name for name, _ in seen.exchange.response.headers] == [b"Content-Type"]


def test_a_presigned_url_keeps_what_is_no_authorization() -> None:
    """And a URL without any keeps every byte."""
    presigned = b"/p/a%20b?versionId=1&X-Amz-Credential=x%2F20261122%2Fr&X-Amz-Signature=00&response-expires=1"
    assert call(target=presigned).request.target == b"/p/a%20b?versionId=1&response-expires=1"
    assert call(target=b"/p/a?Expires=1&&x").request.target == b"/p/a?Expires=1&&x"


CURLS: list[tuple[str, Shown]] = [
    ("a key with hard characters", call(target=b"/photos/a%20b/../c//d[1]{2}%2B~'x'?prefix=%C3%A4&acl")),
    (
        "an upload",
        call(b"PUT", b"/photos/a", ((b"Content-Type", b"text/x"), (b"x-amz-meta-a", b"it's $HOME")), b"hi\n"),
    ),
    ("binary", call(b"PUT", b"/photos/a", (), bytes(range(256)))),
    ("an empty upload", call(b"PUT", b"/photos/a")),
    ("a deletion", call(b"DELETE", b"/photos/a?versionId=1", ((b"X-Empty", b""),))),
    ("a post", call(b"POST", b"/photos?delete", (), b"<Delete/>")),
]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize(("name", "seen"), CURLS, ids=[row[0] for row in CURLS])
def test_curl_sends_the_same_again(name: str, seen: Shown, tmp_path: Path) -> None:
    """The line goes through a shell; what arrives is compared byte for byte, but for the signature."""

    def answer(peer: Peer) -> None:
        peer.request()
        peer.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with ScriptedServer(answer) as server:
        there = f"http://127.0.0.1:{server.port}"
        file = None if inline(seen) else str(tmp_path / "body")
        if file is not None:
            Path(file).write_bytes(seen.request_body or b"")
        line = curl_line(seen, file).replace(f"https://{HOST}", there)
        environ = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "PATH": "/usr/bin:/bin"}
        subprocess.run(line, shell=True, env=environ, capture_output=True, timeout=30, check=True)
        head, body = server.seen[0].head, server.seen[0].body
    request_line, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    assert request_line == seen.request.method + b" " + seen.request.target + b" HTTP/1.1"
    assert body == (seen.request_body or b"")
    arrived = {tuple(line.partition(b":")[::2]) for line in lines}
    plain = {(name.lower(), value.strip()) for name, value in arrived}
    sent = {(name.lower(), value) for name, value in seen.request.headers if name.lower() != b"host"}
    assert sent <= plain
    own = {name for name, _ in plain - sent}
    signature = {b"authorization", b"x-amz-date", b"x-amz-content-sha256"}
    assert own <= signature | {b"host", b"content-length", b"accept", b"expect"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_a_strict_server_takes_what_curl_sends_again(rclone: RcloneServer, tmp_path: Path) -> None:
    """With the headers of an SDK, a body without a type, one in the line, an empty one: signed as the rule has it."""
    (tmp_path / "rclone" / "photos").mkdir()
    sdk = ((b"Accept-Encoding", b"identity"), (b"User-Agent", b"Boto3/1.44"), (b"x-amz-meta-note", b"two  spaces"))
    ask = partial(call, place=("127.0.0.1", rclone.port))
    calls = [
        ask(b"PUT", b"/photos/a%20b/c%2Bd%27e", sdk, b"hello\0world"),
        ask(b"PUT", b"/photos/empty", sdk),
        ask(b"PUT", b"/photos/typed", (*sdk, (b"Content-Type", b"text/plain")), b"it's typed"),
        ask(b"GET", b"/photos/a%20b/c%2Bd%27e", (*sdk, (b"Range", b"bytes=0-4"))),
        ask(b"HEAD", b"/photos/empty", sdk),
        ask(b"GET", b"/photos?list-type=2&prefix=a%20b%2F", sdk),
        ask(b"DELETE", b"/photos/typed", sdk),
    ]
    environ = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1], "PATH": os.environ["PATH"]}
    for seen in calls:
        file = None if inline(seen) else str(tmp_path / "body")
        if file is not None:
            Path(file).write_bytes(seen.request_body or b"")
        line = curl_line(seen, file) + " --insecure --silent --output /dev/null --write-out '%{http_code}'"
        done = subprocess.run(line, shell=True, env=environ, capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout in ("200", "204", "206"), (line, done.stdout)
    assert sorted(path.name for path in (tmp_path / "rclone" / "photos").iterdir()) == ["a b", "empty"]


@pytest.mark.parametrize(
    ("body", "named"),
    [(b"hi", hashlib.sha256(b"hi").hexdigest()), (b"", EMPTY_DIGESTS.sha256), (None, "UNSIGNED-PAYLOAD")],
)
def test_a_curl_line_names_the_hash_that_b2_asks_for(body: bytes | None, named: str) -> None:
    """curl 7.88 names none by itself; a body that is not at hand may be any."""
    seen = call(b"PUT", b"/photos/a", (), body or b"")
    words = shlex.split(curl_line(replace(seen, request_body=body), "b"))
    assert f"x-amz-content-sha256: {named}" in words


def test_a_curl_line_names_the_variables_and_no_key() -> None:
    """The shell fills them in."""
    words = shlex.split(curl_line(call(), None))
    assert "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" in words
    assert list(finds(curl_line(call(), None).encode())) == []


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from([b"GET", b"PUT", b"POST"]))
def test_a_har_is_read_again_as_it_was_written(body: bytes, answer: bytes, method: bytes) -> None:
    """Method, target, header lines, status and both bodies, whatever bytes they are."""
    seen = call(method, b"/photos/a%20b?x=1", ((b"X-A", b"1"), (b"X-A", b"2")), body, answer)
    (item,) = read_har(io.BytesIO("".join(har_pieces([seen], "1")).encode()), 0.0)
    assert isinstance(item, Captured)
    assert item.exchange.request.target == seen.request.target
    assert item.exchange.request.method == method
    assert item.exchange.request.headers == seen.request.headers
    assert item.exchange.response is not None
    assert item.exchange.response.status == 200
    assert b"".join(_pieces(item.request_body)) == body
    assert b"".join(_pieces(item.response_body)) == answer


def _pieces(body: Any) -> list[bytes]:
    return [body] if isinstance(body, bytes) else list(body or ())


class Sent(Exception):
    """Carries the request that boto3 was about to send."""


def sent_by(statement: str) -> Request:
    """The request that boto3 makes of a statement of a script."""
    client = boto3.client(
        "s3",
        endpoint_url=f"https://{HOST}",
        region_name="us-west-004",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=Config(request_checksum_calculation="when_required", s3={"addressing_style": "path"}),
    )

    def catch(request: Any, **_: Any) -> None:
        raise Sent(request)

    client.meta.events.register("before-send.s3", catch)
    try:
        exec(statement, {"s3": client})
    except Sent as sent:
        prepared = sent.args[0]
        lines = tuple(
            (name.encode(), value if isinstance(value, bytes) else str(value).encode())
            for name, value in prepared.headers.items()
        )
        return Request(prepared.method.encode(), "https", HOST, 443, prepared.url.partition(HOST)[2].encode(), lines)
    raise AssertionError("nothing was sent")


STATEMENTS = [
    call(target=b"/photos?list-type=2&prefix=2024%2F&max-keys=5&delimiter=%2F"),
    call(
        target=b"/photos/a%20b?versionId=4_z1&response-content-type=text%2Fplain", headers=((b"Range", b"bytes=0-9"),)
    ),
    call(b"HEAD", b"/photos/a"),
    call(b"PUT", b"/photos/a", ((b"Content-Type", b"image/png"), (b"x-amz-meta-by", b"me")), b"text"),
    call(b"PUT", b"/photos/a?partNumber=3&uploadId=u", (), b"text"),
    call(b"PUT", b"/photos/b", ((b"x-amz-copy-source", b"photos/a"), (b"x-amz-metadata-directive", b"COPY"))),
    call(b"DELETE", b"/photos/a?versionId=1"),
    call(
        b"POST",
        b"/photos/a?uploadId=u",
        (),
        b"<CompleteMultipartUpload><Part><ETag>e</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
    ),
    call(b"POST", b"/photos?delete", (), b"<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>"),
    call(b"POST", b"/photos/a?uploads"),
    call(b"GET", b"/photos?acl"),
]


@pytest.mark.parametrize("seen", STATEMENTS, ids=lambda seen: f"{seen.facts.operation}")
def test_the_script_asks_for_the_same(seen: Shown) -> None:
    """boto3 runs the statement; its request has the same operation, object and parameters."""
    *_, statement = python.statement(seen, None)
    again = sent_by(statement)
    facts = facts_of(again, None, b"", b"")
    for name in ("operation", "bucket", "key", "part_number", "upload_id", "version_id"):
        assert getattr(facts, name) == getattr(seen.facts, name), name
    for header in ("range", "content-type", "x-amz-meta-by", "x-amz-copy-source"):
        values = [value for name, value in seen.request.headers if name.decode().lower() == header]
        if values:
            assert values == [value for name, value in again.headers if name.decode().lower() == header]


def test_the_arguments_are_boto3s() -> None:
    """botocore's model knows each of them."""
    model = Session().get_service_model("s3")
    known: set[str] = set()
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        known |= set(shape.members) if shape else set()
    assert set(python.HEADER_ARGUMENTS.values()) | set(python.QUERY_ARGUMENTS.values()) <= known


def test_what_has_no_argument_is_said() -> None:
    """Never left out in silence."""
    lines = list(python.statement(call(headers=((b"X-Strange", b"1"),), target=b"/photos/a?strange=1"), None))
    assert any("header x-strange, parameter strange" in line for line in lines)
    post = call(b"POST", b"/photos", ((b"Content-Type", b"multipart/form-data; boundary=x"),), b"x")
    assert any("boto3 has no method for it" in line for line in python.statement(post, None))


def test_json_lines_hold_bytes_that_are_no_text() -> None:
    """In base64."""
    from inspector.formats.out.jsonl import fields

    value = json.loads(json.dumps(fields(call(b"PUT", body=b"\0\xff", answer=b"ok"))))
    assert value["request_body_b64"] == "AP8="
    assert value["response_body"] == "ok"


def test_facts_hold_no_key_id() -> None:
    """It is a name, but it leaves nobody's machine."""
    assert isinstance(call().facts, Facts)
    assert call().facts.key_id is None
