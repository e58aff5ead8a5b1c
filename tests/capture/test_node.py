"""Node programs come through by the preload, and lose nothing by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.answering import B2, Answering, needs

pytestmark = pytest.mark.slow

LOCAL = """
const http = require('http');
const server = http.createServer((request, response) => response.end('local'));
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  http.get(url, (response) => response.on('data', async (data) => {
    process.stdout.write(`${data} ${await (await fetch(url)).text()}`);
    server.close();
    server.closeAllConnections();
  }));
});
"""

KEEP_ALIVE = """
const https = require('https');
const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
const get = (path) => new Promise((done, fail) =>
  https.get(process.argv[1] + path, { agent, headers: { 'X-Case': 'Kept' } }, (response) => {
    response.resume();
    response.on('end', done);
  }).on('error', fail));
(async () => { for (const path of ['/1', '/2', '/3']) await get(path); agent.destroy(); })();
"""

PLAIN_HTTP = "require('http').get(process.argv[1].replace('https:', 'http:') + '/a%2Fb?x=1', (r) => r.resume());"
FETCH = "fetch(process.argv[1] + '/f').then((r) => { if (r.status !== 200) process.exit(3); return r.text(); });"
MODULE = "import https from 'node:https'; https.get(process.argv[2] + '/m', (r) => r.resume());"
WORKER = (
    "const { Worker } = require('worker_threads');"
    "new Worker(`require('https').get('${process.argv[1]}/w', (r) => r.resume())`, { eval: true });"
)
NOBODY = "require('https').get(process.argv[1] + '/x', (r) => r.resume()).on('error', (e) => console.log(e.code));"


def node(answering: Answering, code: str, **more: str) -> str:
    return answering.run("node", [needs("node"), "-e", code, B2], **more)


def test_one_connection_serves_many_requests(answering: Answering) -> None:
    """Keep-alive works through the tunnel, and header names keep their case."""
    node(answering, KEEP_ALIVE)
    entries = answering.noted("call")
    assert [entry["url"] for entry in entries] == [f"{B2}/1", f"{B2}/2", f"{B2}/3"]
    assert len({entry["connection"] for entry in entries}) == 1
    assert entries[0]["headers"]["X-Case"] == "Kept"


@pytest.mark.parametrize(
    ("code", "url"),
    [
        (PLAIN_HTTP, B2.replace("https:", "http:") + "/a%2Fb?x=1"),
        (FETCH, f"{B2}/f"),
        (WORKER, f"{B2}/w"),
    ],
    ids=["http", "fetch", "worker"],
)
def test_other_ways_out(code: str, url: str, answering: Answering) -> None:
    """Plain http, the built-in fetch and worker threads are recorded too."""
    node(answering, code)
    assert answering.calls == [f"GET {url}"]


def test_ecmascript_module(answering: Answering, tmp_path: Path) -> None:
    """A program of modules is recorded too, with an option of the user's own in NODE_OPTIONS."""
    script = tmp_path / "program.mjs"
    script.write_text(MODULE)
    environ = answering.environ("node")
    answering.run(
        "node", [needs("node"), str(script), B2], NODE_OPTIONS=environ["NODE_OPTIONS"] + " --max-old-space-size=512"
    )
    assert answering.calls == [f"GET {B2}/m"]


def test_password(guarded: Answering) -> None:
    """The proxy's password is decoded and sent, by https and by fetch."""
    for code, path in ((FETCH, "/f"), (KEEP_ALIVE, "/1")):
        node(guarded, code)
        assert guarded.calls[0] == f"GET {B2}{path}"


def test_this_machine_is_reached_directly(answering: Answering) -> None:
    """Loopback goes past the recorder, as in Go."""
    assert node(answering, LOCAL) == "local local"
    assert answering.calls == []


def test_recorder_that_is_gone_is_an_error_of_the_call(answering: Answering) -> None:
    """When nothing listens the program gets the error that a proxy gives: ECONNREFUSED, not a crash."""
    gone = "http://127.0.0.1:9"
    assert node(answering, NOBODY, HTTPS_PROXY=gone, https_proxy=gone).strip() == "ECONNREFUSED"


def test_unset_proxy_changes_nothing(answering: Answering) -> None:
    """Without a proxy in the environment the preload stands aside."""
    printed = node(answering, NOBODY, HTTPS_PROXY="", https_proxy="")
    assert printed.strip() in ("ENOTFOUND", "EAI_AGAIN", "")
    assert answering.calls == []


SDK = """
const { S3Client, HeadBucketCommand } = require('@aws-sdk/client-s3');
(async () => {
  for (const forcePathStyle of [true, false]) {
    const client = new S3Client({ region: 'us-west-004', endpoint: process.argv[1], forcePathStyle });
    for (let i = 0; i < 3; i++) await client.send(new HeadBucketCommand({ Bucket: 'bkt' }));
  }
})();
"""


def test_aws_sdk(answering: Answering) -> None:
    """The AWS SDK for JavaScript, path-style and virtual-host style, three calls on each connection."""
    modules = os.environ.get("B2_INSPECTOR_TEST_NODE_MODULES")
    if not modules or not Path(modules, "@aws-sdk", "client-s3").is_dir():
        pytest.skip("B2_INSPECTOR_TEST_NODE_MODULES names no node_modules with @aws-sdk/client-s3")
    node(answering, SDK, NODE_PATH=modules)
    entries = answering.noted("call")
    assert {entry["url"].rstrip("/") for entry in entries} == {f"{B2}/bkt", B2.replace("//s3.", "//bkt.s3.")}
    assert len(entries) == 6
    assert len({entry["connection"] for entry in entries}) == 2
