"""`explain`: what is asked about, what is said to people and to scripts, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.calls import call, record
from support.explained import ENVIRON, explained_call
from support.signing import HOST, SECRET, signed_call

from inspector.cli import explain
from inspector.cli.main import main
from inspector.view.cause import known_causes

PROXY = (b"Host", b"backend.internal:9000")
FIELDS = "id operation method host path status error_code signature findings".split()  # noqa: SIM905
SIGNATURE_FIELDS = "scheme verdict body canonical_request string_to_sign".split()  # noqa: SIM905
FINDING_FIELDS = "cause certainty fault summary seen fix probed".split()  # noqa: SIM905


@dataclass
class Ran:
    """What the verb did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session 1: one good call. Session 2: good, other secret, line feed, its twin, Host changed, two at once."""
    first = [explained_call(status=200)]
    second = [
        explained_call(b"/photos/a%20b+c.txt", status=200),
        explained_call(secret=b"K004quite+another/secret"),
        explained_call(secret=SECRET + b"\n", agent=b"rclone/v1.70"),
        explained_call(b"/photos/b.jpg", secret=SECRET + b"\n", agent=b"rclone/v1.70"),
        explained_call(lines={b"host": b"files.example.com"}, headers={b"X-Forwarded-Host": b"files.example.com"}),
        explained_call(b"/photos/\x1b%5B31m?v=1", signed={"query": b""}, lines={b"host": b"localhost:9000"}),
    ]
    return record(tmp_path_factory.mktemp("explain") / "r.db", first, second)


@pytest.fixture
def run(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `explain` on the recording, with the secret in the environment unless `keys` says otherwise."""

    def run(*words: str, keys: dict[str, str] = ENVIRON, recording: Path = path) -> Ran:
        for name in ENVIRON:
            monkeypatch.delenv(name, raising=False)
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, "/nowhere")
        monkeypatch.setattr(sys, "argv", ["b2-inspector", "explain", "-r", str(recording), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, said.out, said.err)

    return run


def test_json_has_the_fields_that_scripts_rely_on(run: Run) -> None:
    """One object a call; the most certain finding first; what is not known is null."""
    ran = run("--json", "4")
    (found,) = ran.json

    assert ran.code == 0
    assert [name for name in FIELDS if name not in found] == []
    assert [name for name in SIGNATURE_FIELDS if name not in found["signature"]] == []
    assert (found["id"], found["status"], found["error_code"]) == (4, 403, "SignatureDoesNotMatch")
    assert (found["signature"]["scheme"], found["signature"]["verdict"]) == ("sigv4-header", "mismatch")
    assert found["signature"]["canonical_request"].startswith("GET\n/photos/a.jpg\n\nhost:")
    first = found["findings"][0]
    assert list(first) == FINDING_FIELDS
    assert (first["cause"], first["certainty"]) == ("key-secret-whitespace", "proved")


def test_a_good_call_has_nothing_above_a_hint(run: Run) -> None:
    """With its secret it is verified, without one unverified."""
    for keys, verdict in ((ENVIRON, "verified"), ({}, "unverified")):
        (found,) = run("--json", "2", keys=keys).json
        assert found["signature"]["verdict"] == verdict
        assert [one for one in found["findings"] if one["certainty"] != "hint"] == []


def test_two_deviations_are_both_proved(run: Run) -> None:
    """And the canonical request that the client signed is given beside the one that arrived."""
    (found,) = run("--json", "7").json

    assert {one["cause"] for one in found["findings"] if one["certainty"] == "proved"} >= {"query-param-added"}
    signed = found["signature"]["search"]["explanations"][0]["canonical_request"]
    assert "\nhost:localhost:9000\n" in signed
    assert "v=1" in found["signature"]["canonical_request"]


def test_people_see_what_was_signed_beside_what_arrived(run: Run) -> None:
    """In a pipe the bytes that differ have carets under them; nothing moves the terminal's cursor."""
    ran = run("6")

    assert "#6  GetObject  403 SignatureDoesNotMatch  photos/a.jpg" in ran.out
    assert "Signature validation failed" in ran.out
    lines = ran.out.splitlines()
    arrived = lines.index(f"  - host:{HOST.decode()}")
    assert lines[arrived + 1].strip("^ ") == ""
    assert lines[arrived + 2] == "  + host:files.example.com"
    assert "how it is known" in ran.out
    assert "\x1b" not in run("7").out


def test_no_secret_is_shown_wherever_it_comes_from(run: Run) -> None:
    """Not the one that was given, nor the one with which the call was signed."""
    for words in (("session:2",), ("session:2", "--json"), ("4", "--steps", "--full"), ("4", "--show-keys")):
        ran = run(*words)
        assert SECRET.decode() not in ran.out + ran.err
        assert "K004quite" not in ran.out + ran.err


def test_the_derived_keys_are_shown_only_to_who_asks(run: Run) -> None:
    """With kSigning one can sign for a day."""
    assert "kSigning" not in run("2", "--steps").out
    shown = run("2", "--show-keys").out
    assert [name for name in ("kDate", "kRegion", "kService", "kSigning") if name not in shown] == []


def test_calls_that_fail_alike_are_told_once(run: Run) -> None:
    """The first in full, the others by their ids."""
    ran = run("sdk:rclone")

    assert ran.out.count("key-secret-whitespace") == 1
    assert "the same of 1 other call: #5" in ran.out


def test_without_an_argument_the_last_session_is_asked_about(run: Run) -> None:
    """And that is said."""
    ran = run("--json")

    assert [one["id"] for one in ran.json] == [3, 4, 5, 6, 7]
    assert "the calls of the session 'last' that failed: 5" in ran.err


def test_who_lacks_the_secret_is_told_how_to_give_it(run: Run) -> None:
    """With the names of variables and options, and the key id that is meant."""
    ran = run("4", keys={})

    assert "NOT VERIFIED" in ran.out
    for word in ("AWS_ACCESS_KEY_ID=004a1b2c3d4e5f60000000007", "AWS_SECRET_ACCESS_KEY", "--profile", "--secret-stdin"):
        assert word in ran.out


@pytest.mark.parametrize(
    ("words", "code"),
    [(("999",), 3), (("bucket:none",), 3), (("--session", "1"), 3), (("statsu:403",), 2), (("https://",), 2)],
)
def test_exit_codes(words: tuple[str, ...], code: int, run: Run) -> None:
    """3 when nothing matched, 2 for what cannot be read; in one sentence with the next step."""
    ran = run(*words)

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") >= 2


def presigned(**how: Any) -> str:
    request = signed_call(b"/photos/a%20b.txt", presigned=True, **how).request
    return f"https://{HOST.decode()}{request.target.decode()}"


def test_a_url_needs_no_recording(run: Run, tmp_path: Path) -> None:
    """A presigned URL is verified as a GET; curl's command line may say another method."""
    url, nowhere = presigned(), tmp_path / "none.db"

    (found,) = run("--json", url, recording=nowhere).json
    assert (found["id"], found["status"], found["method"]) == (None, None, "GET")
    assert (found["signature"]["scheme"], found["signature"]["verdict"]) == ("sigv4-query", "verified")
    (head,) = run("--json", f"curl -sS -I '{url}'", recording=nowhere).json
    assert (head["method"], head["signature"]["verdict"]) == ("HEAD", "mismatch")
    assert head["findings"][0]["cause"] == "presign-method"
    (added,) = run("--json", url + "&utm_source=mail", recording=nowhere).json
    assert added["findings"][0]["cause"] == "query-param-added"


def test_a_url_and_a_filter_at_once_are_refused(run: Run) -> None:
    """One cannot be both."""
    ran = run(presigned(), "bucket:photos")

    assert ran.code == 2
    assert "at once" in ran.err


def test_the_page_of_a_cause(run: Run) -> None:
    """For people and as JSON; no recording is opened for it."""
    nowhere = Path("/nowhere/r.db")
    page = run("host-rewritten", recording=nowhere)
    (fields,) = run("host-rewritten", "--json", recording=nowhere).json

    assert page.code == 0
    assert page.out.startswith("host-rewritten\n")
    assert "what to do" in page.out
    assert (fields["cause"], fields["fault"]) == ("host-rewritten", "path")
    assert fields["fix"]


def test_causes_are_completed() -> None:
    """Every slug that findings may name can be typed with the Tab key."""
    offered = [item.value for item in explain.complete(None, None, "key-secret-")]  # type: ignore[arg-type]

    assert "key-secret-whitespace" in offered
    assert set(offered) < set(known_causes())


def test_a_program_with_two_secrets_for_one_key_id(run: Run, tmp_path: Path) -> None:
    """A sibling proves the secret, and the search finds all the same that this call was signed with a spoilt one."""
    calls = [explained_call(status=200), explained_call(secret=SECRET[:-1])]
    (found,) = run("--json", "2", recording=record(tmp_path / "two.db", calls)).json

    assert found["findings"][0]["cause"] == "key-secret-truncated"


def test_another_keys_secret_only_shows_that_the_call_was_signed_with_it(run: Run) -> None:
    """A secret of another key id neither verifies nor refutes a call."""
    other = {"AWS_ACCESS_KEY_ID": "004other", "AWS_SECRET_ACCESS_KEY": "K004quite+another/secret"}
    (wrong,) = run("--json", "2", keys=other).json
    (right,) = run("--json", "3", keys=other).json

    assert wrong["signature"]["verdict"] == "unverified"
    assert [one for one in wrong["findings"] if one["certainty"] != "hint"] == []
    assert right["signature"]["verdict"] == "unverified"
    assert (right["findings"][0]["cause"], right["findings"][0]["certainty"]) == ("key-other-profile", "proved")


def test_a_call_that_is_not_signed(run: Run, tmp_path: Path) -> None:
    """Its verdict is none, and that is no reproach."""
    plain = record(tmp_path / "plain.db", [call(method=b"GET")])
    (found,) = run("--json", "1", recording=plain).json

    assert (found["signature"]["verdict"], found["signature"]["canonical_request"]) == ("none", None)
