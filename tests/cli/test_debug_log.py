"""`explain --debug-log`: from a file that an SDK wrote to a finding, without a secret."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.calls import record
from support.explained import ENVIRON, explained_call
from support.signing import HOST, KEY, SECRET, signed_call

from inspector.cli.main import main
from inspector.sigv4.canonical import canonical_request
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify

Run = Callable[..., tuple[int, str, str]]


def printed(signed: SignedRequest) -> str:
    """What `aws --debug` prints of a request that arrives as it was signed."""
    canonical = canonical_request(signed.request, signed.authorization)
    verification = verify(signed, KEY)
    assert verification.verdict == "verified"
    assert verification.string_to_sign is not None
    assert verification.string_to_sign.endswith(hashlib.sha256(canonical).hexdigest().encode())
    mark = "2026-11-22 12:00:00,001 - MainThread - botocore.auth - DEBUG - "
    texts = (canonical.decode(), verification.string_to_sign.decode(), verification.signature)
    names = ("CanonicalRequest", "StringToSign", "Signature")
    return "".join(f"{mark}{name}:\n{text}\n" for name, text in zip(names, texts, strict=True))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a call whose host was rewritten and one that arrived as it was signed; the log of both."""
    folder = tmp_path_factory.mktemp("log")
    # The host that is signed is the one below; the call as recorded has the usual one.
    rewritten = explained_call(lines={b"host": b"files.example.com"})
    record(folder / "r.db", [rewritten, explained_call(b"/photos/b.jpg")])
    timestamp = b"20261122T120000Z"
    sent = [signed_call(host=b"files.example.com", timestamp=timestamp)]
    sent.append(signed_call(b"/photos/b.jpg", timestamp=timestamp))
    (folder / "aws.log").write_text("noise\n" + "".join(map(printed, sent)), encoding="utf-8")
    (folder / "js.log").write_text("{ clientName: 'S3Client', commandName: 'GetObjectCommand' }\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `explain`; without a secret unless `keys` says otherwise."""

    def run(*words: str, log: str = "aws.log", keys: dict[str, str] | None = None) -> tuple[int, str, str]:
        for name in ENVIRON:
            monkeypatch.delenv(name, raising=False)
        for name, value in (keys or {}).items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, str(files / "nowhere"))
        options = ["-r", str(files / "r.db"), "--debug-log", str(files / log)]
        monkeypatch.setattr(sys, "argv", ["b2-inspector", "explain", *options, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return run


def only(out: str) -> dict[str, Any]:
    (line,) = out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_changed_host_is_certain_without_a_secret(run: Run) -> None:
    """The finding, and the entry that it rests on."""
    code, out, err = run("--json", "1")
    found = only(out)

    assert code == 0
    assert "2 of botocore" in err
    first = found["findings"][0]
    assert (first["certainty"], first["fault"]) == ("certain", "path")
    assert first["cause"].startswith("host-")
    assert found["debug_log"]["source"] == "botocore"
    assert (found["debug_log"]["line"], found["debug_log"]["matched_by"]) == (2, "signature")
    assert found["debug_log"]["differences"] == [
        {"part": "host", "signed": "host:files.example.com", "arrived": f"host:{HOST.decode()}"}
    ]


def test_people_see_it_too(run: Run) -> None:
    """In the line about the log, and in the finding."""
    _, out, _ = run("1")

    assert "debug log" in out
    assert "signed:  host:files.example.com" in out


def test_a_log_that_agrees_leaves_the_secret(run: Run) -> None:
    """For a call that was refused although it arrived as it was signed."""
    _, out, _ = run("--json", "2")
    found = only(out)

    assert found["debug_log"]["differences"] == []
    assert ("key-wrong-secret", "likely") in [(one["cause"], one["certainty"]) for one in found["findings"]]


def test_with_the_secret_the_log_adds_no_second_finding(run: Run) -> None:
    """The search reproduces what the log shows, or the signature verifies."""
    _, out, err = run("--json", "1", keys=ENVIRON)
    found = only(out)

    assert [one["certainty"] for one in found["findings"]].count("proved") == 1
    assert SECRET.decode() not in out + err


def test_a_log_without_a_signing_says_who_prints_one(run: Run) -> None:
    """The rest is told all the same."""
    code, out, err = run("--json", "1", log="js.log")

    assert code == 0
    assert "no signed request was found" in err
    assert "JavaScript v3 has no log of what it signs" in err
    assert only(out)["debug_log"]["matched_by"] is None


def test_a_file_that_is_not_there(run: Run) -> None:
    """A wrong word on the command line."""
    assert run("1", log="none.log")[0] == 2


def test_a_presigned_url_with_its_log(run: Run, files: Path) -> None:
    """No recording has it."""
    signed = signed_call(b"/photos/c.jpg", presigned=True, timestamp=b"20261122T120000Z")
    (files / "url.log").write_text(printed(signed), encoding="utf-8")
    url = f"https://{HOST.decode()}{signed.request.target.decode()}&utm_source=mail"
    found = only(run("--json", url, log="url.log")[1])

    assert found["debug_log"]["matched_by"] == "signature"
    assert ("query-param-added", "certain") in [(one["cause"], one["certainty"]) for one in found["findings"]]
