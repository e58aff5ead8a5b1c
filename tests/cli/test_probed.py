"""What `doctor --probe` wrote is what `explain` then relies on, out of the data directory or a file that is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.calls import record
from support.explained import ENVIRON, explained_call

from inspector.cli.main import main
from inspector.s3.probed import FORMAT, VERSION

REFUSED = {"variant": "nowhere", "status": 403, "code": "SignatureDoesNotMatch", "message": "?"}
ANSWERS = {
    "format": FORMAT,
    "version": VERSION,
    "service": "b2",
    "endpoint": "s3.us-west-004.backblazeb2.com",
    "probed_at": "2026-11-22T17:08:27Z",
    "answers": [
        {"name": "scope-region", "question": "Is it checked?", "answer": "none", "words": "refused", "seen": [REFUSED]}
    ],
}


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A call that was signed for another region than its host's, and refused."""
    monkeypatch.setenv("B2_INSPECTOR_HOME", str(tmp_path))
    for name in ENVIRON:
        monkeypatch.delenv(name, raising=False)
    return record(tmp_path / "r.db", [explained_call(region=b"eu-central-003")])


def explained(recording: Path, *words: str) -> int:
    """Run the verb on that call; gives the exit code."""
    sys.argv = ["b2-inspector", "explain", "-r", str(recording), "1", "--json", *words]
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def region_finding(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    said = json.loads(capsys.readouterr().out)
    return next(one for one in said["findings"] if one["cause"] == "scope-wrong-region")


def test_answers_are_found_where_doctor_left_them(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without them the finding is likely; with them certain, and it says by what. The words of certainty stay four."""
    explained(recording)
    before = region_finding(capsys)
    assert (before["certainty"], before["probed"]) == ("likely", [])
    (recording.parent / "probed.json").write_text(json.dumps(ANSWERS))
    explained(recording)
    after = region_finding(capsys)
    assert after["certainty"] == "certain"
    assert after["probed"] == ["Is it checked? Refused (s3.us-west-004.backblazeb2.com, 2026-11-22)"]


def test_answers_in_a_file_that_someone_sent(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """B2's count; those of another service are told as such and count for nothing."""
    sent = tmp_path / "sent.json"
    sent.write_text(json.dumps(ANSWERS))
    explained(recording, "--probed", str(sent))
    assert region_finding(capsys)["certainty"] == "certain"
    sent.write_text(json.dumps(ANSWERS | {"service": "other"}))
    explained(recording, "--probed", str(sent))
    said = capsys.readouterr()
    assert "it was not B2 that answered" in said.err
    assert '"certainty": "certain"' not in said.out


def test_a_file_that_holds_no_answers_is_refused(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was named, so it matters; a spoilt one in the data directory is passed over."""
    (tmp_path / "no.json").write_text("{}")
    code = explained(recording, "--probed", str(tmp_path / "no.json"))
    assert code == 2
    assert "holds no answers" in capsys.readouterr().err
    (tmp_path / "probed.json").write_text("{}")
    explained(recording)
    assert region_finding(capsys)["certainty"] == "likely"
