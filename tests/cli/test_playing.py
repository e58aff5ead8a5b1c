"""Which calls `serve` and `replay -- CMD` play: the last session, the named one, all, a filter's, a fixture's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.calls import call, record
from support.fixtures import called

from inspector.cli.playing import player_of
from inspector.errors import FormatError, NothingMatched, RecordingError, UsageError
from inspector.formats.fixture.write import write
from inspector.replay.play.options import Options, Retries


def given(recording: Path, *words: str, **more: Any) -> dict[str, Any]:
    """What click hands over."""
    usual = {"faults": (), "verify_signatures": False, "latency": 0.0, "session": None}
    usual |= {"match_on": None, "buckets": (), "collapse_retries": False}
    return usual | {"recording": recording, "words": words, "profiles": (), "secret_stdin": False} | more


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two sessions: two calls, then one."""
    first = [call(b"/photos/a"), call(b"/photos/b")]
    return record(tmp_path / "calls.db", first, [call(b"/photos/c")])


@pytest.mark.parametrize(
    ("words", "session", "targets", "name"),
    [
        ((), None, [b"/photos/c"], "calls.db, session 2"),
        ((), "1", [b"/photos/a", b"/photos/b"], "calls.db, session 1"),
        ((), "all", [b"/photos/a", b"/photos/b", b"/photos/c"], "calls.db"),
        (("path~/b$",), None, [b"/photos/b"], "calls.db, path~/b$"),
        (("path~/a$",), "1", [b"/photos/a"], "calls.db, session 1, path~/a$"),
    ],
)
def test_which_calls_are_played(
    recording: Path,
    words: tuple[str, ...],
    session: str | None,
    targets: list[bytes],
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The last session where nothing is said, and then that there are others is said."""
    player = player_of(given(recording, *words, session=session))
    assert [one.request.target for one in player.cassette.calls] == targets
    assert player.cassette.name == name
    assert player.options.record_command == f"b2-inspector run -r {recording} -- CMD"
    assert ("session 2 (run 2) of 2 is played" in capsys.readouterr().err) == (not words and session is None)


def test_nothing_to_play(recording: Path, tmp_path: Path) -> None:
    """A filter that leaves nothing, a recording of nothing, no recording, a rule or a session that cannot be."""
    with pytest.raises(NothingMatched):
        player_of(given(recording, "bucket:none"))
    with pytest.raises(NothingMatched):
        player_of(given(record(tmp_path / "empty.db", [])))
    with pytest.raises(RecordingError):
        player_of(given(tmp_path / "none.db"))
    with pytest.raises(UsageError):
        player_of(given(recording, faults=("op:PutObject",)))


def test_how_calls_are_matched_may_be_said(recording: Path) -> None:
    """Which dimensions, how buckets are called now, and what becomes of attempts that failed."""
    player = player_of(
        given(recording, match_on="operation, bucket,body", buckets=("ci=photos",), collapse_retries=True)
    )
    options = player.options
    assert (options.match_on, options.names) == (("operation", "bucket", "payload"), {"ci": "photos"})
    assert options.retries is Retries.COLLAPSE
    assert player_of(given(recording)).options == replace(Options(), record_command=options.record_command)
    for wrong in ({"match_on": "colour"}, {"buckets": ("photos",)}, {"buckets": ("=photos",)}):
        with pytest.raises(UsageError):
            player_of(given(recording, **wrong))


def test_signatures_need_a_key(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nothing could be verified, and that is said before a client comes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "B2_APPLICATION_KEY_ID", "B2_APPLICATION_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(recording.parent / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(recording.parent / "none"))
    with pytest.raises(UsageError, match="--verify-signatures needs the keys"):
        player_of(given(recording, verify_signatures=True))


def test_a_fixture_is_played_whole(tmp_path: Path) -> None:
    """A file of the pytest plugin's is a recording too; it has no sessions to choose from."""
    path = tmp_path / "test_upload.s3"
    written = write([called(target=b"/photos/a", received=b"hello")], recorded=date(2026, 11, 22))
    path.write_bytes(written.text)
    player = player_of(given(path))
    assert [one.request.target for one in player.cassette.calls] == [b"/photos/a"]
    with pytest.raises(UsageError, match="no sessions"):
        player_of(given(path, session="1"))
    path.write_bytes(written.text.replace(b"fixture 1", b"fixture 99", 1))
    with pytest.raises(FormatError):
        player_of(given(path))
