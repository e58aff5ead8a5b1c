"""`doctor` on this machine: what it reads, what it says, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import certifi
import pytest
from support.scripted import Peer, ScriptedServer

from inspector.capture.authority import ensure_authority
from inspector.capture.trust import trust_files
from inspector.store.open import open_for_writing

KEY_ID, SECRET = "0041234567890ab0000000001", "K004abcdefghijklmnopqrstuvwxyz1"
GOOD = {
    "AWS_ACCESS_KEY_ID": KEY_ID,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_ENDPOINT_URL": "https://s3.us-west-004.backblazeb2.com",
    "AWS_DEFAULT_REGION": "us-west-004",
}
OURS = ("AWS_", "B2_", "HTTP", "http", "NO_PROXY", "no_proxy", "SSL_", "REQUESTS_", "CURL_", "NODE_", "GIT_", "PIP_")


@pytest.fixture
def doctor(tmp_path: Path, home: Path) -> Callable[..., tuple[int, list[dict[str, Any]], str]]:
    """`doctor --json` in an environment that holds nothing but what is given: exit code, lines, stderr."""

    def run(*words: str, **environ: str) -> tuple[int, list[dict[str, Any]], str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        files = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "config"), "B2_INSPECTOR_HOME": str(home)}
        files |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "PATH": os.defpath}
        done = subprocess.run(
            [sys.executable, "-m", "inspector", "doctor", "--json", *words],
            env=bare | files | environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert SECRET not in done.stdout + done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    return run


def troubles(lines: list[dict[str, Any]]) -> list[str]:
    """What is not ok."""
    return [f"{line['level']} {line['check']}" for line in lines if line["level"] != "ok"]


def test_a_good_set_up_ends_with_0(doctor: Callable[..., Any]) -> None:
    """Without a network, too: what needs one is left out."""
    code, lines, said = doctor("--offline", **GOOD)
    assert (code, troubles(lines)) == (0, [])
    assert "nothing is wrong" in said
    assert all(set(line) == {"check", "level", "seen", "fix"} for line in lines)
    assert not any(line["check"] == "clock" for line in lines)


def test_what_is_wrong_ends_with_4(doctor: Callable[..., Any], tmp_path: Path) -> None:
    """Environment, AWS files and trust files are read as programs read them."""
    (tmp_path / "config").write_text(
        "[default]\nregion = us-east-1\nservices = b2\n"
        "[services b2]\ns3 =\n  endpoint_url = s3.us-west-002.backblazeb2.com\n"
    )
    (tmp_path / "credentials").write_text(
        f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = '{SECRET}'\n"
    )
    code, lines, _ = doctor("--offline", SSL_CERT_FILE=str(tmp_path / "none.pem"))
    assert code == 4
    assert troubles(lines) == [
        "bad credentials-quoted",
        "bad key-wrong-cluster",
        "bad endpoint-no-scheme",
        "warn region-differs",
        "bad trust-unreadable",
    ]


def test_a_warning_alone_ends_with_0(doctor: Callable[..., Any]) -> None:
    """What works all the same makes no script stop."""
    code, lines, _ = doctor("--offline", **{**GOOD, "AWS_DEFAULT_REGION": "us-east-1"})
    assert (code, troubles(lines)) == (0, ["warn region-differs"])


def test_a_password_in_a_proxys_url_is_not_said(doctor: Callable[..., Any]) -> None:
    """Nor is the proxy called wrong for having one."""
    code, lines, said = doctor("--offline", **GOOD, HTTPS_PROXY="http://me:hunter2@proxy.example:3128")
    assert (code, troubles(lines)) == (0, [])
    assert "hunter2" not in json.dumps(lines) + said
    assert any("http://proxy.example:3128" in line["seen"] for line in lines)


@pytest.mark.parametrize(
    ("no_proxy", "told"),
    [
        (".backblazeb2.com", True),
        ("*.backblazeb2.com,x", True),
        ("*", True),
        ("s3.us-west-004.backblazeb2.com", True),
        ("localhost,127.0.0.1", False),
        ("backblazeb2.org", False),
    ],
)
def test_no_proxy_is_read_as_clients_read_it(doctor: Callable[..., Any], no_proxy: str, told: bool) -> None:
    """Whatever leads B2's hosts past a proxy."""
    _, lines, _ = doctor("--offline", **GOOD, HTTPS_PROXY="http://proxy.example:3128", NO_PROXY=no_proxy)
    assert troubles(lines) == ["warn no-proxy"] * told


def test_a_terminal_whose_recorder_has_ended_is_told_so(doctor: Callable[..., Any], home: Path) -> None:
    """And its trust files are looked into for the recorder's authority."""
    files = trust_files(ensure_authority(home), home, {})
    code, lines, _ = doctor(
        "--offline",
        **GOOD,
        B2_INSPECTOR_ACTIVE="1",
        HTTPS_PROXY="http://127.0.0.1:9",
        SSL_CERT_FILE=str(files.bundle),
        REQUESTS_CA_BUNDLE=certifi.where(),
    )
    assert code == 4
    assert troubles(lines) == ["bad proxy-ended", "bad trust-without-recorder"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_files_that_others_may_read_are_found(doctor: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    """The key of the authority, and a recording; nothing is mended on the way."""
    key = ensure_authority(home).directory / "mitmproxy-ca.pem"
    key.chmod(0o644)
    recording = tmp_path / "r.db"
    open_for_writing(recording).close()
    recording.chmod(0o640)
    _, lines, _ = doctor("--offline", "-r", str(recording), **GOOD)
    assert troubles(lines) == ["bad authority-mode", "warn recording-mode"]
    assert key.stat().st_mode & 0o777 == 0o644


def answering(ahead: float) -> Callable[[Peer], None]:
    """A server whose clock is so many seconds ahead."""

    def script(peer: Peer) -> None:
        peer.request()
        date = formatdate(time.time() + ahead, usegmt=True)
        peer.send(f"HTTP/1.1 403 \r\nDate: {date}\r\nContent-Length: 100\r\n\r\n".encode())

    return script


@pytest.mark.slow
@pytest.mark.parametrize(("ahead", "told"), [(0, []), (300, ["warn clock"]), (-1000, ["bad clock"])])
def test_the_clock_is_compared_with_the_endpoints(
    doctor: Callable[..., Any], scripted: Callable[..., ScriptedServer], ahead: float, told: list[str]
) -> None:
    """An unsigned HEAD, whose Date is read whatever the status is."""
    server = scripted(answering(ahead))
    _, lines, _ = doctor(**{**GOOD, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"})
    assert [trouble for trouble in troubles(lines) if "endpoint" not in trouble] == told
    assert b"uthorization" not in server.seen[0].head


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_a_warning(doctor: Callable[..., Any]) -> None:
    """Port 9 of this machine refuses."""
    code, lines, _ = doctor(**{**GOOD, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert code == 0
    assert "warn clock" in troubles(lines)
