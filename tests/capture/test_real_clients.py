"""Real programs come through the recorder and trust it, with what `child_environment` gives them and nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.answering import B2, Answering, needs

pytestmark = pytest.mark.slow

PYTHON_CLIENTS = {
    "boto3": f"""
        import boto3
        boto3.client("s3", endpoint_url="{B2}", region_name="us-west-004").head_bucket(Bucket="bkt")
    """,
    "requests": f"""
        import requests
        requests.head("{B2}/bkt").raise_for_status()
    """,
    "urllib.request": f"""
        import urllib.request
        urllib.request.urlopen(urllib.request.Request("{B2}/bkt", method="HEAD")).read()
    """,
    "urllib3": f"""
        import urllib3
        assert urllib3.PoolManager(num_pools=2, headers={{"a": "b"}}).request("HEAD", "{B2}/bkt").status == 200
    """,
    "urllib3 module": f"""
        import urllib3
        assert urllib3.request("HEAD", "{B2}/bkt").status == 200
    """,
    "minio": f"""
        import minio
        minio.Minio("{B2.removeprefix("https://")}", "key", "secret", region="us-west-004").bucket_exists("bkt")
    """,
    "obstore": f"""
        import obstore
        from obstore.store import S3Store
        store = S3Store("bkt", endpoint="{B2}", region="us-west-004", virtual_hosted_style_request=False)
        obstore.head(store, "k")
    """,
    "aiohttp": f"""
        import aiohttp, asyncio
        async def main():
            async with aiohttp.ClientSession() as session, session.head("{B2}/bkt") as answer:
                assert answer.status == 200
        asyncio.run(main())
    """,
    "httpx": f"""
        import httpx
        assert httpx.head("{B2}/bkt").status_code == 200
    """,
}


@pytest.mark.parametrize("client", PYTHON_CLIENTS)
def test_python_client_is_recorded(client: str, answering: Answering) -> None:
    """Each Python client comes through once, verified, the ones that ignore proxies too."""
    module = client.split()[0].split(".")[0]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed here")
    answering.run("python", [sys.executable, "-c", textwrap.dedent(PYTHON_CLIENTS[client])])
    assert answering.calls == [f"HEAD {B2}/bkt{'/k' if client == 'obstore' else ''}"]
    assert not answering.noted("refused")


@pytest.mark.parametrize("client", ["requests", "urllib3", "minio", "aiohttp", "httpx", "boto3"])
def test_python_client_logs_in(client: str, guarded: Answering) -> None:
    """A proxy that wants a password gets it, percent-encoded signs and all."""
    if importlib.util.find_spec(client) is None:
        pytest.skip(f"{client} is not installed here")
    guarded.run("python", [sys.executable, "-c", textwrap.dedent(PYTHON_CLIENTS[client])])
    assert guarded.calls == [f"HEAD {B2}/bkt"]


def test_requests_that_ignores_the_environment_is_left_alone(answering: Answering) -> None:
    """`trust_env = False` is the program's word: the shim turns no plain PoolManager of requests into a proxied one."""
    script = f"""
        import requests
        session = requests.Session()
        session.trust_env = False
        try:
            session.head("{B2}/bkt", timeout=2)
        except requests.exceptions.ConnectionError:
            pass
    """
    answering.run("python", [sys.executable, "-c", textwrap.dedent(script)])
    assert answering.calls == []
    assert not answering.noted("refused")


def test_aws_cli(answering: Answering) -> None:
    """The AWS CLI comes through."""
    aws = needs("aws")
    region = {"AWS_DEFAULT_REGION": "us-west-004"}
    answering.run("aws", [aws, "--endpoint-url", B2, "s3api", "head-bucket", "--bucket", "bkt"], **region)
    assert answering.calls == [f"HEAD {B2}/bkt"]


def test_s3cmd(answering: Answering, tmp_path: Path) -> None:
    """s3cmd, which reads a proxy from its file alone, comes through with a file that names none."""
    s3cmd = needs("s3cmd")
    config = tmp_path / "s3cfg"
    config.write_text(f"[default]\nhost_base = {B2.removeprefix('https://')}\nproxy_host =\nproxy_port = 0\n")
    answering.forget()
    argv = [s3cmd, "-c", str(config), "--access_key=a", "--secret_key=b", "ls", "s3://bkt"]
    subprocess.run(argv, env=answering.environ("s3cmd"), capture_output=True, timeout=60, check=False)
    assert answering.calls


@pytest.mark.parametrize("program", ["rclone", "shell"])
def test_rclone(program: str, answering: Answering) -> None:
    """rclone comes through, known or not."""
    rclone = needs("rclone")
    remote = f":s3,provider=Other,access_key_id=a,secret_access_key=b,endpoint='{B2}',region=us-west-004:bkt"
    answering.run(program, [rclone, "--retries", "1", "lsf", remote], RCLONE_CONFIG=os.devnull)
    assert [call.partition("?")[0] for call in answering.calls] == [f"GET {B2}/bkt"]


def test_curl(answering: Answering, guarded: Answering) -> None:
    """curl comes through, with and without a password."""
    for proxy in (answering, guarded):
        proxy.run("curl", [needs("curl"), "--silent", "--show-error", "--fail", f"{B2}/a%2Fb"])
        assert proxy.calls == [f"GET {B2}/a%2Fb"]


def test_boto3_needs_no_aws_ca_bundle(answering: Answering) -> None:
    """boto3 in a script of a shell trusts by REQUESTS_CA_BUNDLE: AWS_CA_BUNDLE, which harms others, is not needed."""
    assert "AWS_CA_BUNDLE" not in answering.environ("shell")
    answering.run("shell", [sys.executable, "-c", textwrap.dedent(PYTHON_CLIENTS["boto3"])])
    assert answering.calls == [f"HEAD {B2}/bkt"]


def test_shell_starts_python_and_node(answering: Answering) -> None:
    """A shell script's children come through too: boto3, minio, Node."""
    script = textwrap.dedent(PYTHON_CLIENTS["minio"]).strip()
    node = needs("node")
    code = f'"$0" -c \'{script}\' && "$1" -e \'require("https").get("{B2}/node").end()\''
    answering.run("shell", [needs("sh"), "-c", code, sys.executable, node])
    assert answering.calls == [f"HEAD {B2}/bkt", f"GET {B2}/node"]


JAVA = """
import java.net.*;
import java.net.http.*;
public class Get {
    public static void main(String[] arguments) throws Exception {
        HttpURLConnection old = (HttpURLConnection) new URL(arguments[0] + "/old").openConnection();
        if (old.getResponseCode() != 200) System.exit(3);
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0] + "/new")).build();
        if (HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode() != 200)
            System.exit(4);
        System.out.print(System.getProperty("user.own", "-"));
    }
}
"""


def test_java(answering: Answering, tmp_path: Path) -> None:
    """Both of Java's clients come through and trust a truststore in a path with spaces; the user's options stay."""
    java, source = needs("java"), tmp_path / "Get.java"
    needs("javac")  # a JDK: a JRE runs no source file
    source.write_text(JAVA)
    environ = answering.environ("java")
    mine = {"JAVA_TOOL_OPTIONS": "-Duser.own=kept " + environ["JAVA_TOOL_OPTIONS"]}
    assert answering.run("java", [java, str(source), B2], **mine) == "kept"
    assert answering.calls == [f"GET {B2}/old", f"GET {B2}/new"]


GO = """
package main

import ("net/http"; "os")

func main() {
    answer, err := http.Get(os.Args[1])
    if err != nil || answer.StatusCode != 200 { panic(err) }
}
"""


def test_go(answering: Answering, guarded: Answering, tmp_path: Path) -> None:
    """A program in Go comes through on Linux; on macOS and Windows Go asks the system's store."""
    if sys.platform != "linux":
        pytest.skip("Go reads SSL_CERT_FILE on Linux and BSD alone")
    go, source = needs("go"), tmp_path / "get.go"
    source.write_text(GO)
    program = str(tmp_path / "get")
    subprocess.run([go, "build", "-o", program, str(source)], check=True, timeout=100, cwd=tmp_path)
    from inspector.capture.detect import detect

    assert detect([program]).name == "go"
    for proxy in (answering, guarded):
        proxy.run("go", [program, f"{B2}/go"])
        assert proxy.calls == [f"GET {B2}/go"]
